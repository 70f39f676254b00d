"""Whoever looks at evidence of an account leaves one entry in the journal: who, what, and of which account."""

from rich_tenant import Rich
from test_http_access import closed

from frostgate.base.journal import body_of
from frostgate.directory.permissions import Permission
from routes import Route, routes
from world import World

# They list or count, and show neither what somebody said nor where they were.
SHOWS_NO_EVIDENCE = {
    "GET /v1/tenants/{tenant_id:str}/bulk-actions",
    "GET /v1/tenants/{tenant_id:str}/bulk-actions/{bulk_id:str}",
    "GET /v1/tenants/{tenant_id:str}/bulk-actions/{bulk_id:str}/items",
}

# It states `licence.viewed` of its own, which names the document and its case; it needs a licence that was read.
STATES_ITS_OWN = {"GET /v1/documents/{document_id:str}/licence"}


def showing(world: World) -> list[Route]:
    return [route for route in routes(world.server.application) if route.shows is not None]


def test_every_route_of_one_case_or_decision_says_what_it_shows(shared: World) -> None:
    reads = {Permission.CASES_READ, Permission.DECISIONS_READ}
    silent = {
        str(route)
        for route in closed(shared)
        if route.method == "GET" and route.needs in reads and "{" in route.path and route.shows is None
    }
    assert silent == SHOWS_NO_EVIDENCE | STATES_ITS_OWN


def test_each_look_at_evidence_is_one_entry_of_who_looked_at_whose(world: World) -> None:
    rich, boss = Rich(world), world.boss()
    actor = f"operator:{boss.sees('/v1/session')['operator']['id']}"
    found = showing(world)
    assert {route.shows for route in found} == {
        *("decision", "journey", "case", "group", "appeal"),
        *("documents", "document", "notice"),
    }
    for route in found:
        before = world.journal()[-1].number
        assert boss.asks(route.method, rich.at(route)).status_code == 200, route
        looks = [entry for entry in world.journal() if entry.number > before and entry.actor == actor]
        assert len(looks) == 1, route
        seen = body_of(looks[0])
        assert "account_id" in seen, route
        assert seen["account_id"] == (None if route.shows == "group" else "li"), route


def test_nothing_is_kept_of_a_look_at_what_is_not_there(shared: World) -> None:
    boss, before = shared.boss(), len(shared.journal())
    for route in showing(shared):
        assert boss.asks(route.method, route.at()).status_code == 404, route
    assert len(shared.journal()) == before
