"""Who may call what: every route of the application, as the application lists them."""

from collections.abc import Iterator

import pytest
from rich_tenant import Rich

from frostgate.base.model import SYSTEM
from frostgate.base.web import PUBLIC
from frostgate.directory.permissions import MACHINE_ROLES, PERMISSIONS, TENANT_ROLES, Role
from routes import Route, routes
from servers import BACKENDS, Databases
from world import Account, Caller, World

# Whoever adds a public route adds it here, too.
OPEN_TO_EVERYBODY = {
    "GET /",
    "GET /.well-known/authzen-configuration",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /schema",
    "GET /schema/openapi.json",
    "GET /schema/{path:str}",
    "GET /problems/{code:str}",
    "GET /help",
    "GET /verify",
    "GET /self-check",
    "GET /self-check/connection",
    "GET /self-check/account",
    "POST /self-check/account",
    "POST /self-check/code",
    "GET /fraud",
    "POST /fraud",
    "GET /appeal/{link:str}",
    *(
        f"POST /appeal/{{link:str}}/{form}"
        for form in ("code", "visit", "leave", "draft", "handing-in", "answer", "condition", "removal", "withdrawal")
    ),
    "GET /check-up/{link:str}",
    *(f"POST /check-up/{{link:str}}/{form}" for form in ("code", "visit", "leave", "step", "sign-in")),
    "GET /review/{link:str}",
    *(f"POST /review/{{link:str}}/{form}" for form in ("code", "visit", "leave", "confirmation")),
    "POST /v1/session",
    "POST /v1/session/second-step",
    "POST /v1/session/second-step/totp",
    "POST /v1/session/passkey/options",
    "POST /v1/session/passkey",
    "POST /v1/session/oidc",
    "POST /v1/session/oidc/return",
    "GET /v1/session/oidc/page",
    "POST /v1/session/oidc/page",
    "POST /v1/billing/webhooks/stripe",
    *(f"POST /v1/notices/receipts/{who}" for who in ("mail", "alibaba", "tencent")),
}

# What belongs to no tenant and is the same for all: policies, and whether the journal's chain holds.
SAME_FOR_ALL = {
    "GET /v1/policies",
    "GET /v1/policies/{number:int}",
    "POST /v1/policies/check",
    "GET /v1/billing/dunning/policies/{name:str}",
    "GET /v1/journal/verification",
}

# What nobody posted yet, and what comes of all debts, is the platform's: no tenant reads it, not even its own.
OF_THE_PLATFORM = {
    "GET /v1/billing/advices",
    "GET /v1/billing/dunning/upcoming",
    "GET /v1/billing/months",
    "GET /v1/billing/imports/{import_id:str}",
    "GET /v1/billing/imports/{import_id:str}/lines",
    "GET /v1/desk/people",
    "GET /v1/reports/fake-notices",
}

# These speak of the caller alone, whoever that is.
ABOUT_ONESELF = {
    "GET /v1/session",
    "DELETE /v1/session",
    "PUT /v1/session/password",
    "GET /v1/sessions",
    "DELETE /v1/sessions",
    "DELETE /v1/sessions/{session_id:str}",
    "GET /v1/session/factors",
    "POST /v1/session/factors/proof",
    "POST /v1/session/factors/totp",
    "POST /v1/session/factors/{factor_id:str}/confirm",
    "POST /v1/session/factors/passkey/options",
    "POST /v1/session/factors/passkey",
    "PATCH /v1/session/factors/{factor_id:str}",
    "POST /v1/session/factors/{factor_id:str}/remove",
    "POST /v1/session/recovery-codes",
    "POST /v1/emergencies/proof",
}

SIGNING_OUT_LAST = "DELETE /v1/session"


def closed(world: World) -> list[Route]:
    """The routes that need something, signing out last."""
    found = [route for route in routes(world.server.application) if route.needs != PUBLIC]
    return sorted(found, key=lambda route: str(route) == SIGNING_OUT_LAST)


def test_every_route_says_what_it_needs(shared: World) -> None:
    assert [str(route) for route in routes(shared.server.application) if route.needs is None] == []


def test_only_what_is_meant_to_be_is_public(shared: World) -> None:
    found = {str(route) for route in routes(shared.server.application) if route.needs == PUBLIC}
    assert found == OPEN_TO_EVERYBODY


def test_nothing_else_answers_without_a_token(shared: World) -> None:
    for route in closed(shared):
        answer = shared.http.request(route.method, route.at())
        assert (str(route), answer.status_code, answer.json()["code"]) == (str(route), 401, "auth.required")
        assert answer.headers["www-authenticate"] == 'Bearer realm="frostgate"'


@pytest.mark.parametrize("given", ["Bearer nonsense", "Basic Ym9zczpwYXNz", "Bearer fg_session_" + "x" * 43])
def test_nor_with_one_that_does_not_count(shared: World, given: str) -> None:
    for route in closed(shared):
        answer = shared.http.request(route.method, route.at(), headers={"authorization": given})
        assert (str(route), answer.status_code, answer.json()["code"]) == (str(route), 401, "auth.invalid")


def test_the_framework_adds_no_pages_of_its_own(shared: World) -> None:
    for page in ("swagger", "redoc", "rapidoc", "elements"):
        assert shared.http.get(f"/schema/{page}").status_code == 404


def _token_of(world: World, role: Role) -> Caller:
    boss = world.boss()
    if role in MACHINE_ROLES:
        body = {"name": "machine", "purpose": role.value}
    else:
        tenant = world.tenant(f"of-{role}".replace("_", "-")).id if role in TENANT_ROLES else None
        body = {"name": "program", "purpose": "api", "role": role.value, "tenant_id": tenant}
    return Caller(world, boss.does("POST", "/v1/tokens", json=body)["secret"])


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_the_table_says_and_nothing_else(shared: World, role: Role) -> None:
    caller = _token_of(shared, role)
    wrong = []
    for route in closed(shared):
        answer = caller.asks(route.method, route.at(), json={})
        refused = answer.status_code == 403 and answer.json()["code"] == "auth.forbidden"
        # One's own password is a person's: a program has none, whatever its role may do.
        may = route.needs in PERMISSIONS[role] and answer.status_code != 401
        if refused == may:
            wrong.append((str(route), answer.status_code))
    assert wrong == []


@pytest.fixture(scope="module", params=BACKENDS)
def rich(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Rich]:
    """One for all tests that only look: it takes long to build."""
    url = databases.make(request.param)
    world = World(url, databases.secrets[request.param])
    yield Rich(world)
    world.close()
    databases.remove(url)


def _of_tenants(world: World) -> Iterator[Route]:
    for route in closed(world):
        if (
            str(route) not in SAME_FOR_ALL | ABOUT_ONESELF
            and route.path.startswith("/v1/")
            and route.path != "/v1/events"
        ):
            yield route


def test_what_belongs_to_one_tenant_is_nothing_to_another(rich: Rich) -> None:
    world = rich.tenant.world
    stranger = world.tenant("bolt").token("api", role="superintendent")
    before, seen = len(world.journal("acme")), []
    for route in _of_tenants(world):
        named = "{" in route.path or route.method == "POST"
        request = {"json": rich.body(route)} if rich.body(route) is not None else {}
        answer = stranger.asks(route.method, rich.at(route), **request)
        if named and answer.status_code != 404:
            seen.append((str(route), answer.status_code, answer.text[:200]))
        # What an account or a channel is called is a word that everybody may use.
        names = {name: ident for name, ident in rich.names.items() if name not in {"account_id", "channel"}}
        told = [name for name, ident in names.items() if ident in answer.text]
        # A refusal may repeat what the caller asked for, never more.
        if told and (not named or set(told) - {"tenant_id"}):
            seen.append((str(route), told, answer.text[:200]))
    assert seen == []
    # What a file was read as may come meanwhile, by nobody's request.
    assert [entry.fact for entry in world.journal("acme")[before:] if entry.actor != str(SYSTEM)] == []
    assert stranger.is_refused("GET", "/v1/cases", params={"tenant": "acme"}) == "request.not_found"


def test_its_own_people_do_reach_it(rich: Rich) -> None:
    """The other half of the test above: the same requests with the right tenant's token are answered."""
    own = rich.tenant.token("api", role="superintendent")
    unknown = [
        (str(route), answer.text[:200])
        for route in _of_tenants(rich.tenant.world)
        if route.method == "GET" and str(route) not in OF_THE_PLATFORM
        if (answer := own.asks("GET", rich.at(route))).status_code != 200
    ]
    assert unknown == []


def test_a_tenants_administrator_learns_no_rule_from_a_hold(world: World) -> None:
    li = world.tenant("acme").account("li")
    verdict = li.travels_too_fast()
    admin = world.somebody("zhao@acme.example", role="owner", tenant_id="acme")
    for path in ("holds", "standing"):
        answer = admin.asks("GET", f"{li.path}/{path}")
        assert answer.status_code == 200
        assert "login.impossible-journey" not in answer.text
        assert verdict["decision"] not in answer.text
    [hold] = admin.sees(f"{li.path}/holds")
    assert (hold["cause"], hold["placed_by"], hold["reason"]) == ("abnormal_login", "rule", None)

    world.reviewer().releases(world.reviewer().case_of(li))
    [hold] = admin.sees(f"{li.path}/holds")
    assert (hold["finding"], hold["release_reason"]) == ("mistake", None)


def test_a_verifier_ends_a_challenge_and_nothing_graver(world: World) -> None:
    acme = world.tenant("acme")
    boss, verifier = world.boss(), acme.token("verifier")
    li, chen = acme.account("li"), acme.account("chen")
    li.travels_too_fast()
    graver = boss.case_of(li)["hold"]
    challenge, proof = boss.places(chen, "challenge"), {"reason": "passed at the identity service"}

    def met(account: Account, hold: str) -> str:
        return f"{account.path}/holds/{hold}/condition-met"

    assert verifier.is_refused("POST", met(li, graver), json=proof) == "hold.condition_not_met"
    assert verifier.is_refused("POST", met(li, challenge["id"]), json=proof) == "hold.unknown"
    assert not chen.is_free()

    released = verifier.does("POST", met(chen, challenge["id"]), json=proof)

    assert (released["finding"], released["released_by"].partition(":")[0]) == ("condition_met", "token")
    assert chen.is_free()
    assert boss.case_of(chen)["outcome"] == "released"
    assert verifier.is_refused("POST", met(chen, challenge["id"]), json=proof) == "hold.closed"


def test_nobody_sends_events_for_another_tenant(rich: Rich) -> None:
    bolt = rich.tenant.world.tenant("sender")
    answer = bolt.sends({**rich.li.login(from_="Lisbon"), "tenant": "acme"})
    assert (answer.status_code, answer.json()["code"]) == (403, "event.tenant_mismatch")


def test_nobody_asks_the_gate_about_another_tenant(rich: Rich) -> None:
    bolt = rich.tenant.world.tenant("asker")
    assert rich.li.at_the_gate(by=bolt.gateway)["context"]["code"] == "gate.other_tenant"
    assert bolt.account("li").is_free()


def test_a_token_that_was_revoked_counts_for_nothing_at_once(world: World) -> None:
    acme = world.tenant()
    li = acme.account("li")
    issued = world.boss().does("POST", "/v1/tokens", json={"name": "g", "purpose": "gate", "tenant_id": "acme"})
    gateway = Caller(world, issued["secret"])
    assert li.at_the_gate(by=gateway)["decision"] is True

    world.boss().does("DELETE", f"/v1/tokens/{issued['token']['id']}")

    assert gateway.is_refused("POST", "/access/v1/evaluation", json={}) == "auth.invalid"
