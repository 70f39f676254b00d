"""`python -m bench.detection --seeds 11-15`: simulated months through the shipped policy, and the table for the docs.

Policies are tuned on seeds 1 to 5 and reported on seeds 11 to 15, and the two are never mixed: only a run on all the
reporting seeds, at full size, with the shipped policy, is written into the documentation.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from bench.result import machine
from frostgate.base.clock import stopwatch
from frostgate.base.model import Language
from frostgate.policy_files import shipped_policy
from frostgate.rules.parse import load
from frostgate.simulation.command import show
from frostgate.simulation.evaluation.results import Result, together
from frostgate.simulation.evaluation.tables import Sheet, sheets

ROOT = Path(__file__).resolve().parent.parent
TUNING, REPORTING = frozenset(range(1, 6)), frozenset(range(11, 16))
PAGES = {Language.EN: ROOT / "docs/detection.md", Language.ZH: ROOT / "docs/zh-CN/detection.md"}
BEGIN, END = "<!-- detection -->", "<!-- /detection -->"
CAPTIONS = {
    Language.EN: (
        "Seeds {seeds}, {people:,} people and {days} days each, {events:,} events, "
        "{months:,.0f} honest account-months; policy `{policy}` with digest "
        "`{digest}`, commit `{commit}`, on {date}, {seconds:,.0f} s."
    ),
    Language.ZH: (
        "种子 {seeds}，每个种子 {people:,} 人、{days} 天，共 {events:,} 条事件、{months:,.0f} 个正常账号月；"
        "策略 `{policy}`（摘要 `{digest}`），提交 `{commit}`，{date}，耗时 {seconds:,.0f} 秒。"
    ),
}


def main() -> None:
    """Read the options, run each seed as people would, and show them together."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument(
        "--seeds", type=seeds_of, default=sorted(REPORTING), help="as in 11-15 or 1,3; 11-15 by default"
    )
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--policy", type=Path, help="another policy than the shipped one; never written to the docs")
    parser.add_argument("--dry", action="store_true", help="print, and leave the docs as they are")
    options = parser.parse_args()
    seeds = options.seeds
    if set(seeds) & TUNING and set(seeds) & REPORTING:
        parser.error("tuning seeds (1-5) and reporting seeds (11-15) are never mixed")
    console = Console(width=None if Console().is_terminal else 200, markup=False)
    start = stopwatch()
    results = []
    for seed in seeds:
        console.print(f"seed {seed} ...")
        results.append(measure(seed, people=options.people, days=options.days, policy=options.policy))
    seconds, total = stopwatch() - start, together(results)
    policy = load(options.policy or shipped_policy())
    show(console, total, Language.EN, policy=policy.name)
    full = (options.people, options.days, options.policy) == (3000, 30, None)
    if options.dry or not full or set(seeds) != REPORTING:
        console.print("The docs were left as they are: they quote the reporting seeds at full size alone.")
        return
    facts = {"date": datetime.now(UTC).date().isoformat(), "commit": machine(ROOT)["commit"], "seconds": seconds}
    for language, page in PAGES.items():
        quote(page, total, language, policy=policy.name, digest=policy.digest[:12], **facts)


def seeds_of(text: str) -> list[int]:
    """The seeds that `11-15` or `1,3` names."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return sorted(set(found))


def measure(seed: int, *, people: int, days: int, policy: Path | None) -> Result:
    """`frostgate simulate | frostgate evaluate`, for one seed."""
    frostgate = [sys.executable, "-m", "frostgate"]
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        made = [*frostgate, "simulate", "--seed", str(seed), "--people", str(people), "--days", str(days)]
        judged = [*frostgate, "evaluate", "--json", str(figures), *(["--policy", str(policy)] if policy else [])]
        with subprocess.Popen(made, stdout=subprocess.PIPE) as simulate:
            subprocess.run(judged, stdin=simulate.stdout, stdout=subprocess.DEVNULL, check=True)
        assert simulate.returncode == 0, "the simulation failed"
        return msgspec.json.decode(figures.read_bytes(), type=Result)


def quote(page: Path, total: Result, language: Language, **facts: object) -> None:
    """Put the tables into a page, between its two marks."""
    seeds = ", ".join(map(str, total.seeds))
    caption = CAPTIONS[language].format(
        seeds=seeds,
        people=total.people // len(total.seeds),
        days=total.days,
        events=total.events,
        months=total.account_months,
        **facts,
    )
    body = "\n\n".join([caption, *(markdown(sheet) for sheet in sheets(total, language, short=True) if sheet.rows)])
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def markdown(sheet: Sheet) -> str:
    """A table as a page has it."""
    lines = [f"**{sheet.title}**", "", f"| {' | '.join(sheet.heads)} |"]
    lines.append("|---" + "|---:" * (len(sheet.heads) - 1) + "|")
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in sheet.rows)])


if __name__ == "__main__":
    main()
