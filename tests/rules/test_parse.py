"""Policies that are wrong: every mistake at its line and column, with a hint, and all of them at once."""

from pathlib import Path

import pytest

from frostgate.events.model import EventType
from frostgate.rules.model import Verdict
from frostgate.rules.parse import load, parse
from frostgate.rules.policy import Policy
from frostgate.rules.problems import PolicyProblem, PolicyRefused

HEAD = """\
name: test
guard: 7d
keep_events: 90d
"""

RULE = """\
rules:
  - id: login.far
    on: login
    when: travel.least_km >= 300.0
    effect: {freeze: abnormal_login}
    says: {zh-CN: "从{travel.from}登录", en: "From {travel.from}"}
    shadow: true
"""


def problems(text: str, **options: Path) -> list[PolicyProblem]:
    with pytest.raises(PolicyRefused) as refused:
        parse(text, path="p.yaml", **options)
    return list(refused.value.problems)


def only(text: str) -> PolicyProblem:
    (problem,) = problems(text)
    return problem


def rule(**changes: str) -> str:
    """The sound policy with some lines of its rule written differently; an empty text drops the line."""
    lines = []
    for line in RULE.splitlines():
        key = line.strip().removeprefix("- ").partition(":")[0]
        if changes.get(key):
            lines.append(line.partition(key)[0] + f"{key}: {changes[key]}")
        elif key not in changes:
            lines.append(line)
    return HEAD + "\n".join(lines) + "\n"


def under_the_caret(problem: PolicyProblem) -> str:
    return problem.snippet[problem.column - 1 :]


def test_a_sound_policy_is_read() -> None:
    text = HEAD + "lists: {ours: [NO, on, 1.0]}\n" + RULE
    policy = parse(text)

    assert (policy.name, policy.guard_seconds, policy.keep_events_seconds) == ("test", 7 * 86_400, 90 * 86_400)
    assert policy.lists == {"ours": ("NO", "on", "1.0")}  # words stay words
    assert policy.source == text
    assert len(policy.digest) == 64
    (read,) = policy.rules
    assert (read.id, read.on, read.shadow, read.line) == ("login.far", EventType.LOGIN, True, 8)
    assert (read.effect.verdict, read.effect.cause) == (Verdict.FREEZE, "abnormal_login")
    assert read.reads == ("travel.from", "travel.least_km")
    assert policy.rule("login.far") is read
    assert policy.on(EventType.CALL) == ()


def test_the_digest_follows_every_byte() -> None:
    digests = {parse(HEAD + RULE + tail).digest for tail in ("", "#", "\n")}

    assert len(digests) == 3


def test_a_problem_is_told_like_a_compiler_tells_it() -> None:
    with pytest.raises(PolicyRefused) as refused:
        parse(rule(when="login.outcome == 'success' && travel.lest_km >= 300.0"), path="standard.yaml")

    assert refused.value.render() == (
        "standard.yaml:7:41: error[rule.unknown_signal]: travel.lest_km is no signal for this event type\n"
        "        when: login.outcome == 'success' && travel.lest_km >= 300.0\n"
        "                                            ^\n"
        "    hint: did you mean travel.least_km?\n"
        "1 problem; the policy is not used"
    )
    assert under_the_caret(refused.value.problems[0]).startswith("travel.lest_km >=")


@pytest.mark.parametrize(
    "when",
    [
        "login.outcome == 'success' && travel.lest_km > 300.0",
        "\"login.outcome == 'success' && travel.lest_km > 300.0\"",
        r'"login.outcome == \"success\" && travel.lest_km > 300.0"',
        r'"login.outcome == \"\u6210\x41\" && travel.lest_km > 300.0"',
        "'login.outcome == ''success'' && travel.lest_km > 300.0'",
        "|\n      login.outcome == 'success'\n      && travel.lest_km > 300.0",
        ">-\n      login.outcome == 'success'\n      && travel.lest_km > 300.0",
        "login.outcome == 'success' &&\n      travel.lest_km > 300.0",
        "\"login.outcome == 'success' &&\n      travel.lest_km > 300.0\"",
        "\"login.outcome == 'success' \\\n      && travel.lest_km > 300.0\"",
        "login.outcome == '成功' && travel.lest_km > 300.0",
    ],
)
def test_the_caret_stands_under_the_name_however_the_text_is_quoted(when: str) -> None:
    problem = only(rule(when=when))

    assert problem.code == "rule.unknown_signal"
    assert under_the_caret(problem).startswith("travel.lest_km")
    assert problem.line == 7 + when[: when.index("travel")].count("\n")


def test_the_caret_stands_right_behind_chinese_on_a_terminal() -> None:
    shown = only(rule(when="login.outcome == '成功' && travel.lest_km > 300.0")).render().splitlines()

    assert shown[2].count("\u3000") == 2  # two signs that are two columns wide each


@pytest.mark.parametrize(
    ("when", "code", "hint"),
    [
        ("travel.least_km > 300", "rule.wrong_types", "the other side is a double: write 300.0"),
        ("300 < travel.least_km", "rule.wrong_types", "the other side is a double: write 300.0"),
        ("window.tries > 3.0", "rule.wrong_types", "the other side is an int: write 3"),
        ("window.tries > 3.5", "rule.wrong_types", "int and double do not mix: convert one side with double(...)"),
        ("device.known == 'yes'", "rule.wrong_types", "both sides must be of the same type"),
        ("login.outcome = 'success'", "rule.bad_condition", "`==` compares"),
        ("device.known and device.sent", "rule.bad_condition", "CEL writes &&"),
        ("device.known & device.sent", "rule.bad_condition", "CEL writes && and ||"),
        ("login.ip in lists.bda", "rule.unknown_signal", "did you mean lists.bad?"),
        ("travel.zzz > 1.0", "rule.unknown_signal", "there are travel.abroad, travel.from, travel.hours"),
        ("travel.least_km", "rule.not_bool", "compare it with something"),
        ("login.ip.matches('1.*')", "rule.unsupported", "conditions know size, contains"),
        ("login.ip.lower() == 'x'", "rule.unsupported", "conditions know size, contains"),
        ("size({'a': 1}) == 1", "rule.unsupported", ""),
        ("b'a' == b'b'", "rule.unsupported", "rules know bool, int, double, string"),
        ("dyn(travel.km) == 1", "rule.unsupported", ""),
        ("timestamp(login.ip) == timestamp('x')", "rule.unsupported", ""),
        (
            "lists.bad.map(x, [x]).exists(y, [1].exists(z, [2].exists(w, true)))",
            "rule.too_complex",
            "at most two levels",
        ),
        ("(" * 50 + "true" + ")" * 50, "rule.too_complex", "split it"),
        ("!" * 50 + "true", "rule.too_complex", "split it"),
        ("true || " * 600 + "true", "rule.too_complex", "split it"),
    ],
)
def test_a_wrong_condition_says_how_to_write_it(when: str, code: str, hint: str) -> None:
    windows = "windows: {tries: {on: login, by: account, kind: count, over: 1h}}\nlists: {bad: [x]}\n"
    quoted = "'" + when.replace("'", "''") + "'"
    found = problems(rule(when=quoted).replace(HEAD, HEAD + windows))

    assert [problem.code for problem in found] == [code]
    assert found[0].hint.startswith(hint)


@pytest.mark.parametrize(
    ("changes", "code", "caret"),
    [
        ({"on": "logn"}, "rule.unknown_event", "logn"),
        ({"id": "Login Far"}, "rule.bad_id", "Login Far"),
        ({"shadow": "yes"}, "policy.wrong_type", "yes"),
        ({"shadow": ""}, "examples.missing", "id: login.far"),
        ({"effect": "{freeze: theft}"}, "effect.unknown_cause", "theft"),
        ({"effect": "{ban: manual}"}, "policy.unknown_key", "ban"),
        ({"effect": "{freeze: manual, limit: manual}"}, "effect.not_one", "{freeze"),
        ({"effect": "{throttle: manual}"}, "policy.missing_key", "{throttle"),
        ({"effect": "{throttle: manual, retry_after: soon}"}, "policy.bad_duration", "soon"),
        ({"effect": "{freeze: manual, retry_after: 1m}"}, "policy.unknown_key", "1m"),
        ({"effect": "{limit: manual, services: [voise]}"}, "effect.unknown_service", "voise"),
        ({"effect": "{limit: manual, services: []}"}, "effect.unknown_service", "[]"),
        ({"says": '{en: "x"}'}, "says.missing_language", '{en: "x"}'),
        ({"says": '{en: "x", zh-CN: "x", de: "x"}'}, "says.unknown_language", "de"),
        ({"says": '{en: "to {travel.form}", zh-CN: "x"}'}, "says.unknown_signal", "travel.form"),
        ({"says": "{en: 'it''s {travel.form}', zh-CN: x}"}, "says.unknown_signal", "travel.form"),
        ({"says": '{en: "{travel.km:99d}", zh-CN: "x"}'}, "says.bad_placeholder", "99d"),
        ({"says": '{en: "{travel.from:.0f}", zh-CN: "x"}'}, "says.bad_placeholder", ".0f"),
        ({"says": '{en: "a { b", zh-CN: "x"}'}, "says.bad_placeholder", "{ b"),
        ({"says": '{en: "{}", zh-CN: "x"}'}, "says.bad_placeholder", "{}"),
        ({"when": "[a, b]"}, "policy.wrong_type", "[a, b]"),
        ({"when": ""}, "policy.missing_key", "id: login.far"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_place(changes: dict[str, str], code: str, caret: str) -> None:
    found = problems(rule(**changes))

    assert (code, True) in [(problem.code, under_the_caret(problem).startswith(caret)) for problem in found]


@pytest.mark.parametrize(
    ("window", "code", "caret"),
    [
        ("{on: logn, by: ip, kind: count, over: 1h}", "window.unknown_event", "logn"),
        ("{on: login, by: key, kind: count, over: 1h}", "window.bad_by", "key"),
        ("{on: login, by: street, kind: count, over: 1h}", "window.bad_by", "street"),
        ("{on: login, by: ip, kind: average, over: 1h}", "window.bad_kind", "average"),
        ("{on: login, by: ip, kind: count, of: ip, over: 1h}", "window.bad_of", "ip, over"),
        ("{on: login, by: ip, kind: distinct, over: 1h}", "window.bad_of", "distinct"),
        ("{on: login, by: ip, kind: distinct, of: town, over: 1h}", "window.bad_of", "town"),
        ("{on: login, by: ip, kind: sum, of: account, over: 1h}", "window.bad_of", "account"),
        ("{on: login, by: ip, kind: count, over: 400d}", "policy.bad_duration", "400d"),
        ("{on: login, by: ip, kind: count, over: 1h, where: {town: x}}", "window.bad_where", "x}}"),
        ("{on: login, by: ip, kind: count, over: 1h, where: {outcome: won}}", "window.bad_where", "won"),
    ],
)
def test_a_wrong_window_is_refused_once_and_its_readers_are_not_blamed(window: str, code: str, caret: str) -> None:
    text = rule(when="window.tries > 3").replace(HEAD, HEAD + f"windows:\n  tries: {window}\n")
    problem = only(text)

    assert problem.code == code
    assert under_the_caret(problem).startswith(caret)


def test_the_values_of_where_take_the_types_of_the_fields() -> None:
    windows = (
        "windows: {a: {on: login, by: ip, kind: count, over: 1h, where: {second_factor: true, outcome: failure}},"
        " b: {on: api, by: key, kind: count, over: 1h, where: {status: 429}}}\n"
    )
    a, b = parse(HEAD + windows + RULE).windows

    assert a.where == {"second_factor": True, "outcome": "failure"}
    assert b.where == {"status": 429}


def test_all_problems_are_told_together_in_the_order_of_the_text() -> None:
    text = "nam: x\nguard: soon\n" + RULE.replace("travel.least_km", "travel.km_least").replace("freeze", "freze")
    found = problems(text)

    assert [(problem.line, problem.code) for problem in found] == [
        (1, "policy.unknown_key"),
        (1, "policy.missing_key"),
        (1, "policy.missing_key"),
        (2, "policy.bad_duration"),
        (6, "rule.unknown_signal"),
        (7, "policy.unknown_key"),
    ]


def test_an_id_stands_once() -> None:
    problem = only(HEAD + RULE + RULE.removeprefix("rules:\n"))

    assert (problem.code, problem.line) == ("rule.duplicate_id", 11)
    assert problem.hint == "by the rule on line 5"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "yaml.empty"),
        ("a: [1", "yaml.syntax"),
        ("a: \x07", "yaml.syntax"),
        ("a: 1\n---\nb: 2", "yaml.syntax"),
        ("a: &x [1]\nb: *x", "yaml.alias"),
        ("a: !!python/name:os.system x", "yaml.tag"),
        ("[" * 5_000, "yaml.too_deep"),
        ("a: 1\na: 2", "yaml.duplicate_key"),
        ("? [a]\n: b", "policy.wrong_type"),
        ("- a", "policy.wrong_type"),
        ("#" * 1_000_001, "yaml.too_large"),
    ],
)
def test_yaml_that_is_broken_or_tricky_is_refused(text: str, code: str) -> None:
    assert code in {problem.code for problem in problems(text)}


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PolicyRefused) as refused:
        parse(b"name: \xff")

    assert refused.value.problems[0].code == "yaml.not_utf8"


def test_example_files_must_exist_and_stay_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("x")
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "there.yaml").write_text("x")
    names = ("there.yaml", "gone.yaml", "../secret.yaml", "/etc/passwd", "link.yaml")
    examples = "\n".join(f"        - {{name: x, file: {name}}}" for name in names)
    text = HEAD + RULE + f"    examples:\n      matches:\n{examples}\n"

    assert [(problem.code, problem.line) for problem in problems(text, folder=folder)] == [
        ("examples.no_file", 14),
        ("examples.outside", 15),
        ("examples.outside", 16),
        ("examples.outside", 17),
    ]


def test_a_policy_is_loaded_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + RULE)

    assert isinstance(load(file), Policy)

    file.write_text(HEAD)
    with pytest.raises(PolicyRefused) as refused:
        load(file)
    assert str(refused.value).startswith("mine.yaml:1:1: error[policy.missing_key]: a policy needs the key rules")
