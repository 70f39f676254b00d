"""What a stream says of the truth: what cannot be read is counted, and what was declared reaches the rules."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from streams import HEAD, POLICY, RULE, START, Stream

from frostgate.events.importers.lines import Lines
from frostgate.rules.parse import parse
from frostgate.simulation.evaluation.reading import TruthMissing
from frostgate.simulation.evaluation.run import evaluate


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "about": "attack",
            "attack": "x",
            "kind": "stuffing",
            "cause": "abnormal_login",
            "start": "2026-03-02T00:00:00",
        },
        {"about": "account", "account": "x", "kind": "service", "networks": ["home"]},
        {"about": "account", "account": "x", "kind": "ghost"},
        {"about": "weather"},
    ],
)
def test_a_truth_that_cannot_be_is_passed_over_and_counted(stream: Stream, wrong: dict[str, Any]) -> None:
    stream.truth(**wrong)
    stream.login(1, "li")
    result = stream.evaluate()
    assert (result.unread, result.events, result.honest, result.attacks) == (1, 1, 2, [])


def test_an_event_whose_time_names_no_zone_is_passed_over_and_counted(stream: Stream) -> None:
    stream.login(1, "li")
    stream.login(2, "li")
    stream.lines[-1]["recordedtime"] = "2026-03-02T02:00:00"
    result = stream.evaluate()
    assert (result.unread, result.events) == (1, 1)


def test_a_stream_that_does_not_say_what_was_simulated_is_refused(stream: Stream) -> None:
    stream.login(1, "li")
    del stream.lines[0]
    with pytest.raises(TruthMissing):
        stream.evaluate()


def test_an_event_before_its_truth_is_refused_as_a_stream() -> None:
    lone = Stream()
    lone.login(1, "li")
    raw = json.dumps(lone.lines[-1])
    with pytest.raises(TruthMissing):
        evaluate(Lines(io.BytesIO(raw.encode())), POLICY)
    with pytest.raises(TruthMissing):
        evaluate(Lines(io.BytesIO(b"")), POLICY)


def test_what_cannot_be_read_is_counted_and_passed_over(stream: Stream) -> None:
    stream.login(1, "li", ip="nowhere")
    stream.event(2, "unheard_of", None, account="li")
    stream.login(3, "li")
    result = stream.evaluate()
    assert (result.unread, result.events) == (2, 1)


@pytest.mark.parametrize(
    "when",
    [
        "network.trusted",
        "trip.covers",
        'account.kind == "bot"',
        "profile.messages_a_minute == 60",
    ],
)
def test_what_the_truth_declares_reaches_the_rules(when: str) -> None:
    on = "message" if when.startswith("profile") else "login"
    rule = RULE.format(on=on, does="seen", effect="{freeze: abnormal_login}", when=when)
    stream = Stream(trusted=["101.80.0.0/16"] if when == "network.trusted" else [])  # a trusted network has no place
    stream.truth(about="account", account="bot", kind="bot", declared=True, messages_a_minute=60)
    stream.truth(about="account", account="undeclared", kind="bot")
    end = (START + timedelta(days=2)).isoformat()
    stream.truth(
        about="trip", account="bot", start=START.isoformat(), end=end, country="CN", city="Shanghai", declared=True
    )
    stream.login(1, "bot")
    stream.login(1, "undeclared", ip="85.245.107.41")
    stream.message(1, "bot")
    stream.message(1, "undeclared")
    assert stream.evaluate(parse(HEAD + rule)).frozen == 1


def test_a_trip_that_nobody_declared_is_unknown_to_the_rules() -> None:
    rule = RULE.format(on="login", does="seen", effect="{freeze: abnormal_login}", when="trip.covers")
    stream = Stream()
    stream.person("li")
    end = (START + timedelta(days=2)).isoformat()
    stream.truth(about="trip", account="li", start=START.isoformat(), end=end, country="CN", city="", declared=False)
    stream.login(1, "li")
    assert stream.evaluate(parse(HEAD + rule)).frozen == 0
