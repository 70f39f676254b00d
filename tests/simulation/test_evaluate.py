"""Evaluation of tiny streams whose truth is written by hand: everything is counted, exactly."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from frostgate.events.importers.lines import Lines
from frostgate.rules.parse import parse
from frostgate.rules.policy import Policy
from frostgate.simulation.evaluation.reading import TruthMissing
from frostgate.simulation.evaluation.results import AttackResult, Result, targets, together
from frostgate.simulation.evaluation.run import evaluate
from frostgate.simulation.model import TENANT, TRUTH

START = datetime(2026, 3, 2, tzinfo=UTC)
HOME = "101.80.0.1"

# Rules that read a word of the event, so that each line of a stream says what will become of it.
RULE = """
  - id: {on}.{does}
    on: {on}
    when: {when}
    effect: {effect}
    says: {{zh-CN: "是", en: "yes"}}
    examples: {{matches: [{{name: one, file: one.yaml}}], stays_away: [{{name: none, file: none.yaml}}]}}
"""
EFFECTS = {
    "freeze": "{freeze: abnormal_login}",
    "challenge": "{challenge: abnormal_login}",
    "throttle": "{throttle: abnormal_login, retry_after: 60s}",
    "refuse": "{refuse: abnormal_login}",
    "limit": "{limit: bulk_operation, services: [messaging]}",
}
HEAD = "name: words\nguard: 7d\nkeep_events: 90d\nwindows: {}\nrules:\n"
POLICY = parse(
    HEAD
    + "".join(
        RULE.format(on="login", does=does, effect=effect, when=f'device.sent && login.device.startsWith("{does}")')
        for does, effect in EFFECTS.items()
    )
    + RULE.format(on="message", does="stop", effect=EFFECTS["limit"], when='message.text == "stop"')
    + RULE.format(on="message", does="ask", effect="{challenge: bulk_operation}", when='message.text == "ask"')
)


class Stream:
    """Lines of a stream; hours count from the beginning."""

    def __init__(self, *, trusted: Sequence[str] = ()) -> None:
        self.lines: list[dict[str, Any]] = []
        tenant = {"tenant": TENANT, "seed": 1, "people": 2, "days": 30, "start": START.isoformat()}
        self.truth(about="tenant", trusted_networks=list(trusted), **tenant)

    def truth(self, **data: Any) -> None:
        time = START.isoformat()
        line = {"specversion": "1.0", "id": f"t{len(self.lines)}", "source": "/simulation", "type": TRUTH}
        self.lines.append({**line, "time": time, "data": data})

    def person(self, account: str, *, honest: bool = True, traits: tuple[str, ...] = ()) -> None:
        self.truth(about="account", account=account, kind="person", honest=honest, traits=traits)

    def attack(
        self, name: str, account: str | None, *, hours: float = 0, kind: str = "stolen_abroad", **more: Any
    ) -> None:
        cause = "bulk_operation" if kind.startswith("bulk") else "abnormal_login"
        start = (START + timedelta(hours=hours)).isoformat()
        self.truth(about="attack", attack=name, kind=kind, cause=cause, start=start, account=account, **more)

    def event(self, hours: float, kind: str, attack: str | None = None, /, **data: Any) -> None:
        time = (START + timedelta(hours=hours)).isoformat()
        line: dict[str, Any] = {"specversion": "1.0", "id": f"e{len(self.lines)}", "source": "/sso", "time": time}
        line |= {"type": f"io.frostgate.{kind}", "tenant": TENANT, "data": data}
        self.lines.append(line | ({"attack": attack} if attack else {}))

    def login(self, hours: float, account: str, attack: str | None = None, *, device: str = "own", **data: Any) -> None:
        known = {"account": account, "ip": HOME, "outcome": "success", "device": device}
        self.event(hours, "login", attack, **{**known, **data})

    def message(self, hours: float, account: str, attack: str | None = None, *, text: str = "hello") -> None:
        data = {"account": account, "conversation": "c", "conversation_kind": "private", "text": text}
        self.event(hours, "message", attack, **data)

    def evaluate(self, policy: Policy = POLICY) -> Result:
        raw = b"".join(json.dumps(line).encode() + b"\n" for line in self.lines)
        return evaluate(Lines(io.BytesIO(raw)), policy)


@pytest.fixture
def stream() -> Stream:
    made = Stream()
    made.person("li", traits=("vpn",))
    made.person("wang")
    return made


def only(result: Result) -> AttackResult:
    (attack,) = result.attacks
    return attack


def test_a_false_freeze_is_one_of_the_honest_account_months(stream: Stream) -> None:
    stream.login(1, "li", device="freeze")
    stream.login(2, "li", device="freeze-again")
    stream.login(3, "wang")
    result = stream.evaluate()
    assert (result.honest, result.account_months, result.frozen) == (2, 2.0, 1)
    assert result.rate(result.frozen)[0] == 5000.0
    (alarm,) = result.false_alarms
    assert (alarm.account, alarm.rule, alarm.traits) == ("li", "login.freeze", ("vpn",))
    assert result.traits["vpn"].frozen == 1
    assert (result.rules["login.freeze"].honest, result.rules["login.freeze"].attacks) == (1, 0)
    assert result.rules["login.freeze"].events == 1  # what a frozen account does later is not judged
    assert [target.met for target in targets(result)] == [False, None, None]


def test_a_freeze_before_the_takeover_is_a_false_alarm_and_after_it_is_right(stream: Stream) -> None:
    stream.attack("a", "li", hours=24, taken_over=True)
    stream.attack("b", "wang", hours=1, taken_over=True)
    stream.login(2, "li", device="freeze")
    stream.login(24, "li", "a")
    stream.login(1, "wang", "b")
    stream.login(5, "wang", device="freeze")  # the owner meets it, and the thief is out as well
    result = stream.evaluate()
    assert result.frozen == 1
    found = {each.attack: each for each in result.attacks}
    assert found["b"].stopped
    assert found["b"].seconds == 4 * 3600
    assert found["a"].stopped  # refused from its first act on: the account was frozen, for whatever reason
    assert found["a"].seconds == 0


def test_a_missed_attacker_counts_as_missed(stream: Stream) -> None:
    stream.attack("a", "li", taken_over=True)
    stream.login(1, "li", "a")
    stream.message(1.1, "li", "a")
    missed = only(stream.evaluate())
    assert (missed.stopped, missed.seconds, missed.signed_in, missed.messages) == (False, None, 1, 1)


def test_a_late_detection_is_timed_and_a_very_late_one_is_none(stream: Stream) -> None:
    stream.attack("a", "li", taken_over=True)
    stream.attack("b", "wang", taken_over=True)
    stream.login(1, "li", "a")
    stream.login(1, "wang", "b")
    stream.login(3.5, "li", "a", device="challenge")
    stream.login(26, "wang", "b", device="freeze")
    found = {each.attack: each for each in stream.evaluate().attacks}
    assert (found["a"].stopped, found["a"].seconds, found["a"].by) == (True, 2.5 * 3600, "login.challenge")
    assert (found["b"].stopped, found["b"].seconds) == (False, None)


def test_a_holder_passes_a_challenge_after_a_minute_and_is_known_from_then_on(stream: Stream) -> None:
    stream.login(1, "li", device="challenge")
    stream.message(1 + 30 / 3600, "li", text="stop")  # too early: refused, so it limits nobody
    stream.login(1.1, "li", device="challenge")  # the same evidence was dealt with
    stream.message(1.2, "li", text="ask")
    result = stream.evaluate()
    assert (result.challenged, result.challenges, result.limited, result.frozen) == (1, 2, 0, 0)
    assert result.rules["login.challenge"].events == 1


def test_a_thief_does_not_pass_and_the_owner_who_comes_later_does(stream: Stream) -> None:
    stream.attack("a", "li", hours=1, taken_over=True)
    stream.login(1, "li", "a", device="challenge")
    stream.message(2, "li", "a")  # refused
    stream.login(3, "li")  # the owner is asked, and answers
    stream.message(4, "li", "a")  # the thief's session lives again: the attack was stopped before all the same
    attack = only(stream.evaluate())
    assert (attack.stopped, attack.seconds, attack.messages) == (True, 0.0, 0)


def test_a_thief_with_the_factor_is_not_stopped_by_a_challenge(stream: Stream) -> None:
    stream.attack("a", "li", taken_over=True, has_factor=True)
    stream.login(1, "li", "a", device="challenge")
    stream.message(2, "li", "a")
    attack = only(stream.evaluate())
    assert (attack.stopped, attack.messages, attack.signed_in) == (False, 1, 1)


def test_a_lead_in_is_watched_and_nothing_of_it_is_held_or_counts(stream: Stream) -> None:
    stream.login(-5, "li", device="freeze")
    stream.login(-4, "wang", device="challenge")
    stream.message(-3, "li")
    stream.login(1, "li")
    result = stream.evaluate()
    assert (result.events, result.account_months) == (1, 2.0)
    assert (result.frozen, result.challenged, result.rules, result.false_alarms) == (0, 0, {}, [])


def test_what_was_seen_in_a_lead_in_is_known_afterwards(stream: Stream) -> None:
    rule = RULE.format(on="login", does="seen", effect="{freeze: abnormal_login}", when="device.sent && !device.known")
    stream.login(-5, "li", device="laptop")
    stream.login(1, "li", device="laptop")
    stream.login(1, "wang", device="another")
    assert [alarm.account for alarm in stream.evaluate(parse(HEAD + rule)).false_alarms] == ["wang"]


def test_a_refused_event_is_turned_away_and_nothing_is_held(stream: Stream) -> None:
    stream.attack("a", "wang", hours=1, taken_over=True)
    stream.login(1, "li", device="refuse")
    stream.message(1.1, "li", text="stop")
    stream.login(1, "wang", "a", device="refuse")
    stream.login(2, "wang", "a", device="refuse")
    result = stream.evaluate()
    assert (result.throttled, result.frozen, result.challenged, result.limited) == (1, 0, 0, 1)
    attack = only(result)
    assert (attack.stopped, attack.verdict, attack.signed_in) == (True, "refuse", 0)


BOTH = [
    RULE.format(on="login", does="mild", effect="{challenge: abnormal_login}", when="device.sent"),
    RULE.format(on="login", does="grave", effect=EFFECTS["freeze"], when='login.device == "both"'),
]


def test_of_rules_for_one_cause_only_the_gravest_places_a_hold(stream: Stream) -> None:
    stream.login(1, "li", device="both")
    stream.login(1, "wang", device="one")
    result = stream.evaluate(parse(HEAD + "".join(BOTH)))
    assert (result.frozen, result.challenged, result.challenges) == (1, 1, 1)
    assert {alarm.account: alarm.verdict for alarm in result.false_alarms} == {"li": "freeze", "wang": "challenge"}
    assert result.rules["login.mild"].honest == 2  # it matched both, whatever it placed


def test_a_refused_sign_in_is_not_challenged_as_well(stream: Stream) -> None:
    away = RULE.format(on="login", does="away", effect=EFFECTS["refuse"], when='login.device == "away"')
    stream.login(1, "li", device="away")
    stream.message(1.01, "li")
    result = stream.evaluate(parse(HEAD + BOTH[0] + away))
    assert (result.throttled, result.challenged) == (1, 0)


def test_a_stranger_whose_evidence_was_dealt_with_still_teaches_nothing(stream: Stream) -> None:
    stream.attack("a", "li", hours=1, taken_over=True)
    known = RULE.format(on="message", does="known", effect=EFFECTS["throttle"], when="device.sent && device.known")
    ask = RULE.format(on="login", does="ask", effect=EFFECTS["challenge"], when='login.device == "strange"')
    stream.login(1, "li", "a", device="strange")
    stream.login(2, "li")  # the owner is asked, and answers
    stream.login(2.5, "li")
    stream.login(3, "li", "a", device="strange")  # the same evidence: not asked again, and not learned either
    data = {"account": "li", "conversation": "c", "conversation_kind": "private", "text": "hello"}
    stream.event(4, "message", "a", **data, device="strange")
    stream.event(5, "message", **data, device="own")
    assert stream.evaluate(parse(HEAD + ask + known)).rules["message.known"].events == 1


def test_messages_are_counted_until_the_sender_is_limited(stream: Stream) -> None:
    stream.person("new", honest=False)
    stream.attack("a", "new", kind="bulk_plain")
    stream.login(1, "new", "a")
    for number in range(70):
        stream.message(2 + number / 3600, "new", "a")
    stream.message(3, "new", "a", text="stop")
    stream.message(4, "new", "a")
    result = stream.evaluate()
    attack = only(result)
    assert (attack.stopped, attack.messages, attack.seconds, attack.verdict) == (True, 70, 2 * 3600, "limit")
    assert [target.met for target in targets(result)] == [True, True, False]  # stopped, and too late


def test_guessing_is_stopped_when_its_addresses_are_throttled_and_its_victims_stay_honest(stream: Stream) -> None:
    stream.attack("g", None, kind="slow_guessing")
    for number in range(10):
        word = "throttle" if number >= 6 else "own"
        stream.login(1 + number / 60, "li", "g", device=word, outcome="failure")
    result = stream.evaluate()
    attack = only(result)
    assert (attack.stopped, attack.verdict, attack.refused) == (True, "throttle", 0.4)
    assert attack.seconds == pytest.approx(360)
    assert (result.throttled, result.challenged, result.frozen) == (0, 0, 0)


def test_a_victim_who_is_held_for_what_others_tried_is_a_false_alarm(stream: Stream) -> None:
    stream.attack("g", "li", kind="botnet_guessing")
    stream.login(1, "li", "g", device="challenge", outcome="failure")
    result = stream.evaluate()
    assert result.challenged == 1
    assert result.false_alarms[0].by_attack == "g"


def test_an_account_that_nobody_has_is_nobodys_false_alarm(stream: Stream) -> None:
    stream.attack("g", None, kind="stuffing")
    stream.login(1, "ghost", "g", device="freeze")
    assert stream.evaluate().frozen == 0


def test_several_streams_add_up(stream: Stream) -> None:
    stream.attack("a", "li", taken_over=True)
    stream.login(1, "li", "a", device="freeze")
    stream.login(1, "wang", device="challenge")
    one = stream.evaluate()
    both = together([one, one])
    assert (both.honest, both.challenged, both.events, len(both.attacks)) == (4, 2, 4, 2)
    assert both.account_months == pytest.approx(2 * one.account_months)
    assert both.rules["login.freeze"].attacks == 2
    assert both.causes["abnormal_login"].challenged == 2
    assert both.seeds == [1, 1]


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
