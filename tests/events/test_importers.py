"""Importers: what counts as a sign-in, what is only noted, and that nothing is silently lost."""

import io
from datetime import UTC, datetime

import pytest

from frostgate.events import importers
from frostgate.events.importers import FormatUnknown, NothingRead
from frostgate.events.importers.lines import LONGEST, Lines, YearNeeded
from frostgate.events.model import Event, Login

HOST = "Mar 29 11:52:58 bastion sshd[1857]: "


def read(text: str | bytes, format_name: str = "sshd", year: int | None = 2017) -> tuple[list[Event], Lines]:
    lines = Lines(io.BytesIO(text.encode() if isinstance(text, str) else text))
    return list(importers.events(lines, format_name, tenant_id="acme", year=year)), lines


def logins(text: str, year: int | None = 2017) -> list[tuple[str, str, str]]:
    return [(e.data.account, e.data.ip, e.data.outcome) for e in read(text, year=year)[0] if isinstance(e.data, Login)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Accepted password for li from 85.245.107.41 port 50797 ssh2", ("li", "85.245.107.41", "success")),
        ("Accepted publickey for li from 1.2.3.4 port 5 ssh2: RSA SHA256:Kl8kPGZr", ("li", "1.2.3.4", "success")),
        ("Accepted keyboard-interactive/pam for li from 1.2.3.4 port 5 ssh2", ("li", "1.2.3.4", "success")),
        ("Accepted password for li from 2001:db8::7 port 5 ssh2", ("li", "2001:db8::7", "success")),
        ("Accepted password for li from fe80::1%eth0 port 5 ssh2", ("li", "fe80::1", "success")),
        ("Failed password for li from 1.2.3.4 port 5 ssh2", ("li", "1.2.3.4", "failure")),
        ("Failed password for invalid user li from 1.2.3.4 port 5 ssh2", ("li", "1.2.3.4", "failure")),
        ("Failed password for invalid user two words from 1.2.3.4 port 5 ssh2", ("two words", "1.2.3.4", "failure")),
        ("Invalid user li from 1.2.3.4", ("li", "1.2.3.4", "failure")),
        ("Invalid user li from 1.2.3.4 port 5", ("li", "1.2.3.4", "failure")),
    ],
)
def test_every_kind_of_sign_in_line_is_read(text: str, expected: tuple[str, str, str]) -> None:
    assert logins(HOST + text) == [expected]


def test_a_name_cannot_pretend_another_address() -> None:
    name = "x from 9.9.9.9 port 1 ssh2"
    assert logins(f"{HOST}Failed password for invalid user {name} from 1.2.3.4 port 5 ssh2") == [
        (name, "1.2.3.4", "failure")
    ]


def test_another_program_cannot_speak_for_sshd() -> None:
    text = HOST.replace("sshd[1857]", "logger[9]") + "sshd[1]: Accepted password for root from 1.2.3.4 port 5 ssh2"
    with pytest.raises(NothingRead) as refused:
        read(text)
    assert refused.value.params["lines"] == 1


def test_the_program_of_newer_openssh_is_read_too() -> None:
    text = HOST.replace("sshd[", "sshd-session[") + "Accepted password for li from 1.2.3.4 port 5 ssh2"
    assert logins(text) == [("li", "1.2.3.4", "success")]


def test_an_invalid_user_counts_once_however_many_lines_tell_of_it() -> None:
    invalid = f"{HOST}Invalid user admin from 1.2.3.4\n"
    failed = f"{HOST}Failed password for invalid user admin from 1.2.3.4 port 5 ssh2\n"
    assert len(logins(invalid)) == 1
    assert len(logins(invalid + failed)) == 1
    assert len(logins(invalid + failed + failed)) == 2


def test_a_repeated_message_counts_as_often_as_it_says() -> None:
    failed = "Failed password for root from 1.2.3.4 port 5 ssh2"
    events, _ = read(f"{HOST}{failed}\n{HOST}message repeated 5 times: [ {failed}]\n")
    assert len(events) == 6
    assert len({event.id for event in events}) == 6


def test_offering_keys_is_no_guess() -> None:
    text = (
        f"{HOST}Failed publickey for li from 1.2.3.4 port 5 ssh2\n{HOST}Failed none for li from 1.2.3.4 port 5 ssh2\n"
    )
    with pytest.raises(NothingRead):
        read(text)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{HOST}Failed password for invalid user  from 1.2.3.4 port 5 ssh2", "without a name"),
        (f"{HOST}Accepted password for li from evil.example port 5 ssh2", "host name"),
        (f"{HOST}Accepted password for li", "without name, address and port"),
        (f"{HOST}Accepted password for {'x' * 257} from 1.2.3.4 port 5 ssh2", "256"),
        (
            f"{HOST.replace('Mar 29', 'Feb 29')}Accepted password for li from 1.2.3.4 port 5 ssh2",
            "no such time in 2017",
        ),
        (f"{HOST}message repeated 99999999999 times: [ Failed password for li from 1.2.3.4 port 5 ssh2]", "10000"),
        ("x" * (LONGEST + 5), "longer than"),
    ],
)
def test_a_line_that_cannot_be_read_is_noted_and_the_next_is_read(line: str, problem: str) -> None:
    events, lines = read(f"{line}\n{HOST}Accepted password for li from 1.2.3.4 port 5 ssh2\n")
    assert len(events) == 1
    assert lines.unread == 1
    assert lines.problems[0].line == 1
    assert problem in lines.problems[0].problem
    assert (lines.count, lines.position) == (2, len(line) + 1 + len(HOST) + len("Accepted password for li from ") + 20)


def at(text: str) -> str:
    return f"{text} bastion sshd[1]: Accepted password for li from 1.2.3.4 port 5 ssh2\n"


def test_the_year_turns_between_december_and_january_and_late_lines_do_not_turn_it_back() -> None:
    stamps = ("Nov  3 00:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:58", "Jan  1 00:00:02")
    events, _ = read("".join(map(at, stamps)), year=2016)
    assert [event.time.year for event in events] == [2016, 2016, 2017, 2016, 2017]


def test_a_time_that_only_falls_back_a_little_stays_in_its_year() -> None:
    events, _ = read(at("Apr  1 00:00:00") + at("Mar 31 23:59:59"))
    assert [event.time.year for event in events] == [2017, 2017]


def test_iso_times_need_no_year_and_keep_their_zone() -> None:
    events, _ = read(at("2026-03-01T08:00:00.250000+08:00") + at("2026-03-01T08:00:00Z"), year=None)
    assert [event.time for event in events] == [
        datetime(2026, 3, 1, 0, 0, 0, 250000, UTC),
        datetime(2026, 3, 1, 8, tzinfo=UTC),
    ]


def test_without_a_year_we_ask_for_it() -> None:
    with pytest.raises(YearNeeded) as refused:
        read(at("Mar 29 11:52:58"), year=None)
    assert refused.value.code == "import.year_needed"


def test_the_same_line_has_the_same_id_in_every_run_and_line_ends_do_not_matter() -> None:
    text = at("Mar 29 11:52:58") + at("Mar 29 11:52:58")
    first, _ = read(text)
    assert read(text)[0] == first == read(text.replace("\n", "\r\n"))[0]
    assert first[0].id != first[1].id
    assert (first[0].tenant_id, first[0].source) == ("acme", "bastion")


def test_bytes_that_are_no_text_are_kept_visible() -> None:
    events, _ = read(HOST.encode() + b"Accepted password for l\xff from 1.2.3.4 port 5 ssh2")
    assert events[0].data.account == "l\\xff"


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(FormatUnknown) as refused:
        read("", "nginx")
    assert refused.value.params == {"format": "nginx", "known": "irc, jsonl, sshd"}


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(NothingRead):
        read("")


SHORT = (
    '{"at": "2026-03-01T08:00:00Z", "type": "login", "data": {"account": "li", "ip": "1.2.3.4", "outcome": "success"}}'
)
CLOUD = (
    '{"specversion": "1.0", "id": "7", "source": "/im", "type": "io.frostgate.message", "time": "2026-03-01T09:00:00Z",'
    ' "tenant": "blue", "data": {"account": "li", "conversation": "c", "conversation_kind": "group"}}'
)


def test_both_forms_of_json_lines_are_read() -> None:
    events, lines = read(f"\ufeff{SHORT}\n\n{CLOUD}\n", "jsonl")
    assert [(event.tenant_id, event.type) for event in events] == [("acme", "login"), ("blue", "message")]
    assert (events[1].source, events[1].id) == ("/im", "7")
    assert events[0].received_at == events[0].time == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert lines.unread == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nonsense", "malformed"),
        ("[1, 2]", "object"),
        ("[" * 5000, ""),
        ('{"at": "2026-03-01T08:00:00", "type": "login", "data": {}}', "timezone"),
        (SHORT.replace("login", "dance"), "dance"),
        (SHORT.replace("1.2.3.4", "300.2.3.4"), "/data/ip"),
        (SHORT.replace('"outcome"', '"outcom"'), "outcom"),
        (CLOUD.replace("2026-03-01T09:00:00Z", "yesterday"), "RFC3339"),
        (CLOUD.replace('"time": "2026-03-01T09:00:00Z",', ""), "time"),
        (CLOUD.replace("io.frostgate.message", "io.frostgate.dance"), "dance"),
    ],
)
def test_a_bad_json_line_is_noted_and_the_next_is_read(line: str, problem: str) -> None:
    events, lines = read(f"{line}\n{SHORT}", "jsonl")
    assert len(events) == 1
    assert lines.unread == 1
    assert problem in lines.problems[0].problem


def test_an_event_that_is_told_twice_is_one_event() -> None:
    events, lines = read(f"{CLOUD}\n{CLOUD}\n", "jsonl")
    assert len(events) == 1
    assert lines.problems[0].line == 2
