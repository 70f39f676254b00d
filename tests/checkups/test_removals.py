"""What a review says is to go: gone at once where whoever says so may remove it; else a task until it is gone."""

from datetime import timedelta

import pytest
from test_reviews import SECURITY, admin, everything, quarter_over, signed_in

from frostgate.background import Background
from servers import PASSWORD
from visitors import Visits
from world import Account, Json, World

PATH = "/v1/tenants/acme/reviews/2026-Q1"
KIND = "access_to_remove"


@pytest.fixture
def quarter(world: World) -> Account:
    """A tenant whose review waits: Zhao and Qian own it, Wu administers it, Sun is a member."""
    li, chores = quarter_over(world)
    admin(world), admin(world, "qian")
    for name, role in (("wu", "administrator"), ("sun", "member")):
        body = {"email": f"{name}@acme.example", "name": name.title(), "role": role, "tenant_id": "acme"}
        world.boss().does("POST", "/v1/operators", json={**body, "password": PASSWORD})
    until = (world.clock.now() + timedelta(days=9)).isoformat()
    old = {"name": "old", "purpose": "ingest", "tenant_id": "acme", "expires_at": until}
    world.boss().does("POST", "/v1/tokens", json=old)
    chores.review_quarters()
    return li


def line_of(world: World, name: str) -> str:
    """The name of the line of a person or token."""
    shown = world.boss().sees(PATH)["snapshot"]
    people = {each["name"]: f"person:{each['id']}" for each in shown["people"]}
    return {**people, **{each["name"]: f"token:{each['id']}" for each in shown["tokens"]}}[name]


def says(world: World, who: str, *to_go: str) -> Json:
    """Somebody of the tenant confirms, and says of these that they go."""
    person = signed_in(world, f"{who}@acme.example")
    said = everything(world.boss().sees(PATH))["statements"] | {line_of(world, name): "remove" for name in to_go}
    return person.does("POST", f"{PATH}/confirmation", json={"statements": said})


def states(world: World) -> dict[str, tuple[str, str]]:
    """What became of each line that is to go, and by whom; by its name."""
    file = world.boss().sees(PATH)
    names = {f"person:{each['id']}": each["name"] for each in file["snapshot"]["people"]}
    names |= {f"token:{each['id']}": each["name"] for each in file["snapshot"]["tokens"]}
    return {names[each["line"]]: (each["state"], each["ended_by"] or "") for each in file["removals"]}


def tasks(world: World) -> list[Json]:
    found: list[Json] = world.boss().sees("/v1/cases", tenant="acme", kind=KIND)["items"]
    return found


def entries(world: World, fact: str) -> list[str]:
    return [entry.body for entry in world.journal("acme") if entry.fact == fact]


def test_an_owner_removes_what_they_say_is_to_go(world: World, quarter: Account) -> None:
    sun = signed_in(world, "sun@acme.example")
    file = says(world, "zhao", "Sun", "gate")

    assert {each["state"] for each in file["removals"]} == {"done"}
    assert {by for _, by in states(world).values()} == {file["review"]["confirmed_by"]}
    assert sun.asks("GET", "/v1/session").status_code == 401
    assert world.http.post("/v1/session", json={"email": "sun@acme.example", "password": PASSWORD}).status_code == 401
    names = {each["name"] for each in world.boss().sees("/v1/tokens", limit=100)["items"] if not each["revoked_at"]}
    assert "gate" not in names
    [changed] = [body for body in entries(world, "operator.changed") if '"sun@acme.example"' in body]
    assert '"active":true' in changed.replace(" ", "")  # as they were, and
    assert '"active":false' in changed.replace(" ", "")  # as they are
    assert len(entries(world, "review.removal_ended")) == 2
    assert tasks(world) == []


def test_what_they_may_not_remove_is_a_task_until_it_is_gone(world: World, quarter: Account) -> None:
    """An administrator switches off no owner, and nobody themselves."""
    says(world, "wu", "Qian", "Wu", "Sun")
    assert {name: state for name, (state, _) in states(world).items()} == {
        "Qian": "open",
        "Wu": "open",
        "Sun": "done",
    }
    [task] = tasks(world)
    assert (task["state"], task["account_id"]) == ("open", None)
    told = world.reviewer().reads(task)
    assert "Qian" in told["actions"][0]["reason"]
    assert "Sun" not in told["actions"][0]["reason"]
    assert {limit["limit"] for limit in task["clock"]["limits"]} == {"decision"}  # late tasks climb to people

    zhao = signed_in(world, "zhao@acme.example")
    for name in ("Qian", "Wu"):
        assert [each["state"] for each in tasks(world)] == ["open"]
        operator = line_of(world, name).removeprefix("person:")
        zhao.does("PATCH", f"/v1/operators/{operator}", json={"active": False})
    assert {state for state, _ in states(world).values()} == {"done"}
    [task] = tasks(world)
    assert (task["state"], task["outcome"]) == ("decided", "done")


def test_by_the_link_everything_is_a_task_and_the_page_says_what_became_of_it(
    world: World, quarter: Account, visits: Visits
) -> None:
    inside = visits.of(SECURITY, root="/review", about="review").comes_in(SECURITY)
    said = everything(world.boss().sees(PATH))["statements"] | {line_of(world, "gate"): "remove"}
    inside.presses("confirmation", **said)
    assert "not gone yet" in inside.text
    assert [each["state"] for each in tasks(world)] == ["open"]

    token = line_of(world, "gate").removeprefix("token:")
    signed_in(world, "zhao@acme.example").does("DELETE", f"/v1/tokens/{token}")
    assert [each["state"] for each in tasks(world)] == ["decided"]
    inside.opens()
    assert "gone since" in inside.text


def test_people_close_the_task_where_the_company_thinks_better_of_it(world: World, quarter: Account) -> None:
    says(world, "wu", "Qian")
    [task] = tasks(world)
    rui = world.reviewer()
    assert rui.decides(task, "done", reason="Zhao told us on the telephone that Qian stays").is_success
    [(state, by)] = states(world).values()
    assert state == "left"
    assert by.startswith("operator:")
    world.clock.move(timedelta(days=1))
    assert Background(world.program).review_quarters() == 0
    assert states(world)["Qian"][0] == "left"


def test_what_ends_by_itself_ends_the_task(world: World, quarter: Account, visits: Visits) -> None:
    """A token that expires is gone without anybody's doing."""
    inside = visits.of(SECURITY, root="/review", about="review").comes_in(SECURITY)
    inside.presses(
        "confirmation", **everything(world.boss().sees(PATH))["statements"] | {line_of(world, "old"): "remove"}
    )
    chores = Background(world.program)
    world.clock.move(timedelta(days=8))
    assert chores.review_quarters() == 0
    assert states(world) == {"old": ("open", "")}
    world.clock.move(timedelta(days=2))
    assert chores.review_quarters() == 0
    assert states(world) == {"old": ("done", "system:frostgate")}
    assert [each["state"] for each in tasks(world)] == ["decided"]
