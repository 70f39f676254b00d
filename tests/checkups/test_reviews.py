"""The review of a quarter: made on the first working day, reminded, confirmed by a person; ignored, escalated."""

import csv
import hashlib
import io
from datetime import datetime, timedelta, timezone
from typing import Any

from authenticators import recovery_code
from frostgate.background import Background
from servers import PASSWORD, Mail, email_of
from visitors import Visitor, Visits
from world import Account, Caller, Json, Letter, World

BEIJING = timezone(timedelta(hours=8))
SECURITY = "security@acme.example"


def letters(world: World, address: str, subject: str, *, says: str = "", count: int = 1) -> list[Letter]:
    """The mails to an address with this in their subject and in their text, once there are so many."""

    def fits(mail: Mail) -> bool:
        letter = Letter(mail.content)
        return mail.to == address and subject in letter.subject and says in letter.text

    return [Letter(mail.content) for mail in world.mailbox.wait_for(fits, count=count)]


def until(world: World, *when: int) -> None:
    """Move the clock to a time in Beijing."""
    world.clock.move(datetime(*when, tzinfo=BEIJING) - world.clock.now())  # type: ignore[misc]


def quarter_over(world: World, **details: Any) -> tuple[Account, Background]:
    """A tenant with sign-ins in the first quarter of 2026, on the morning of 1 April, a Wednesday."""
    li = world.tenant(language="en", **details).account("li", language="en")
    li.signs_in(from_="Beijing", device="iphone")
    li.signs_in(from_="Beijing", device="iphone", outcome="failure")
    world.clock.move(timedelta(hours=1))
    assert li.signs_in(from_="Frankfurt", device="pixel")["verdict"] == "freeze"
    chores = Background(world.program)
    until(world, 2026, 4, 1, 8)
    return li, chores


def admin(world: World, name: str = "zhao") -> Caller:
    """A person of the tenant who looks after it here, signed in."""
    body = {"email": f"{name}@acme.example", "name": name.title(), "role": "owner", "tenant_id": "acme"}
    world.boss().does("POST", "/v1/operators", json={**body, "password": PASSWORD})
    return signed_in(world, f"{name}@acme.example")


def signed_in(world: World, address: str) -> Caller:
    opened = world.http.post("/v1/session", json={"email": address, "password": PASSWORD})
    return Caller(world, opened.raise_for_status().json()["secret"])


def everything(file: Json, said: str = "keep") -> dict[str, Any]:
    return {"statements": dict.fromkeys(file["lines"], said)}


def test_a_quarter_is_made_shown_and_confirmed(world: World) -> None:
    li, chores = quarter_over(world)
    zhao = admin(world)
    li.at_the_gate()
    li.tenant.token("api", role="member").sees("/v1/session")
    glass = {"reason": "Their owner cannot sign in, ticket 4711", "tenant_id": li.tenant.id}
    world.person("ann").does(
        "POST", "/v1/emergencies", json={**glass, "proof": recovery_code(world, "ann")}
    )  # a person's, not a machine's
    chores.note_used_tokens()
    assert chores.review_quarters() == 1
    assert chores.review_quarters() == 0  # once

    path = f"{li.tenant.path}/reviews"
    [listed] = zhao.sees(path)["items"]
    assert (listed["quarter"], listed["state"], listed["overdue"]) == ("2026-Q1", "open", False)
    file = zhao.sees(f"{path}/2026-Q1")
    shown = file["snapshot"]
    counts = {each["country"]: each for each in shown["sign_ins"]}
    assert (counts["CN"]["succeeded"], counts["CN"]["failed"], counts["DE"]["frozen"]) == (1, 1, 1)
    assert counts["DE"]["new_devices"] == 1
    assert [(each["name"], each["role"]) for each in shown["people"]] == [("Zhao", "owner")]
    used = {each["name"]: each["used_at"] is not None for each in shown["tokens"]}
    assert used == {"ingest": True, "gate": True, "api": True}
    assert shown["compared_with"] is None

    [letter] = letters(world, SECURITY, "review")
    assert "2026-Q1" in letter.text
    half = everything(file) | {"statements": {file["lines"][0]: "keep"}}
    assert zhao.is_refused("POST", f"{path}/2026-Q1/confirmation", json=half) == "review.lines_unanswered"
    assert world.boss().is_refused("POST", f"{path}/2026-Q1/confirmation", json=everything(file)) == (
        "review.person_needed"
    )
    program = li.tenant.token("api", role="owner")
    assert program.is_refused("POST", f"{path}/2026-Q1/confirmation", json=everything(file)) == "review.person_needed"
    confirmed = zhao.does("POST", f"{path}/2026-Q1/confirmation", json=everything(file))
    assert confirmed["review"]["state"] == "confirmed"
    assert confirmed["review"]["confirmed_by"].startswith("operator:")
    assert zhao.is_refused("POST", f"{path}/2026-Q1/confirmation", json=everything(file)) == "review.confirmed_already"
    world.clock.move(timedelta(days=30))
    assert chores.review_quarters() == 0  # nobody is asked any more


def test_the_next_review_says_what_changed(world: World) -> None:
    li, chores = quarter_over(world)
    zhao = admin(world)
    chores.review_quarters()
    path = f"{li.tenant.path}/reviews"
    file = zhao.sees(f"{path}/2026-Q1")
    gate = next(f"token:{each['id']}" for each in file["snapshot"]["tokens"] if each["name"] == "gate")
    [own] = [f"person:{each['id']}" for each in file["snapshot"]["people"]]
    said = everything(file)["statements"] | {gate: "remove", own: "remove"}  # nobody goes by their own tick
    zhao.does("POST", f"{path}/2026-Q1/confirmation", json={"statements": said, "words": "the old gate goes"})

    admin(world, "qian")
    [person] = [each for each in world.boss().sees("/v1/operators")["items"] if each["email"] == "zhao@acme.example"]
    world.boss().does("PATCH", f"/v1/operators/{person['id']}", json={"name": "Zhao Wei"})
    until(world, 2026, 7, 1, 9)
    assert chores.review_quarters() == 1
    again = signed_in(world, "zhao@acme.example").sees(f"{path}/2026-Q2")["snapshot"]
    changes = [(each["what"], each["field"], each["before"], each["after"]) for each in again["changes"]]
    gone = ("removed", "", "gate", "")
    assert changes == [("changed", "name", "Zhao", "Zhao Wei"), ("added", "", "", "owner"), gone]
    assert (again["compared_with"], again["should_be_gone"]) == ("2026-Q1", [own])


def test_files_are_the_same_bytes_whatever_happens_since(world: World) -> None:
    li, chores = quarter_over(world, name='=HYPERLINK("x")')
    zhao = admin(world)
    chores.review_quarters()
    path = f"{li.tenant.path}/reviews/2026-Q1"

    def files() -> dict[tuple[str, str], bytes]:
        asked = [(form, lang) for form in ("json", "csv", "html") for lang in ("en", "zh-CN")]
        return {each: zhao.asks("GET", f"{path}/file?format={each[0]}&lang={each[1]}").content for each in asked}

    before = files()
    assert hashlib.sha256(before["json", "en"]).hexdigest() == zhao.sees(path)["review"]["digest"]
    rows = list(csv.reader(io.StringIO(before["csv", "en"].decode("utf-8-sig"))))
    assert rows[0][1] == '\'=HYPERLINK("x")'  # nothing that a spreadsheet would calculate
    assert ["China", "1", "1", "0", "0", "0", "1"] in rows
    assert "季度安全核查" in before["html", "zh-CN"].decode()
    world.boss().does("PATCH", "/v1/tenants/acme", json={"name": "Other", "time_zone": "Europe/Berlin"})
    li.tenant.token("gate")
    li.signs_in(from_="Lisbon")
    assert files() == before


def test_nobody_answers_so_people_are_reminded_and_customer_success_is_told(world: World) -> None:
    li, chores = quarter_over(world)
    chores.review_quarters()
    letters(world, SECURITY, "review", says="is ready")
    for days, count in ((7, 1), (7, 2)):
        assert chores.review_quarters() == 0
        world.clock.move(timedelta(days=days))
        assert chores.review_quarters() == 1
        letters(world, SECURITY, "review", says="still waits", count=count)
    world.clock.move(timedelta(days=7))
    assert chores.review_quarters() == 1
    [told] = letters(world, email_of("customer_success"), "overdue")
    assert "2026-Q1" in told.text
    success = world.person("customer_success")
    [late] = success.sees("/v1/reviews", overdue=True)["items"]
    assert (late["tenant_id"], late["overdue"], late["told"]) == ("acme", True, 3)
    world.clock.move(timedelta(days=30))
    assert chores.review_quarters() == 0
    assert [fact for fact in world.facts("acme") if fact.startswith("review.")] == [
        "review.made",
        "review.reminded",
        "review.reminded",
        "review.overdue",
    ]
    assert not li.is_free()  # it changes nothing else


def test_the_first_working_day_is_that_of_the_tenant(world: World) -> None:
    """Golden Week: in China nobody works before 8 October 2026, in Berlin on Thursday the first."""
    world.tenant("acme", time_zone="Asia/Shanghai")
    world.tenant("bolt", time_zone="Europe/Berlin")
    chores = Background(world.program)
    until(world, 2026, 7, 2, 12)
    assert chores.review_quarters() == 2
    until(world, 2026, 10, 1, 5)  # still September in Berlin
    made = []
    for day in range(1, 10):
        until(world, 2026, 10, day, 12)
        count = sum(1 for fact in world.facts() if fact == "review.made")
        chores.review_quarters()
        made += [day] * (sum(1 for fact in world.facts() if fact == "review.made") - count)
    assert made == [1, 8]


def test_it_can_be_confirmed_by_the_link_in_the_notice(world: World, visits: Visits) -> None:
    li, chores = quarter_over(world)
    chores.review_quarters()
    door = visits.of(SECURITY, root="/review", about="review")
    assert "ingest" not in door.text
    inside: Visitor = door.comes_in(SECURITY)
    for word in ("Germany", "ingest", "gate", "2026-Q1"):
        assert word in inside.text, word
    lines = world.boss().sees(f"{li.tenant.path}/reviews/2026-Q1")["lines"]
    assert inside.presses("confirmation", **{lines[0]: "keep"}).status_code == 422
    assert inside.presses("confirmation", token="forged", **dict.fromkeys(lines, "keep")).status_code == 409
    inside.presses("confirmation", **{lines[0]: "remove", lines[1]: "keep"})
    assert "To be removed" in inside.text
    review = world.boss().sees(f"{li.tenant.path}/reviews/2026-Q1")
    assert review["review"]["confirmed_by"] == "holder:contact of acme"
    assert review["statements"] == {lines[0]: "remove", lines[1]: "keep"}
