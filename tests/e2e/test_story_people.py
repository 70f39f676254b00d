"""The people's side, whole: a mistaken freeze until its check-up, and a violation that two people release."""

from datetime import timedelta
from typing import Any

from licences import CODE, NAME, PERSON, drawn, photo
from servers import wait_until
from visitors import LI, Visits, frozen, link_in
from world import Json, Person, World

READING = 120.0  # seconds: the machine reads at low priority, beside other tests
HOUR = timedelta(hours=1)


def licence_of(person: Person, case: str) -> Json:
    """What the machine made of the licence in a case, once it has read it."""
    papers = f"/v1/cases/{case}/documents"
    wait_until(lambda: person.sees(papers)[-1]["licence"]["state"] != "waiting", within=READING)
    return person.sees(f"/v1/documents/{person.sees(papers)[-1]['id']}/licence")


def clock(person: Person, case: str) -> list[str]:
    return [limit["state"] for limit in person.sees(f"/v1/cases/{case}")["case"]["clock"]["limits"]]


def page(world: World, path: str, **asked: Any) -> str:
    return world.http.get(path, params={"lang": "en", **asked}).raise_for_status().text


def test_a_mistake_is_put_right_in_26_hours_and_does_not_happen_again(world: World, visits: Visits) -> None:
    registered = {"name": NAME, "code": CODE, "legal_representative": PERSON}
    li = frozen(world)
    world.boss().does("PUT", "/v1/tenants/acme/registration", json=registered)

    # The notice is genuine, and the self-check says what is likely.
    [told] = [mail for mail in world.mails_to(LI) if "frozen" in mail.subject]
    world.until(lambda: world.facts("acme").count("notice.sent") == 2)  # to li and to the tenant
    proof = next(line for line in told.text.split() if "/verify?" in line)
    assert "We sent this notice" in world.http.get(f"{proof}&lang=en").text
    assert "My account is frozen" in page(world, "/self-check")

    # The appeal comes with a licence; what the machine read is beside it for the reviewer.
    holder = visits.of().comes_in(LI)
    small = holder.presses(
        "draft",
        statement="I was on a train.",
        file=photo(drawn().resize((640, 452))),
        named="l.jpg",
        purpose="business_licence",
    )
    assert small.status_code == 422
    assert "900 pixels" in holder.text
    assert holder.hands_in("I was on a train.").is_success
    rui = world.reviewer()
    case = rui.case_of(li)["id"]
    [appeal] = rui.sees("/v1/appeals")["items"]
    path = f"/v1/appeals/{appeal['id']}"

    # One pause: while we wait for the licence the clock stands still, on both sides.
    world.clock.move(2 * HOUR)
    rui.does("POST", f"{path}/questions", json={"reason_code": "licence_missing"})
    assert clock(rui, case) == ["met", "paused"]
    world.clock.move(20 * HOUR)
    holder = visits.of().comes_in(LI)
    given = holder.presses("answer", words="Here.", file=photo(drawn()), named="l.jpg", purpose="business_licence")
    assert given.is_success, holder.text
    rui = world.reviewer()
    assert clock(rui, case) == ["met", "running"]
    found = licence_of(rui, case)
    assert (found["summary"], found["proposes"]) == ("agrees", [])
    assert not li.is_free(), "the machine decides nothing"

    world.clock.move(4 * HOUR)
    rui = world.reviewer()
    rui.does("POST", f"{path}/decision", json={"outcome": "upheld", "reason": "the licence is that of the tenant"})
    assert li.is_free()
    assert clock(rui, case) == ["met", "met"]

    # The check-up, by the link in the news of the thaw; and the same evidence freezes nobody again.
    inside = visits.of(root="/check-up").comes_in(LI)
    assert "pixel" in inside.text
    assert li.signs_in(from_="Frankfurt", device="pixel")["verdict"] == "allow"
    assert li.is_free()
    assert "The check-up" in inside.text or "check-up" in inside.text


def test_a_violation_goes_by_four_eyes_from_the_appeal_to_the_thaw(world: World, visits: Visits) -> None:
    li = world.tenant().account("li", language="en")
    rui, shu = world.reviewer(), world.person("shu")
    li.tenant.sends_all(li.event("report", reporter=f"r{n}", category="fraud") for n in range(20))
    case = rui.case_of(li, cause="violating_content", kind="hold")
    assert (case["needs_two"], li.open_kinds()) == (True, ["limit", "challenge"])
    visits.to(link_in(world, LI, about="limited")).comes_in(LI).hands_in("The pictures are gone.")
    [appeal] = shu.sees("/v1/appeals")["items"]
    decision = {"outcome": "upheld", "reason": "they are gone", "finding": "condition_met"}
    path = f"/v1/appeals/{appeal['id']}/decision"
    assert shu.is_refused("POST", path, json=decision) == "case.proposal_needed"
    assert shu.decides(case, "release-proposal", finding="condition_met").is_success
    assert shu.is_refused("POST", path, json=decision) == "approval.second_person_needed"
    world.person("ann").does("POST", path, json=decision)
    assert li.open_kinds() == ["challenge"], "who they are is still asked, and is theirs to answer"
    released = world.person("ann").reads(case)["case"]
    assert len({released["release_proposed_by"], released["released_by"]}) == 2
