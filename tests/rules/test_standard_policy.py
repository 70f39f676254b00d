"""The shipped policy: every rule does what its examples promise, on the real signals."""

from pathlib import Path

import pytest

from frostgate.directory.declared import Declared
from frostgate.rules.examples import check_examples
from frostgate.rules.judge import Judge
from frostgate.rules.model import LANGUAGES, Verdict
from frostgate.rules.parse import load
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks
from frostgate.signals.reader import SignalReader

POLICY = Path(__file__).parents[2] / "policies" / "standard.yaml"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load(POLICY))


def test_every_rule_keeps_the_promises_of_its_examples(judge: Judge) -> None:
    places, networks = Places(), Networks()

    def fresh_reader(declared: Declared) -> SignalReader:
        return SignalReader(
            judge.policy.windows,
            places=places,
            networks=networks,
            declared=declared,
        )

    outcomes = check_examples(judge, POLICY.parent, fresh_reader)
    places.close()

    assert [outcome for outcome in outcomes if not outcome.ok] == []
    # An example that is undecided would prove nothing about the rule's threshold.
    assert [outcome.example for outcome in outcomes if outcome.undecided] == []


def test_every_example_file_belongs_to_a_rule(judge: Judge) -> None:
    used = {example.file for rule in judge.policy.rules for example in (*rule.matches, *rule.stays_away)}
    present = {str(file.relative_to(POLICY.parent)) for file in POLICY.parent.glob("examples/**/*.yaml")}

    assert present == used


def test_nothing_but_a_successful_sign_in_can_freeze_for_a_login(judge: Judge) -> None:
    holding = {Verdict.CHALLENGE, Verdict.LIMIT, Verdict.FREEZE}
    rules = [rule for rule in judge.policy.rules if rule.on == "login" and rule.effect.verdict in holding]

    assert len(rules) >= 8
    assert all('login.outcome == "success"' in rule.when for rule in rules)


def test_every_rule_speaks_every_language(judge: Judge) -> None:
    assert all(set(rule.says) == set(LANGUAGES) for rule in judge.policy.rules)


def test_evidence_is_what_the_hit_rests_on(judge: Judge) -> None:
    """With the address or the last report's category in it, the same thing would freeze again after a thaw."""
    rules = {rule.id: rule for rule in judge.policy.rules}
    for rule_id in ("login.guessed-password", "login.tor-new-device", "login.new-device-elsewhere"):
        assert "login.ip" not in rules[rule_id].reads
    for rule_id in ("report.several-people", "report.many-people"):
        assert all(name.startswith("window.reporters_of_") for name in rules[rule_id].reads)
