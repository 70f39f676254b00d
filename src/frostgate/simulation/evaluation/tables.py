"""The tables of an evaluation, ready for a terminal or for a page."""

from collections.abc import Sequence

import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import word
from frostgate.replay.words import verdict
from frostgate.rules.model import Verdict
from frostgate.simulation.evaluation.intervals import Interval, wilson
from frostgate.simulation.evaluation.results import (
    AttackResult,
    CauseResult,
    Result,
    Target,
    summary,
    targets,
)
from frostgate.simulation.evaluation.words import duration, kind, phrase
from frostgate.simulation.model import ATTACKS

MOST = 30  # false freezes on a terminal


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A title, heads and rows; the first column is text, the others are figures."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def sheets(result: Result, language: Language, *, short: bool = False) -> list[Sheet]:
    """Every table of a result; a short one leaves out what only a tuner wants."""
    found = [_targets(result, language), _honest(result, language), _attacks(result, language)]
    found.append(_causes(result, language))
    found.append(_rules(result, language))
    found.append(_traits(result, language))
    return found if short else [*found, _alarms(result, language)]


def _sheet(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], language: Language) -> Sheet:
    return Sheet(title=phrase(title, language), heads=[phrase(head, language) for head in heads], rows=rows)


def _targets(result: Result, language: Language) -> Sheet:
    rows = []
    for target in targets(result):
        low, high = target.interval
        between = f"{low:.2f} – {high:.2f}" if target.name == "frozen" else _shares(target.interval)
        rows.append(
            (phrase(f"target.{target.name}", language), _value(target), between, phrase(_met(target), language))
        )
    return _sheet("targets", ("target", "value", "interval", "met"), rows, language)


def _met(target: Target) -> str:
    if target.met is None:
        return "none"
    if not target.met:
        return "no"
    return "proven" if target.proven else "yes"


def _value(target: Target) -> str:
    if target.value is None:
        return "-"
    return f"{target.value:.2f}" if target.name == "frozen" else _percent(target.value)


def _honest(result: Result, language: Language) -> Sheet:
    rows = []
    for name in ("frozen", "limited", "challenged", "throttled"):
        accounts = getattr(result, name)
        rate, (low, high) = result.rate(accounts)
        rows.append((phrase(name, language), f"{accounts:,}", f"{rate:.2f}", f"{low:.2f} – {high:.2f}"))
    return _sheet("honest", ("what", "accounts", "rate", "interval"), rows, language)


def _attacks(result: Result, language: Language) -> Sheet:
    kinds = [(name, [each for each in result.attacks if each.kind == name]) for name in ATTACKS]
    rows = [_attack_row(kind(name, language), found) for name, found in kinds if found]
    if result.attacks:
        rows.append(_attack_row(phrase("all", language), result.attacks))
    heads = ("kind", "count", "stopped", "recall", "interval", "time", "messages", "within")
    return _sheet("attacks", heads, rows, language)


def _attack_row(name: str, attacks: list[AttackResult]) -> tuple[str, ...]:
    told = summary(attacks)
    sent = "-" if told.messages is None else " / ".join(f"{count:.0f}" for count in told.messages)
    return (
        name,
        str(told.attacks),
        str(told.stopped),
        _percent(told.recall[0]),
        _shares(told.recall[1]),
        f"{duration(told.median)} / {duration(told.p95)}",
        sent,
        "-" if told.within is None else _percent(told.within),
    )


def _causes(result: Result, language: Language) -> Sheet:
    rows = []
    for cause in sorted({each.cause for each in result.attacks} | set(result.causes)):
        attacks = [each for each in result.attacks if each.cause == cause]
        told, held = summary(attacks), result.causes.get(cause, CauseResult())
        rows.append(
            (
                word(cause, language),
                f"{told.stopped} / {told.attacks}",
                _percent(told.recall[0]) if attacks else "-",
                _shares(told.recall[1]) if attacks else "-",
                f"{duration(told.median)} / {duration(told.p95)}",
                str(held.frozen),
                str(held.limited),
                str(held.challenged),
                _share(told.stopped, told.stopped + held.held),
                _shares(wilson(told.stopped, told.stopped + held.held)),
            )
        )
    heads = (
        "cause", "stopped", "recall", "interval", "time", "frozen", "limited", "challenged", "precision", "interval"
    )  # fmt: skip
    return _sheet("causes", heads, rows, language)


def _rules(result: Result, language: Language) -> Sheet:
    rows = []
    for _, rule in sorted(result.rules.items()):
        met = rule.attacks + rule.honest
        of = sum(1 for each in result.attacks if each.cause == rule.cause)
        rows.append(
            (
                rule.rule + (phrase("shadow", language) if rule.shadow else ""),
                verdict(Verdict[rule.verdict.upper()], language),
                f"{rule.events:,}",
                f"{rule.attacks:,}",
                f"{rule.honest:,}",
                _share(rule.attacks, met),
                _shares(wilson(rule.attacks, met)),
                _share(rule.of_cause, of),
                _shares(wilson(rule.of_cause, of)) if of else "-",
            )
        )
    heads = ("rule", "does", "count", "met.attacks", "met.honest", "precision", "interval", "recall", "interval")
    sheet = _sheet("rules", heads, rows, language)
    return msgspec.structs.replace(sheet, heads=[*sheet.heads[:2], "#", *sheet.heads[3:]])


def _traits(result: Result, language: Language) -> Sheet:
    rows = [
        (name, str(of.accounts), str(of.frozen), str(of.limited), str(of.challenged), str(of.throttled))
        for name, of in result.traits.items()
    ]
    return _sheet("traits", ("trait", "accounts", "frozen", "limited", "challenged", "throttled"), rows, language)


def _alarms(result: Result, language: Language) -> Sheet:
    grave = [each for each in result.false_alarms if each.verdict in ("freeze", "limit")][:MOST]
    rows = [
        (each.account, each.at[:19].replace("T", " "), each.rule, ", ".join(each.traits), each.by_attack or "")
        for each in grave
    ]
    return _sheet("alarms", ("account", "when", "rule", "trait", "kind"), rows, language)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(part: int, of: int) -> str:
    return _percent(part / of) if of else "-"


def _shares(interval: Interval) -> str:
    return f"{100 * interval[0]:.1f} – {100 * interval[1]:.1f} %"
