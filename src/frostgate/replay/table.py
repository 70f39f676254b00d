"""The report on a terminal: who, when and why, then the figures."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from frostgate.base.model import Language
from frostgate.base.texts import visible
from frostgate.replay.findings import Findings
from frostgate.replay.model import Finding, Tally
from frostgate.replay.words import follow_ups, headline, moment, phrase, problem, verdict, why
from frostgate.rules.model import Verdict
from frostgate.signals.geo import ATTRIBUTION

MOST = 200  # rows on a terminal; the HTML and JSON reports have more

STYLES = {
    Verdict.ALLOW: "green",
    Verdict.CHALLENGE: "yellow",
    Verdict.THROTTLE: "cyan",
    Verdict.REFUSE: "red",
    Verdict.LIMIT: "magenta",
    Verdict.FREEZE: "bold red",
}


def show(console: Console, findings: Findings, tally: Tally, language: Language, seconds: float) -> None:
    """Print the whole report."""
    console.print()
    console.print(Text(headline(len(tally.frozen), language), style="bold"))
    if findings.all:
        console.print(_findings(findings.all[:MOST], language))
    else:
        console.print(Text(phrase("nothing", language), style="dim"))
    more = max(0, len(findings.all) - MOST) + findings.left_out
    if more:
        console.print(Text(phrase("more", language, n=more), style="dim"))
    console.print(_summary(tally, language, seconds))
    if tally.rules:
        console.print(_rules(tally, language))
    if any(finding.journey for finding in findings.all):
        console.print(Text(" · ".join(ATTRIBUTION), style="dim"))
    if tally.unread:
        console.print(_unread(tally, language))


def _findings(findings: list[Finding], language: Language) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(phrase("when", language), no_wrap=True)
    table.add_column(phrase("who", language), overflow="fold")
    table.add_column(phrase("verdict", language), no_wrap=True)
    table.add_column(phrase("why", language), overflow="fold", ratio=1)
    for finding in findings:
        reason = Text(visible(why(finding, language)))
        details = [", ".join(finding.rules), *follow_ups(finding, language)]
        reason.append("\n" + " · ".join(details), style="dim")
        word = Text(verdict(finding.verdict, language), style=STYLES[finding.verdict])
        table.add_row(Text(moment(finding.event.time)), Text(visible(finding.who)), word, reason)
    return table


def _summary(tally: Tally, language: Language, seconds: float) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, title_justify="left")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")

    def row(key: str, value: str | Text) -> None:
        table.add_row(phrase(key, language), value)

    row("lines", f"{tally.lines:,}")
    row("events", f"{tally.events:,}")
    row("accounts", f"{len(tally.accounts):,}")
    if tally.first is not None and tally.last is not None:
        row("period", f"{moment(tally.first)} – {moment(tally.last)} UTC")
    verdicts = Text()
    for of in sorted(tally.verdicts, reverse=True):
        verdicts.append(f"{verdict(of, language)} {tally.verdicts[of]:,}   ", style=STYLES[of])
    row("verdicts", verdicts)
    if tally.refused:
        row("refused", f"{tally.refused:,}")
    row("unread", f"{tally.unread:,}")
    speed = {"lines": int(tally.lines / seconds), "events": int(tally.events / seconds)} if seconds else {}
    if speed:
        row("speed", phrase("speed.value", language, **speed))
    return table


def _rules(tally: Tally, language: Language) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(phrase("rule", language))
    for key in ("hits", "shadow", "undecided"):
        table.add_column(phrase(key, language), justify="right")
    for rule, counted in sorted(tally.rules.items()):
        table.add_row(rule, f"{counted.hits:,}", f"{counted.shadow:,}", f"{counted.undecided:,}")
    return table


def _unread(tally: Tally, language: Language) -> Text:
    text = Text(f"{phrase('unread', language)}\n", style="yellow")
    for each in tally.problems[:5]:
        reason = visible(problem(each.problem, language))
        text.append(f"  {phrase('unread.line', language, n=each.line)}: {reason}\n", style="dim")
    if tally.unread > 5:
        text.append(f"  {phrase('unread.more', language, n=tally.unread - 5)}\n", style="dim")
    return text
