"""Judging: the most severe rule decides, shadow only watches, and what is unknown neither freezes nor hides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.events.model import EventType
from frostgate.rules.judge import ALLOWED, Judge
from frostgate.rules.model import Verdict, most_severe
from frostgate.rules.parse import parse
from frostgate.signals.model import Unknown, Value

LOGIN = EventType.LOGIN


SAYS = {
    "zh-CN": "从{travel.from}到{travel.to}，{travel.km} 公里，时速 {travel.least_kmh:,.0f}，已知设备：{device.known}",
    "en": "{travel.from} to {travel.to}, {travel.km} km at {travel.least_kmh:,.0f}, known device: {device.known}",
}


def quoted(text: str) -> str:
    """The text as a single-quoted YAML value."""
    return "'" + text.replace("'", "''") + "'"


def judge_of(*rules: str) -> Judge:
    """A judge of rules written as `id | condition | effect`, or with `| shadow` behind."""
    text = "name: t\nguard: 7d\nkeep_events: 90d\nlists: {risky: [KP, 朝鲜], none: []}\nrules:\n"
    for written in rules:
        rule_id, when, effect, *shadow = (part.strip() for part in written.split(" | "))
        text += f"""\
  - id: {rule_id}
    on: login
    when: {quoted(when)}
    effect: {{{effect}}}
    says: {{zh-CN: {quoted(SAYS["zh-CN"])}, en: {quoted(SAYS["en"])}}}
    {"shadow: true" if shadow else "examples: {matches: [{name: x, file: x}], stays_away: [{name: x, file: x}]}"}
"""
    return Judge(parse(text))


def values(judge: Judge, **known: Value) -> tuple[Value, ...]:
    """Values in the catalogue's order; `travel__km=1.0` names travel.km, and all others are unknown."""
    by_name = {name.replace("__", "."): value for name, value in known.items()}
    assert by_name.keys() <= set(judge.names[LOGIN])
    return tuple(by_name.get(name, Unknown("not_sent")) for name in judge.names[LOGIN])


@given(verdicts=st.lists(st.sampled_from(Verdict)))
def test_the_numbers_are_the_order(verdicts: list[Verdict]) -> None:
    """Stored decisions hold the numbers, and their order is the order of severity."""
    assert [verdict.word for verdict in sorted(Verdict)] == [
        "allow",
        "challenge",
        "throttle",
        "limit",
        "freeze",
        "refuse",
    ]
    assert most_severe(verdicts) == max([Verdict.ALLOW, *verdicts])


@pytest.mark.parametrize("effect", ["challenge: manual", "freeze: manual"])
def test_a_refusal_outranks_everything_about_the_account(effect: str) -> None:
    judge = judge_of("a | travel.km > 1.0 | refuse: abnormal_login", f"b | travel.km > 1.0 | {effect}")
    assert judge.judge(LOGIN, values(judge, travel__km=2.0)).verdict.word == "refuse"


def test_the_most_severe_rule_decides_wherever_it_stands() -> None:
    judge = judge_of(
        "a | travel.km > 1.0 | throttle: manual, retry_after: 60s",
        "b | travel.km > 1.0 | freeze: abnormal_login",
        "c | travel.km > 1.0 | challenge: manual",
    )
    judgement = judge.judge(LOGIN, values(judge, travel__km=2.0))

    assert judgement.verdict is Verdict.FREEZE
    assert [hit.rule for hit in judgement.hits] == ["a", "b", "c"]
    assert [hit.cause for hit in judgement.hits] == ["manual", "abnormal_login", "manual"]


def test_a_shadow_rule_is_recorded_and_decides_nothing() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual | shadow", "b | travel.km > 1.0 | challenge: manual")
    judgement = judge.judge(LOGIN, values(judge, travel__km=2.0))

    assert judgement.verdict is Verdict.CHALLENGE
    assert [(hit.rule, hit.shadow) for hit in judgement.hits] == [("a", True), ("b", False)]

    alone = judge_of("a | travel.km > 1.0 | freeze: manual | shadow")
    assert alone.judge(LOGIN, values(alone, travel__km=2.0)).verdict is Verdict.ALLOW


def test_what_nothing_matches_is_one_shared_judgement() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual")

    assert judge.judge(LOGIN, values(judge, travel__km=0.0)) is ALLOWED
    assert judge.judge(EventType.CALL, tuple(Unknown("not_sent") for _ in judge.names[EventType.CALL])) is ALLOWED


@pytest.mark.parametrize(
    ("condition", "known", "expected"),
    [
        ("travel.km > 1.0", {}, None),
        ("1.0 < travel.km", {}, None),
        ("travel.km == travel.km", {}, None),
        ("device.known", {}, None),
        ("!device.known", {}, None),
        ("travel.km > 1.0 || device.known", {"device__known": True}, True),
        ("device.known || travel.km > 1.0", {"device__known": True}, True),
        ("travel.km > 1.0 || device.known", {"device__known": False}, None),
        ("travel.km > 1.0 && device.known", {"device__known": False}, False),
        ("travel.km > 1.0 && device.known", {"device__known": True}, None),
        ("!(device.sent && device.known)", {"device__sent": False}, True),
        ("travel.from in lists.risky", {"travel__from": "朝鲜"}, True),
        ("travel.from in lists.risky", {}, None),
        ("travel.from in lists.none", {}, None),
        ("travel.from in lists.none", {"travel__from": "x"}, False),
        ("travel.from in [travel.to, 'a']", {"travel__from": "a"}, None),
        ("lists.risky.exists(x, x == travel.from)", {"travel__from": "KP"}, True),
        ("lists.none.exists(x, x == travel.from)", {}, False),
        ("device.known ? travel.km > 1.0 : true", {"device__known": False}, True),
        ("device.known ? travel.km > 1.0 : true", {}, None),
        ("1.0 / travel.km > 1.0", {"travel__km": 0.0}, True),
        ("9223372036854775807 + size(travel.from) > 0", {"travel__from": "a"}, None),
        ("1 / size(travel.from) == 1", {"travel__from": ""}, None),
        ("size(travel.from) == 2", {"travel__from": "北京"}, True),
    ],
)
def test_unknowns_follow_the_logic_of_cel(condition: str, known: dict[str, Value], expected: bool | None) -> None:
    judge = judge_of(f"a | {condition} | freeze: manual")
    judgement = judge.judge(LOGIN, values(judge, **known))

    assert bool(judgement.hits) is (expected is True)
    assert judgement.undecided == (("a",) if expected is None else ())
    assert judgement.verdict is (Verdict.FREEZE if expected else Verdict.ALLOW)


def test_one_undecided_rule_does_not_keep_its_neighbours_from_an_answer() -> None:
    judge = judge_of(
        "a | travel.hours > 1.0 | freeze: manual",
        "b | travel.km > 1.0 | challenge: manual",
        "c | device.known | freeze: manual",
    )
    judgement = judge.judge(LOGIN, values(judge, travel__km=2.0))

    assert judgement.verdict is Verdict.CHALLENGE
    assert judgement.undecided == ("a", "c")


def test_the_sentence_shows_what_was_known_in_both_languages() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual")
    read = values(judge, travel__km=1234.56, travel__least_kmh=9876.5, travel__from="北京", device__known=False)
    (hit,) = judge.judge(LOGIN, read).hits

    assert judge.explain(hit, read, "zh-CN") == "从北京到未知，1235 公里，时速 9,876，已知设备：否"
    assert judge.explain(hit, read, "en") == "北京 to unknown, 1235 km at 9,876, known device: no"


def test_a_value_from_outside_cannot_disguise_the_sentence() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual")
    read = values(judge, travel__km=2.0, travel__from="a\n\u202eb{travel.to}", travel__to="x" * 500)
    (hit,) = judge.judge(LOGIN, read).hits
    sentence = judge.explain(hit, read, "en")

    assert sentence.startswith("a\ufffd\ufffdb{travel.to} to xxx")
    assert "x" * 120 + "…," in sentence


def test_a_journey_and_its_reverse_are_the_same_evidence() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual", "b | travel.km > 1.0 | freeze: manual")
    there = judge.evidence_key("a", values(judge, travel__km=2.0, travel__from="Beijing", travel__to="Hanover"))
    back = judge.evidence_key("a", values(judge, travel__km=9.0, travel__from="Hanover", travel__to="Beijing"))
    elsewhere = judge.evidence_key("a", values(judge, travel__km=2.0, travel__from="Beijing", travel__to="Paris"))
    other_rule = judge.evidence_key("b", values(judge, travel__km=2.0, travel__from="Beijing", travel__to="Hanover"))

    assert there == back
    assert len({there, elsewhere, other_rule}) == 3
    assert len(there) == 16


def test_parts_of_the_evidence_do_not_run_into_each_other() -> None:
    judge = judge_of("a | travel.km > 1.0 | freeze: manual")

    assert judge.evidence_key("a", values(judge, travel__from="ab", travel__to="c")) != judge.evidence_key(
        "a", values(judge, travel__from="a", travel__to="bc")
    )


@pytest.mark.parametrize("text", ["'); raise SystemExit  #", "{s0}", "%s", "\\", "\n", "\u2028", '"""', "'''"])
def test_text_of_a_policy_never_becomes_code(text: str) -> None:
    escaped = "".join(f"\\U{ord(sign):08x}" for sign in text)
    judge = judge_of(f"a | travel.from == '{escaped}' | freeze: manual")

    assert judge.judge(LOGIN, values(judge, travel__from=text)).verdict is Verdict.FREEZE
    assert judge.judge(LOGIN, values(judge, travel__from="x")) is ALLOWED
