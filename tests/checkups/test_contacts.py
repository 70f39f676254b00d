"""Who of a tenant is told of check-ups and reviews, and how long their links open anything."""

from datetime import timedelta

from test_check_up_story import SECURITY, check_ups, thawed
from test_reviews import letters, quarter_over

from contacts import CONTACTS, has_contact
from frostgate.background import Background
from frostgate.base.model import Actor, ActorKind
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from visitors import LI, Visits, link_in
from world import Json, World

LIN = "lin@acme.example"
WU = "wu@acme.example"


def of_template(world: World, template: str) -> list[Json]:
    """To whom notices of a sort were owed, in order."""
    found = world.boss().sees("/v1/tenants/acme/notices", limit=100)["items"]
    return [each for each in found if each["template"] == template]


def tenant_thawed(world: World) -> None:
    """The whole tenant was frozen by people, and given back."""
    with world.program.uow.begin() as tx:
        hold = place_hold(
            tx,
            subject=Subject(tenant_id="acme", account_id=None),
            kind=Kind.FREEZE,
            cause=Cause.MANUAL,
            reason="an administrator was phished",
            actor=Actor(ActorKind.OPERATOR, "somebody"),
        )
    world.boss().releases({"id": hold.case_id})


def test_a_review_goes_to_the_security_contacts_and_opens_for_them(world: World, visits: Visits) -> None:
    _, chores = quarter_over(world)
    lin = has_contact(world)
    has_contact(world, WU, "finance")
    chores.review_quarters()
    letters(world, LIN, "review")
    assert {each["address"] for each in of_template(world, "review_due")} == {LIN}

    inside = visits.of(LIN, root="/review", about="review").comes_in(LIN)
    assert "ingest" in inside.text
    world.boss().does("DELETE", f"{CONTACTS}/{lin}")
    lines = world.boss().sees("/v1/tenants/acme/reviews/2026-Q1")["lines"]
    assert inside.presses("confirmation", **dict.fromkeys(lines, "keep")).status_code == 404
    assert inside.opens().status_code == 404
    world.clock.move(timedelta(days=7))
    assert chores.review_quarters() == 1
    letters(world, SECURITY, "review", says="still waits")  # nobody else is left


def test_the_last_reminder_of_a_check_up_goes_to_the_security_contacts(world: World) -> None:
    thawed(world)
    has_contact(world)
    chores = Background(world.program)
    for days in (3, 4, 3):
        world.clock.move(timedelta(days=days))
        assert chores.look_at_check_ups() == 1
    letters(world, LIN, "not finished yet", says="We reminded the holder twice")
    assert [each["address"] for each in of_template(world, "check_up_due")].count(SECURITY) == 0


def test_the_link_to_a_whole_tenants_check_up_ends_with_the_contact(world: World, visits: Visits) -> None:
    world.tenant(language="en").account("li")
    lin = has_contact(world, role="owner")
    wu = has_contact(world, WU, "owner")
    tenant_thawed(world)
    inside = visits.of(LIN, root="/check-up").comes_in(LIN)
    inside.presses("step", step="tokens")
    other = visits.of(WU, root="/check-up").comes_in(WU)
    other.presses("step", step="roles")

    world.boss().does("DELETE", f"{CONTACTS}/{lin}")

    assert inside.presses("step", step="networks").status_code == 404
    assert inside.opens().status_code == 404
    assert inside.presses("code").status_code == 404
    [check_up] = world.boss().sees("/v1/tenants/acme/checkups")["items"]
    states = {each["step"]: each["state"] for each in check_up["steps"] if each["state"] != "not_applicable"}
    assert states == {"networks": "open", "tokens": "done", "roles": "done"}
    assert other.opens().status_code == 200
    # Whoever answers for something else from now on has no business there either.
    world.boss().does("PUT", f"{CONTACTS}/{wu}", json={"name": "Wu", "role": "finance", "email": WU})
    assert other.opens().status_code == 404
    world.clock.move(timedelta(days=3))
    assert Background(world.program).look_at_check_ups() == 1
    [letter] = letters(world, SECURITY, "not finished yet")
    assert "/check-up/" not in letter.text


def test_no_contact_comes_to_a_holders_check_up(world: World) -> None:
    li = thawed(world)
    [check_up] = check_ups(world, li)
    door = world.program.check_up_door
    told = {each["audience"]: each["id"] for each in of_template(world, "released")}
    with world.program.uow.look() as connection:
        found = door.find(connection, str(door.link_of(told["holder"])), at=world.clock.now())
    assert found.check_up.id == check_up["id"]
    link = door.link_of(told["tenant"])
    assert world.http.get(f"/check-up/{link}").status_code == 404


def test_where_a_holder_read_before_opens_their_check_up_no_more(world: World, visits: Visits) -> None:
    thawed(world)
    link = link_in(world, LI, root="/check-up")
    assert visits.to(link, root="/check-up").opens().status_code == 200
    world.boss().does("PUT", "/v1/tenants/acme/accounts/li", json={"email": "li@new.example", "language": "en"})
    assert visits.to(link, root="/check-up").opens().status_code == 404
