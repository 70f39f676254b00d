"""`python -m bench`: run the benchmarks, print a table, write `bench/results.json`.

Each figure stands beside a yardstick that was measured in the same run on the same machine, because a figure alone
says more about the machine than about the program.
"""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench import billing, decide, dunning, gate, ingest, limits, replay, reviews, signals
from bench.result import Figure, machine

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results.json")

BENCHMARKS: Mapping[str, Callable[..., list[Figure]]] = {
    "decide": decide.run,
    "signals": signals.run,
    "check": gate.check,
    "refusal": gate.refusal,
    "endpoint": gate.endpoint,
    "limits": limits.run,
    "ledger": billing.run,
    "dunning": dunning.run,
    "reviews": reviews.run,
    "ingest": ingest.run,
    "replay": replay.run,
}


def main() -> None:
    """Read the options and run what they ask for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Run Frostgate's benchmarks.")
    parser.add_argument("--only", choices=BENCHMARKS, help="run one of them; the file then keeps the others' results")
    parser.add_argument("--quick", action="store_true", help="shorter runs: to see that they work, not to quote")
    options = parser.parse_args()
    console = Console(width=None if Console().is_terminal else 180)
    figures: list[Figure] = []
    for name, run in BENCHMARKS.items():
        if options.only in (None, name):
            console.print(f"[dim]{name} ...[/dim]")
            found = run(quick=options.quick)
            save(found, quick=options.quick)  # at once: the next one may fail
            figures += found
    console.print(table(figures))
    if options.only is None and not options.quick:
        for name, words in READMES.items():
            quote(ROOT / name, figures, words)


# Where a whole run is quoted, and in which words.
READMES = {
    "README.md": (
        "figure",
        "value",
        "yardstick",
        "ratio",
        "target",
        "Measured on {date} with `make bench` on {machine}.",
    ),
    "README.zh-CN.md": ("指标", "结果", "对照", "比值", "目标", "{date} 由 `make bench` 测得，机器：{machine}。"),
}
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def quote(readme: Path, figures: list[Figure], words: tuple[str, ...]) -> None:
    """Put the last run into a README, between its two marks."""
    *heads, caption = words
    where = machine(ROOT)
    on = f"{where['cpu']}, {where['cores']} cores, Python {where['python']}, SQLite {where['sqlite']}"
    on += ", compiled" if where["compiled"] else ""
    rows = [
        f"| {figure.name} | {_number(figure.value)} {figure.unit} | "
        + ("" if figure.yardstick is None else f"{_number(figure.yardstick)} ({figure.yardstick_is})")
        + f" | {'' if figure.ratio is None else f'{figure.ratio:.2f}'} | {figure.target}"
        + ("" if figure.met is None else " ✓" if figure.met else " ✗")
        + " |"
        for figure in figures
    ]
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---|---:|---|", *rows, ""]
    lines.append(caption.format(date=datetime.now(UTC).date().isoformat(), machine=on))
    body = "\n".join(lines)
    readme.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def table(figures: list[Figure]) -> Table:
    """The figures for people."""
    shown = Table(title="Frostgate, measured", show_lines=True)
    for column in ("name", "value", "yardstick", "ratio", "target", "met", "how"):
        shown.add_column(column, justify="right" if column in ("value", "yardstick", "ratio") else "left")
    for figure in figures:
        shown.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            "" if figure.yardstick is None else f"{_number(figure.yardstick)}\n{figure.yardstick_is}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.target,
            "" if figure.met is None else "yes" if figure.met else "no",
            figure.note,
        )
    return shown


def save(figures: list[Figure], *, quick: bool) -> None:
    """Write the figures by name; those that were not measured this time stay."""
    known = msgspec.json.decode(RESULTS.read_bytes())["figures"] if RESULTS.exists() else {}
    stamp = {"measured_at": datetime.now(UTC).date().isoformat(), "quick": quick, "machine": machine(ROOT)}
    known |= {figure.name: msgspec.to_builtins(figure) | stamp for figure in figures}
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode({"figures": known}), indent=2) + b"\n")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
