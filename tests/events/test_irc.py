"""The importer of chat logs: who said what and when, what is passed over, and what is noted."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from frostgate.events import importers
from frostgate.events.importers import NothingRead
from frostgate.events.importers.lines import Lines
from frostgate.events.model import Event, EventType, Message

LOGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "chat"


def read(text: str | bytes, year: int | None = None) -> tuple[list[Event], Lines]:
    lines = Lines(io.BytesIO(text.encode() if isinstance(text, str) else text))
    return list(importers.events(lines, "irc", tenant_id="acme", year=year)), lines


def said(text: str) -> list[tuple[str, str | None]]:
    return [(event.data.account, event.data.text) for event in read(text)[0] if isinstance(event.data, Message)]


AT = "tea 2018-05-29 [21:20:37] "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<li> a green one, please ", ("li", "a green one, please")),
        ("<li>\t a green one", ("li", "a green one")),
        ("<@li> with a sign before the name", ("li", "with a sign before the name")),
        ("<li|home> a < b > c", ("li|home", "a < b > c")),
        ("<Moon{K}> [[link]]", ("Moon{K}", "[[link]]")),
        ("* li pours the tea", ("li", "pours the tea")),
        ("* li  pours the tea  ", ("li", "pours the tea")),
        ("*li \tpours the tea", ("li", "pours the tea")),
        ("-kettle- 96 degrees", ("kettle", "96 degrees")),
        ("-wiki-bot- 96 degrees", ("wiki-bot", "96 degrees")),
        ("<li> -> this <b>", ("li", "-> this <b>")),
        ("<li>", ("li", "")),
        ("<li> 绿茶,谢谢", ("li", "绿茶,谢谢")),
    ],
)
def test_every_way_of_saying_something_is_read(line: str, expected: tuple[str, str]) -> None:
    assert said(AT + line) == [expected]


def test_a_message_is_to_the_group_of_its_channel() -> None:
    (event,), _ = read(AT + "<li> hello")
    assert event.type == EventType.MESSAGE
    assert event.tenant_id == "acme"
    assert event.time == event.received_at == datetime(2018, 5, 29, 21, 20, 37, tzinfo=UTC)
    assert event.data == Message(account="li", conversation="tea", conversation_kind="group", text="hello")


def test_the_same_words_in_two_lines_are_two_events() -> None:
    events, _ = read(f"{AT}<li> hi\n{AT}<li> hi\n")
    assert len({event.id for event in events}) == 2
    assert read(f"{AT}<li> hi\n{AT}<li> hi\n")[0] == events


@pytest.mark.parametrize(
    "line",
    [
        AT + "*** li has joined",
        AT + "-!- li is now known as li_away",
        AT + "--> li (li@example.com) has joined #tea",
        "--- Log opened Tue May 29 00:00:00 2018",
        "",
        "   ",
    ],
)
def test_what_the_server_says_is_passed_over(line: str) -> None:
    _, lines = read(f"{AT}<li> hi\n{line}\n")
    assert lines.unread == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("hello?", "no time"),
        (AT + "hello?", "nobody said it"),
        (AT + "<> hello?", "nobody said it"),
        ("tea 2018-02-30 [21:20:37] <li> hi", "no such time"),
        ("tea 2018-05-29 [25:20:37] <li> hi", "no such time"),
        ("[21:61:37] <li> hi", "no such time"),
        (AT + f"<{'x' * 257}> hi", "256"),
        (f"{'x' * 257} 2018-05-29 [21:20:37] <li> hi", "256"),
    ],
)
def test_a_line_that_cannot_be_read_is_noted_and_the_next_is_read(line: str, problem: str) -> None:
    events, lines = read(f"{line}\n{AT}<li> hi\n")
    assert len(events) == 1
    assert lines.unread == 1
    assert lines.problems[0].line == 1
    assert problem in lines.problems[0].problem


def test_a_file_that_is_no_chat_says_so() -> None:
    with pytest.raises(NothingRead):
        read(b"\x00\xff\xfe junk\nmore junk\n")


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    assert said_bytes(AT.encode() + b"<li> caf\xe9") == ["caf\ufffd"]


def said_bytes(text: bytes) -> list[str | None]:
    return [event.data.text for event in read(text)[0] if isinstance(event.data, Message)]


def test_a_log_without_dates_counts_its_days_on() -> None:
    clocks = ("23:59:58", "23:59:59", "00:00:01", "23:59:59", "12:00:00", "11:59:30", "09:00:00")
    events, _ = read("".join(f"[{clock}] <li> hi\n" for clock in clocks), year=2016)
    assert [event.time.strftime("%m-%d %H:%M:%S") for event in events] == [
        "01-01 23:59:58",
        "01-01 23:59:59",
        "01-02 00:00:01",
        "01-02 23:59:59",
        "01-03 12:00:00",
        "01-03 11:59:30",
        "01-04 09:00:00",
    ]
    assert {event.time.year for event in events} == {2016}
    assert read("[12:00] <li> hi\n")[0][0].time == datetime(2000, 1, 1, 12, tzinfo=UTC)


def test_an_announced_midnight_turns_the_day() -> None:
    events, lines = read("10:00 <li> hi\n--- Day changed Wed May 30 2018\n10:01 <li> hi\n")
    assert [event.time.day for event in events] == [1, 2]
    assert lines.unread == 0


@pytest.mark.parametrize(
    ("name", "messages", "speakers", "first", "last"),
    [
        ("mediawiki.0", 1200, 55, "2013-01-26T15:04:04", "2013-01-27T22:01:04"),
        ("mediawiki.1", 1198, 102, "2019-02-18T04:19:02", "2019-03-02T21:57:23"),
        ("mediawiki.2", 1200, 90, "2007-09-14T10:24:21", "2007-09-17T09:38:36"),
        ("rust.0", 1200, 122, "2018-05-29T21:20:37", "2018-05-31T08:21:55"),
        ("rust.1", 1200, 77, "2018-12-26T10:19:00", "2018-12-27T12:56:34"),
        ("rust.2", 1200, 110, "2019-01-03T21:26:32", "2019-01-05T06:16:59"),
    ],
)
def test_every_line_of_the_real_logs_is_read(name: str, messages: int, speakers: int, first: str, last: str) -> None:
    log = LOGS / f"{name}.ascii.txt"
    assert log.is_file(), f"the real log {log.name} is missing: it belongs into ../shared/data/chat"
    events, lines = read(log.read_bytes())
    assert (lines.count, lines.unread, len(events)) == (messages, 0, messages)
    assert len({event.data.account for event in events}) == speakers
    assert {event.data.conversation for event in events if isinstance(event.data, Message)} == {name.partition(".")[0]}
    assert (events[0].time.isoformat(), events[-1].time.isoformat()) == (f"{first}+00:00", f"{last}+00:00")
