"""Evaluation of tiny streams whose truth is written by hand: everything is counted, exactly."""

import pytest
from streams import EFFECTS, HEAD, RULE, Stream

from frostgate.base.model import Language
from frostgate.rules.parse import parse
from frostgate.simulation.evaluation.results import AttackResult, Result, targets, together
from frostgate.simulation.evaluation.tables import sheets


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


def test_nothing_is_placed_beside_a_refusal_not_even_a_freeze(stream: Stream) -> None:
    away = RULE.format(on="login", does="away", effect=EFFECTS["refuse"], when='login.device == "both"')
    stream.login(1, "li", device="both")
    stream.login(2, "li", device="own")
    result = stream.evaluate(parse(HEAD + BOTH[1] + away))
    assert (result.throttled, result.frozen, result.false_alarms[0].verdict) == (1, 0, "refuse")
    assert result.events == 2


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
    assert not only(result).stopped  # its try was not turned away


def test_a_rules_recall_counts_attacks_of_its_own_cause_alone(stream: Stream) -> None:
    stream.attack("a", "li", taken_over=True)
    stream.attack("b", "wang", kind="bulk_plain", taken_over=True)
    stream.login(1, "li", "a", device="challenge")
    stream.login(1, "wang", "b", device="challenge")
    result = stream.evaluate()
    rule = result.rules["login.challenge"]
    assert (rule.attacks, rule.of_cause, rule.honest) == (2, 1, 0)
    (row,) = next(sheet.rows for sheet in sheets(result, Language.ZH) if sheet.title == "按规则")
    assert row[:2] == ("login.challenge", "验证身份")
    assert (row[5], row[7]) == ("100.0 %", "100.0 %")  # precision and recall


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
