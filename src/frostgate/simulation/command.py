"""`frostgate simulate` and `frostgate evaluate`: the one place of the simulation that opens files."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from frostgate.base.model import Language
from frostgate.events.importers.lines import Lines, Unreadable
from frostgate.policy_files import shipped_policy
from frostgate.replay.command import STDIN, Unwritable
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
        with _output(out) as write:
            piece: list[bytes] = []
            for line in world.lines():
                piece.append(line)
                if len(piece) == PIECE:
                    write(b"".join(piece))
                    piece.clear()
            write(b"".join(piece))
    except BrokenPipeError:  # whoever read it has enough
        sys.stderr.close()


@contextmanager
def _output(out: Path) -> Iterator[Callable[[bytes], object]]:
    if out == STDIN:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as file:
            yield file.write
        draft.replace(out)
    except OSError as error:
        raise Unwritable(file=str(out), problem=error.strerror or str(error)) from None
    finally:
        draft.unlink(missing_ok=True)


def evaluated(file: Path, *, policy_path: Path | None = None) -> Result:
    """Evaluate a stream from a file, or from standard input (`-`).

    Raises:
        Unreadable: the stream cannot be opened or read.
        TruthMissing: it does not say who is honest.
        PolicyRefused, PolicyUnreadable: the policy cannot be used.
    """
    gc.set_threshold(*COLLECT_AFTER)
    policy = load(policy_path or shipped_policy())
    with _opened(file) as stream:
        return evaluate(Lines(stream), policy)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise Unreadable(file=str(file), problem=error.strerror or str(error)) from None
    with stream:
        yield stream


def run(
    file: Path,
    *,
    policy_path: Path | None,
    json_path: Path | None,
    language: Language,
    check: bool,
    console: Console,
) -> int:
    """Evaluate and show; 1 where a target is missed and `check` asks, otherwise 0.

    Raises:
        Unwritable: the JSON file cannot be written; and what `evaluated` raises.
    """
    result = evaluated(file, policy_path=policy_path)
    if json_path is not None:
        with _output(json_path) as write:
            write(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    show(console, result, language, policy=load(policy_path or shipped_policy()).name)
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
