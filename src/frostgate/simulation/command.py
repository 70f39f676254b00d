"""`frostgate simulate` and `frostgate evaluate`: the one place of the simulation that opens files."""

import gc
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from frostgate.base.model import Language
from frostgate.events.importers.lines import Lines
from frostgate.policy_files import shipped_policy
from frostgate.replay.files import opened, output
from frostgate.rules.parse import load
from frostgate.simulation.evaluation.results import Result, targets
from frostgate.simulation.evaluation.run import evaluate
from frostgate.simulation.evaluation.tables import Sheet, sheets
from frostgate.simulation.evaluation.words import phrase
from frostgate.simulation.world import World

PIECE = 2000  # lines that are written at once
COLLECT_AFTER = (100_000, 50, 50)  # objects; hardly anything here is garbage that refers to itself


def simulate(seed: int, *, people: int, days: int, start: date, lead_in: int, attackers: int | None, out: Path) -> None:
    """Write a simulated stream to a file, or to standard output (`-`).

    Raises:
        Unwritable: it cannot be written.
    """
    gc.set_threshold(*COLLECT_AFTER)
    world = World(seed, people=people, days=days, start=start, lead_in=lead_in, attackers=attackers)
    try:
        with output(out) as write:
            piece: list[bytes] = []
            for line in world.lines():
                piece.append(line)
                if len(piece) == PIECE:
                    write(b"".join(piece))
                    piece.clear()
            write(b"".join(piece))
    except BrokenPipeError:  # whoever read it has enough, and Python would complain once more on its way out
        sys.stderr.close()


def run(
    file: Path,
    *,
    policy_path: Path | None,
    json_path: Path | None,
    language: Language,
    check: bool,
    console: Console,
) -> int:
    """Evaluate a stream from a file, or standard input (`-`), and show; 1 where `check` asks and a target is not met.

    Raises:
        Unreadable: the stream cannot be opened or read.
        TruthMissing: it does not say who is honest.
        PolicyRefused, PolicyUnreadable: the policy cannot be used.
        Unwritable: the JSON file cannot be written.
    """
    gc.set_threshold(*COLLECT_AFTER)
    policy = load(policy_path or shipped_policy())
    with ExitStack() as stack:
        stream = stack.enter_context(opened(file))
        write = stack.enter_context(output(json_path)) if json_path else None
        result = evaluate(Lines(stream), policy)
        if write is not None:
            write(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    show(console, result, language, policy=policy.name)
    missed = any(target.met is not True for target in targets(result))
    return 1 if check and missed else 0


def show(console: Console, result: Result, language: Language, *, policy: str) -> None:
    """Print every table."""
    seeds = ", ".join(map(str, result.seeds))
    figures = {"people": f"{result.people:,}", "days": result.days, "events": f"{result.events:,}"}
    console.print(Text(phrase("evaluated", language, seeds=seeds, policy=policy, **figures), style="bold"))
    if result.unread:
        console.print(Text(phrase("unread", language, n=result.unread), style="yellow"))
    for sheet in sheets(result, language):
        if sheet.rows:
            console.print(_table(sheet))


def _table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(sheet.heads):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
