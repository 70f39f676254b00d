"""The story of a check-up: frozen, thawed, told with a link, walked through; and "that was not me"."""

from datetime import timedelta
from typing import Any

import pytest

from authenticators import Portal
from frostgate.background import Background
from frostgate.events.disowned import disowned_of
from servers import Mail
from visitors import LI, Visitor, Visits, frozen
from world import Account, Json, Letter, World

SECURITY = "security@acme.example"


def thawed(world: World, **details: Any) -> Account:
    """An account that was frozen for an impossible journey, and released because its holder proved who they are."""
    li = frozen(world, **details)
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")
    assert li.is_free()
    return li


def check_ups(world: World, account: Account) -> list[Json]:
    """What the tenant's side sees of an account's check-ups, the newest first."""
    found = world.person("customer_success").sees(f"{account.tenant.path}/checkups")["items"]
    return [each for each in found if each["account_id"] == account.id]


def reminders(world: World, address: str, *, count: int) -> list[Letter]:
    """The mails to an address that say what is open, once there are so many."""

    def reminds(mail: Mail) -> bool:
        return mail.to == address and any(
            word in Letter(mail.content).subject for word in ("not finished yet", "尚未完成")
        )

    return [Letter(mail.content) for mail in world.mailbox.wait_for(reminds, count=count)]


def steps(check_up: Json) -> dict[str, str]:
    return {each["step"]: each["state"] for each in check_up["steps"]}


def comes(visits: Visits, *, lang: str = "en") -> Visitor:
    return visits.of(root="/check-up", lang=lang).comes_in(LI)


def test_from_the_thaw_by_the_link_to_the_end(world: World, visits: Visits) -> None:
    li = thawed(world)
    [open_one] = check_ups(world, li)
    assert (open_one["state"], open_one["cause"]) == ("open", "abnormal_login")
    assert steps(open_one) == {
        "sign_ins": "open",
        "second_factor": "open",
        "sessions": "open",
        "networks": "open",
        "tokens": "not_applicable",
        "roles": "not_applicable",
    }
    assert open_one["sign_ins"] == []  # where somebody was is their own business

    door = visits.of(root="/check-up")
    assert "acme" not in door.page.text.lower()
    assert "Germany" not in door.text
    inside = door.comes_in(LI)
    for said in ("Haidian, China", "Germany", "iphone", "pixel", "It was me", "I have looked after it"):
        assert said in inside.text, said
    assert "91.65.1.1" not in inside.page.text

    inside.presses("sign-in", number="1", own="yes")
    inside.presses("sign-in", number="2", own="yes")
    inside.presses("step", step="sessions")
    assert inside.presses("step", step="second_factor").status_code == 409  # nobody can say so
    assert inside.presses("step", step="networks").status_code == 403  # the administrators' own
    [half] = check_ups(world, li)
    assert (steps(half)["sign_ins"], steps(half)["sessions"]) == ("done", "done")

    Portal(li).enrols_phone()
    assert steps(check_ups(world, li)[0])["second_factor"] == "done"  # at once, and whoever looks
    boss = world.boss()
    boss.does("POST", f"{li.tenant.path}/networks", json={"cidr": "203.0.113.0/24", "kind": "allowed"})
    boss.does("PUT", f"{li.tenant.path}/allowlist", json={"enforced": True, "tested_from": "203.0.113.7"})
    [done] = check_ups(world, li)
    assert (done["state"], set(steps(done).values())) == ("done", {"done", "not_applicable"})
    assert {each["by"] for each in done["steps"]} == {"holder:li", "system:frostgate"}
    inside.opens()
    assert "The check-up is done" in inside.text

    facts = [fact for fact in world.facts("acme") if fact.startswith("check_up.") and "code" not in fact]
    assert facts.count("check_up.step_done") == 4
    assert (facts[0], facts[-1], facts.count("check_up.ended")) == ("check_up.opened", "check_up.ended", 1)


def test_what_was_not_me_is_a_case_and_is_unlearned(world: World, visits: Visits) -> None:
    li = world.tenant().account("li", language="en")
    li.signs_in(from_="Beijing", device="iphone")
    li.signs_in(from_="Beijing", device="pixel")  # a thief at the next desk: nothing looks odd
    world.reviewer().places(li)
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")
    assert li.signs_in(from_="Beijing", device="pixel")["verdict"] == "allow"  # known by now

    inside = comes(visits)
    inside.presses("sign-in", number="1", own="no")
    assert "Not you" in inside.text
    inside.presses("sign-in", number="2", own="yes")
    refused = inside.presses("sign-in", number="1", own="yes")
    assert refused.status_code == 409

    rui = world.reviewer()
    case = rui.case_of(li, kind="sign_in_disowned")
    assert (case["severity"], case["state"]) == ("high", "open")
    assert li.is_free()  # it blocks nobody

    known = li.world.program.running.reader.profiles
    world.until(lambda: not known.of(("acme", "li")).knows_device("pixel"))
    assert known.of(("acme", "li")).knows_device("iphone")
    world.restart()
    known = world.program.running.reader.profiles
    assert not known.of(("acme", "li")).knows_device("pixel")
    assert known.of(("acme", "li")).knows_device("iphone")


@pytest.mark.parametrize("words", ["no, yes", "yes, no"])
def test_the_word_for_one_sign_in_counts_whenever_it_comes(world: World, visits: Visits, words: str) -> None:
    """Beside a stranger's by the same device, which speaks only of those that nobody claims."""
    li = world.tenant().account("li", language="en")
    for _ in range(3):
        li.signs_in(from_="Beijing", device="shared-tablet")
    world.reviewer().places(li)
    world.reviewer().releases(world.reviewer().case_of(li), "condition_met")
    inside = comes(visits)
    known = world.program.running.reader.profiles
    for word in words.split(", "):
        inside.presses("sign-in", number="1" if word == "no" else "2", own=word)
        if words == "no, yes" and word == "no":
            world.until(lambda: not known.of(("acme", "li")).knows_device("shared-tablet"))
    world.until(lambda: known.of(("acme", "li")).knows_device("shared-tablet"))
    with world.program.uow.look() as connection:
        strangers = disowned_of(connection, tenant_id="acme", account_id="li")
    assert len(strangers) == 2, "the stranger's, and the one of which nobody said anything"
    world.restart()
    assert world.program.running.reader.profiles.of(("acme", "li")).knows_device("shared-tablet")


def test_forms_of_others_do_nothing(world: World, visits: Visits) -> None:
    li = thawed(world)
    inside = comes(visits)
    assert inside.presses("step", token="forged", step="sessions").status_code == 409
    stranger = visits.to(inside.link, root="/check-up")
    stranger.presses("step", step="sessions")
    assert steps(check_ups(world, li)[0])["sessions"] == "open"
    assert visits.to(inside.link, root="/appeal").page.status_code == 404  # a link opens one thing alone
    contact = world.mails_to(SECURITY, count=2)
    assert "/check-up/" not in "".join(mail.text for mail in contact)


def test_whoever_waits_is_reminded_then_the_tenant_then_it_is_not_done(world: World) -> None:
    li = thawed(world)
    chores = Background(world.program)
    for days, address, count in ((3, LI, 1), (4, LI, 2), (3, SECURITY, 1)):
        assert chores.look_at_check_ups() == 0
        world.clock.move(timedelta(days=days))
        assert chores.look_at_check_ups() == 1
        reminder = reminders(world, address, count=count)[-1]
        assert "End other sessions" in reminder.text or "退出其他会话" in reminder.text
        assert ("/check-up/" in reminder.text) == (address == LI)
    world.clock.move(timedelta(days=20))
    assert chores.look_at_check_ups() == 1
    [over] = check_ups(world, li)
    assert (over["state"], steps(over)["sessions"]) == ("not_done", "open")
    assert chores.forget_sign_ins() == 0
    world.clock.move(timedelta(days=31))
    assert chores.forget_sign_ins() == 2
    assert li.is_free()


def test_a_second_thaw_takes_over_what_the_first_left_open(world: World, visits: Visits) -> None:
    li = thawed(world)
    first = comes(visits)
    world.reviewer().places(li)
    world.reviewer().releases(world.reviewer().case_of(li, state="open"))
    later, before = check_ups(world, li)
    assert (before["state"], later["state"]) == ("overtaken", "open")
    assert steps(later) == steps(before)
    assert first.opens().status_code == 404


def test_the_account_pages_of_the_platform_do_the_same(world: World) -> None:
    li = thawed(world, language="zh-CN")
    portal = li.tenant.token("portal")
    path = f"{li.path}/checkups"
    [own] = portal.sees(path)["items"]
    assert [each["city"] for each in own["sign_ins"]][-1] == "Haidian"
    for number in (1, 2):
        portal.does("POST", f"{path}/{own['id']}/sign-ins/{number}", json={"own": "yes"})
    done = portal.does("POST", f"{path}/{own['id']}/steps/sessions")
    assert {each["step"] for each in done["steps"] if each["state"] == "open"} == {"second_factor", "networks"}
    assert portal.is_refused("POST", f"{path}/{own['id']}/steps/networks") == "checkup.step_of_others"
    boss = world.boss()
    boss.does("POST", f"{li.tenant.path}/checkups/{own['id']}/steps/networks")
    assert steps(check_ups(world, li)[0])["networks"] == "done"


def test_no_check_up_after_what_stopped_nobody(world: World) -> None:
    li = world.tenant().account("li")
    rui = world.reviewer()
    rui.places(li, kind="challenge")
    rui.releases(rui.case_of(li))
    rui.places(li, kind="limit", services=["messaging"])
    rui.releases(rui.case_of(li))
    assert check_ups(world, li) == []
