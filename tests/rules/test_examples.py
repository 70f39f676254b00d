"""Example files: what they may say, and what they are told when they say it wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from frostgate.events.model import EventType, Report
from frostgate.rules.examples import history
from frostgate.rules.problems import PolicyRefused

LOGIN = '{at: "2026-03-01T08:00:00Z", type: login, data: {account: li, ip: 1.2.3.4, outcome: success}}'
TRIP = (
    "- {declare: {trips: [{account: li, places: [DE/Berlin], "
    f'starts: "2026-03-01T00:00:00Z", ends: "2026-03-02T00:00:00Z"}}]}}}}\n- {LOGIN}'
)


def test_a_flood_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "flood.yaml"
    file.write_text(
        '- {at: "2026-03-01T08:00:00+08:00", type: report, repeat: 3, over: 60s,'
        ' data: {account: "007", reporter: "m-{n}", category: fraud}}'
    )
    events = history(file, ends_on=EventType.REPORT).events

    assert [event.time for event in events] == [
        datetime(2026, 3, 1, 0, 0, second, tzinfo=UTC) for second in (0, 20, 40)
    ]
    assert [event.data for event in events] == [
        Report(account="007", reporter=f"m-{n}", category="fraud") for n in (1, 2, 3)
    ]
    assert len({event.id for event in events}) == 3


def test_a_declaration_is_known_to_the_reader(tmp_path: Path) -> None:
    file = tmp_path / "declared.yaml"
    file.write_text(
        "- {declare: {trusted: [1.2.3.0/24], machines: {robot: {kind: bot, messages_a_minute: 60}},"
        " trips: [{account: li, places: [DE/Berlin, FR],"
        ' starts: "2026-03-01T00:00:00Z", ends: "2026-03-02T00:00:00Z"}]}}'
        f"\n- {LOGIN}"
    )
    told = history(file)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    assert len(told.events) == 1
    assert told.declared.is_trusted("example", "1.2.3.4")
    assert told.declared.allowlist("example", "1.2.3.4") is None
    assert told.declared.kind("example", "robot") == "bot"
    assert told.declared.travelling("example", "li", noon, "DE", "Berlin")
    assert not told.declared.travelling("example", "li", noon, "DE", "Munich")
    assert told.declared.travelling("example", "li", noon, "FR", None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "examples.empty"),
        ("a: b", "policy.wrong_type"),
        ("- " + LOGIN.replace("type: login", "type: logn"), "examples.unknown_event"),
        ("- " + LOGIN.replace("outcome: success", "outcome: won"), "examples.bad_data"),
        ("- " + LOGIN.replace("T08:00:00Z", "T08:00:00"), "examples.bad_time"),
        ("- " + LOGIN.replace("2026-03-01T08:00:00Z", "today"), "examples.bad_time"),
        ("- " + LOGIN.replace("type:", "repeat: 1000000, type:"), "policy.wrong_type"),
        ("- " + LOGIN.replace("type:", "repeat: -1, type:"), "policy.wrong_type"),
        (f"- {LOGIN.replace('T08', 'T09')}\n- {LOGIN}", "examples.order"),
        ("- " + LOGIN.replace("at:", "when:"), "policy.unknown_key"),
        ("- &a 1\n- *a", "yaml.alias"),
        ("- {declare: {trusted: [everywhere]}}\n- " + LOGIN, "examples.bad_data"),
        ("- {declare: {friends: [li]}}\n- " + LOGIN, "examples.bad_data"),
        ("- {declare: {trusted: [10.0.0.0/8]}}", "examples.empty"),
        ("- {declare: {trusted: [10.0.0.0/8]}}\n" * 2 + "- " + LOGIN, "examples.bad_data"),
        (TRIP.replace('T00:00:00Z", ends', 'T00:00:00", ends'), "examples.bad_data"),  # in whose zone?
        (TRIP.replace("DE/Berlin", "Germany"), "examples.bad_data"),
        (TRIP.replace("2026-03-02", "2026-02-02"), "examples.bad_data"),
    ],
)
def test_a_wrong_example_is_refused_with_its_place(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(PolicyRefused) as refused:
        history(file)

    assert code in {problem.code for problem in refused.value.problems}
    assert {problem.path for problem in refused.value.problems} == {"wrong.yaml"}


def test_the_last_event_must_be_what_the_rule_is_about(tmp_path: Path) -> None:
    file = tmp_path / "login.yaml"
    file.write_text(f"- {LOGIN}")
    with pytest.raises(PolicyRefused, match="the last event is a login, and the rule is about call"):
        history(file, ends_on=EventType.CALL)


def test_a_missing_file_is_a_problem_too(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="cannot be read"):
        history(tmp_path / "gone.yaml")
