"""`frostgate replay`: a log file in, a report out."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn

from frostgate.base.clock import stopwatch
from frostgate.base.model import Language
from frostgate.base.texts import language_of_environment
from frostgate.directory.declared import Declared
from frostgate.directory.model import AccountKind
from frostgate.events import importers
from frostgate.events.importers.lines import Lines
from frostgate.policy_files import shipped_policy
from frostgate.replay import decisions
from frostgate.replay.files import STDIO, opened, output
from frostgate.replay.findings import Findings, Timelines
from frostgate.replay.model import TENANT, Tally
from frostgate.replay.run import Replay
from frostgate.replay.table import show
from frostgate.rules.judge import Judge
from frostgate.rules.parse import load
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks


def run(
    file: Path,
    importer: str,
    *,
    year: int | None = None,
    observe: bool = False,
    bots: Iterable[str] = (),
    language: Language | str | None = None,
    json_path: Path | None = None,
    report_path: Path | None = None,
    policy_path: Path | None = None,
    console: Console,
) -> int:
    """Replay a log (`-`: standard input) and show what came of it; 0, whatever was found.

    `language` is that of the terminal's report, by default the environment's. The JSON and HTML files hold both. `bots`
    are accounts that count as declared bots, in a log whose events name no tenant.

    Raises:
        FormatUnknown: there is no such importer.
        YearNeeded: the log's times have no year and `year` is None.
        NothingRead: the log holds not one event that can be read.
        Unreadable: the log cannot be opened or read.
        PolicyRefused, PolicyUnreadable: the policy cannot be used.
        Unwritable: a report cannot be written. No file is left half done.
    """
    reader = Language(language) if language else language_of_environment(os.environ)
    replay = Replay(
        Judge(load(policy_path or shipped_policy())),
        places=Places(),
        networks=Networks(),
        observe=observe,
        declared=Declared.of(kinds={(TENANT, bot): AccountKind.BOT.value for bot in bots}),
    )
    tally, findings = Tally(), Findings(replay.judge)
    timelines = Timelines() if report_path else None
    with ExitStack() as stack:
        log = stack.enter_context(opened(file))
        write = stack.enter_context(output(json_path)) if json_path else None
        lines = Lines(log, stack.enter_context(_progress(console, log, file)))
        seconds = stopwatch()
        for event in importers.events(lines, importer, tenant_id=TENANT, year=year):
            outcome = replay.take(event)
            tally.count(outcome)
            findings.note(outcome)
            if timelines is not None:
                timelines.note(outcome)
            if write is not None:
                write(decisions.line(outcome, replay.judge))
        seconds = stopwatch() - seconds
        tally.lines, tally.unread, tally.problems = lines.count, lines.unread, tuple(lines.problems)
        if report_path is not None and timelines is not None:
            from frostgate.replay.report.page import page

            name = file.name if file != STDIO else "stdin"
            html = page(name, replay, tally, findings=findings, timelines=timelines, language=reader)
            with output(report_path) as write_report:
                write_report(html.encode())
    show(console, findings, tally, reader, seconds)
    return 0


@contextmanager
def _progress(console: Console, log: BinaryIO, file: Path) -> Iterator[Callable[[int], None] | None]:
    """A bar, where somebody watches; its total is known only for a file."""
    if not console.is_terminal:
        yield None
        return
    total = os.fstat(log.fileno()).st_size if file != STDIO else None
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(file.name, total=total)
        yield lambda position: progress.update(task, completed=position)
