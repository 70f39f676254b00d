"""The door: what a link and a code open, and what they never do."""

import html
import re
from datetime import timedelta

import pytest

from frostgate.config import Secrets
from frostgate.notices.links import door
from servers import Databases
from visitors import LI, Visitor, Visits, frozen, link_in
from world import World

MINUTE = timedelta(minutes=1)


def dead(visitor: Visitor) -> bool:
    """Whether the page says that the link opens nothing, and just that."""
    answer = visitor.opens()
    return answer.status_code == 404 and "This link opens nothing" in answer.text


def test_what_opens_nothing_looks_alike(world: World, visits: Visits) -> None:
    frozen(world)
    link = link_in(world, LI)
    notice, _, signature = link.partition(".")
    other = "".join("b" if sign == "a" else "a" for sign in signature)
    pages = set()
    for made_up in (f"{notice}.{other}", f"{notice}.", notice, f"{'0' * 32}.{signature}", "x.y", "%00", "é.é"):
        visitor = visits.to(made_up)
        assert dead(visitor), made_up
        pages.add(re.sub(r'href="/appeal/[^"]*"', "", visitor.page.text))
        for form in ("code", "visit", "draft", "handing-in", "answer", "withdrawal", "leave"):
            assert visitor.presses(form, code="123456").status_code == 404
    assert len(pages) == 1
    assert [fact for fact in world.facts() if fact.startswith("appeal.")] == []


def test_a_link_is_for_its_own_hold_alone(world: World, visits: Visits) -> None:
    """A visit to one case opens no other, and neither does another notice's signature."""
    frozen(world)
    chen = frozen(world, "bolt")
    mine, theirs = link_in(world, LI), link_in(world, "li@bolt.example")
    crossed = f"{theirs.partition('.')[0]}.{mine.partition('.')[2]}"
    assert dead(visits.to(crossed))

    inside = visits.to(mine).comes_in(LI)
    inside.link = theirs
    inside.opens()
    assert inside.token == ""
    inside.presses("handing-in", statement="not my case")
    assert world.reviewer().sees("/v1/appeals", tenant=chen.tenant.id)["items"] == []


def test_a_link_ends_some_days_after_its_hold(world: World, visits: Visits) -> None:
    li = frozen(world)
    inside = visits.of().comes_in(LI)
    world.reviewer().releases(world.reviewer().case_of(li))

    inside.opens()
    assert "It ended on" in inside.text
    assert inside.presses("handing-in", statement="once more").status_code == 409

    world.clock.move(timedelta(days=7))
    assert dead(inside)
    assert inside.presses("code").status_code == 404


def test_a_link_ends_after_sixty_days_and_later_where_an_appeal_goes_on(world: World, visits: Visits) -> None:
    frozen(world)
    contact = link_in(world, "security@acme.example")
    inside = visits.of()
    world.clock.move(timedelta(days=59))
    inside.comes_in(LI)
    inside.presses("draft", statement="I was away")
    world.clock.move(timedelta(days=2))
    assert visits.to(contact).opens().status_code == 200
    world.clock.move(timedelta(days=58))
    assert dead(inside)
    assert dead(visits.to(contact))


def test_a_code_is_tried_five_times(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    code = visitor.asks_for_a_code(LI)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(door.TRIES):
        refused = visitor.presses("visit", code=wrong)
        assert (refused.status_code, visitor.token) == (422, "")
    assert visitor.presses("visit", code=code).status_code == 422
    assert visitor.token == ""

    world.clock.move(MINUTE)
    visitor.comes_in(LI)


@pytest.mark.parametrize("typed", ["{0} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "wide"])
def test_a_code_is_taken_as_people_type_it(shared: World, typed: str) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    tenant = f"typed-{sum(typed.encode())}"
    frozen(shared, tenant)
    address = f"li@{tenant}.example"
    visits = Visits(shared)
    visitor = visits.of(address)
    code = visitor.asks_for_a_code(address)
    visitor.presses("visit", code=code.translate(wide) if typed == "wide" else typed.format(code))
    assert visitor.token
    visitor.leaves_the_house()


def test_a_code_counts_once_and_for_ten_minutes(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    code = visitor.asks_for_a_code(LI)
    world.clock.move(door.CODE_LASTS)
    visitor.presses("visit", code=code)
    assert visitor.token == ""

    code = visitor.asks_for_a_code(LI)
    visitor.presses("visit", code=code)
    assert visitor.token
    second = visits.to(visitor.link)
    second.presses("visit", code=code)
    assert second.token == ""


def test_only_the_last_code_counts(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    first = visitor.asks_for_a_code(LI)
    world.clock.move(MINUTE)
    last = visitor.asks_for_a_code(LI)
    if first != last:
        visitor.presses("visit", code=first)
        assert visitor.token == ""
    visitor.presses("visit", code=last)
    assert visitor.token


def test_nobody_s_mailbox_is_flooded(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    assert visitor.presses("code").status_code == 200
    refused = visitor.presses("code")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "1 min" in visitor.text

    sent = 1
    while sent < door.MOST_FOR_A_NOTICE:
        world.clock.move(timedelta(minutes=5))
        sent += visitor.presses("code").status_code == 200
    world.clock.move(timedelta(hours=1))
    assert visitor.presses("code").status_code == 429
    world.clock.move(timedelta(days=1))
    assert visitor.presses("code").status_code == 200


def test_the_letter_with_the_code_says_nothing_of_the_hold(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    visitor.presses("code")
    letter = world.mails_to(LI, count=2)[1]
    for word in ("Beijing", "Frankfurt", "frozen", "unusual sign-in"):
        assert word not in letter.text.replace("lift a freeze", "")
    shown = world.boss().sees("/v1/tenants/acme/notices")["items"]
    [notice] = [each for each in shown if each["template"] == "appeal_code"]
    seen = world.boss().sees(f"/v1/tenants/acme/notices/{notice['id']}")
    assert "******" in seen["text"]


def test_a_visit_ends_after_half_an_hour_of_silence(world: World, visits: Visits) -> None:
    frozen(world)
    inside = visits.of().comes_in(LI)
    for _ in range(3):
        world.clock.move(29 * MINUTE)
        inside.opens()
        assert inside.token
    world.clock.move(30 * MINUTE)
    inside.opens()
    assert inside.token == ""


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_what_was_written_when_a_visit_ended_comes_along_through_the_door(
    world: World, visits: Visits, lang: str
) -> None:
    """Half an hour over a statement on a phone is soon gone, and so would be the statement."""
    frozen(world)
    inside = visits.of(lang=lang).comes_in(LI)
    world.clock.move(31 * MINUTE)
    wrote = 'It was me, "on a train".\nFrom <Beijing> & back.'
    late = inside.presses("handing-in", statement=wrote)
    assert (late.status_code, inside.token) == (409, "")
    assert ("was not sent" if lang == "en" else "未能提交") in inside.text
    assert world.facts().count("appeal.handed_in") == 0

    code = inside.asks_for_a_code(LI)
    wrong = inside.presses("visit", code=f"{(int(code) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422
    inside.presses("visit", code=code)
    assert inside.token
    assert ("not sent yet" if lang == "en" else "尚未提交") in inside.text
    [written] = re.findall(r'<textarea name="statement"[^>]*>([^<]*)</textarea>', inside.page.text)
    assert html.unescape(written) == wrote
    inside.presses("handing-in", statement=html.unescape(written))
    [appeal] = world.reviewer().sees("/v1/appeals")["items"]
    assert world.reviewer().sees(f"/v1/appeals/{appeal['id']}")["statement"] == wrote


def test_places_are_named_in_the_language_of_the_page(world: World, visits: Visits) -> None:
    frozen(world)
    reader = visits.of(lang="en").comes_in(LI)
    assert "Germany" in reader.text
    reader.lang = "zh-CN"
    reader.opens()
    assert "德国" in reader.text
    assert "Germany" not in reader.text


def test_what_was_written_waits_where_too_many_come_from_one_network(world: World, visits: Visits) -> None:
    """Also the language stays as it is there: another page would know nothing of the text."""
    frozen(world)
    inside = visits.of().comes_in(LI)
    assert "中文" in inside.text
    world.clock.move(31 * MINUTE)
    inside.presses("draft", statement="It was <me>.")
    assert "中文" not in inside.text
    others = visits.of()
    while others.presses("code").status_code != 429 or "your network" not in others.text:
        world.clock.move(timedelta(seconds=1))
    held_up = inside.presses("code")
    assert held_up.status_code == 429
    assert "your network" in inside.text
    assert inside.carried["statement"] == "It was <me>."
    assert "中文" not in inside.text
    assert "中文" in others.text

    world.clock.move(30 * MINUTE)
    inside.presses("visit", code=inside.asks_for_a_code(LI))
    assert inside.token
    assert "It was &lt;me&gt;.</textarea>" in inside.page.text


def test_a_file_that_came_after_the_visit_ended_is_not_kept_and_the_page_says_so(world: World, visits: Visits) -> None:
    frozen(world)
    inside = visits.of().comes_in(LI)
    world.clock.move(31 * MINUTE)
    late = inside.presses("draft", statement="see the letter", file=b"%PDF-1.7", named="letter.pdf")
    assert late.status_code == 409
    assert "must be chosen again" in inside.text


def test_leaving_twice_is_no_mistake(world: World, visits: Visits) -> None:
    frozen(world)
    inside = visits.of().comes_in(LI)
    token = inside.token
    inside.presses("leave")
    assert inside.presses("leave", token=token).status_code == 200


def test_a_visit_ends_when_its_visitor_leaves(world: World, visits: Visits) -> None:
    frozen(world)
    inside = visits.of().comes_in(LI)
    kept = inside.http.cookies["appeal"]
    inside.presses("leave")
    assert inside.token == ""
    inside.http.cookies.set("appeal", kept, path="/appeal")
    inside.opens()
    assert inside.token == ""


def test_the_cookie_is_for_this_page_and_for_no_script(world: World, visits: Visits) -> None:
    frozen(world)
    visitor = visits.of()
    code = visitor.asks_for_a_code(LI)
    visitor.presses("visit", code=code)
    [given] = [answer.headers["set-cookie"] for answer in visitor.page.history if "set-cookie" in answer.headers]
    for said in ("httponly", "samesite=strict", "path=/appeal"):
        assert said in given.lower()


def test_a_form_of_another_site_does_nothing(world: World, visits: Visits) -> None:
    """Even where a browser sends the cookie along: the form must know what only our page does."""
    frozen(world)
    inside = visits.of().comes_in(LI)
    for token in ("", "guessed", inside.token[:-1] + ("a" if inside.token[-1] != "a" else "b")):
        answer = inside.presses("handing-in", statement="not by me", token=token)
        assert answer.status_code == 409
    assert world.reviewer().sees("/v1/appeals")["items"] == []
    inside.opens()
    inside.presses("handing-in", statement="by me")
    assert len(world.reviewer().sees("/v1/appeals")["items"]) == 1


def test_a_stranger_at_the_door_does_nothing(world: World, visits: Visits) -> None:
    frozen(world)
    stranger = visits.of()
    for form in ("draft", "handing-in", "answer", "withdrawal", "leave"):
        stranger.presses(form, statement="let me in", words="please")
        assert stranger.token == ""
    assert [fact for fact in world.facts() if fact.startswith("appeal.")] == []


def test_without_a_key_a_notice_names_the_help_page(databases: Databases) -> None:
    url = databases.make("postgresql")  # beside a file of SQLite's a key is made
    world = World(url, databases.secrets["postgresql"], secrets=Secrets())
    try:
        frozen(world)
        [letter] = world.mails_to(LI)
        assert "/appeal/" not in letter.text
        assert "/help" in letter.text
    finally:
        world.close()
        databases.remove(url)
