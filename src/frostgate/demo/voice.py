"""How the story looks: colours on a terminal, plain text anywhere else, and what people copy is never broken."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from frostgate.base.model import Language
from frostgate.demo.words import CannotTell, Words

VERDICT_STYLE = {
    "allow": "green",
    "challenge": "yellow",
    "throttle": "yellow",
    "refuse": "red",
    "limit": "magenta",
    "freeze": "bold red",
}
LABEL = 13  # cells that a label takes
PLAIN_WIDTH = 110
WIDEST = 120


class Voice:
    """Says the story's sentences in one language."""

    def __init__(self, language: Language, *, file: TextIO | None = None) -> None:
        self.words = Words(language)
        self.console = _console(file or sys.stdout)
        self._steps = 0

    @property
    def language(self) -> Language:
        """Which language it speaks."""
        return self.words.language

    def banner(self, text: str) -> None:
        """The title of everything."""
        self.console.print()
        self.console.print(Text(text, style="bold cyan"))
        self.console.print()

    def line(self, key: str, *, style: str = "", **params: Any) -> None:
        """A sentence by itself."""
        self._paragraph(Text(self.words.say(key, **params), style=style), 0)

    def step(self, key: str, **params: Any) -> None:
        """The next step of the story."""
        self._steps += 1
        self.console.print()
        self.console.print(Text(f"{self._steps}. {self.words.say(key, **params)}", style="bold cyan"))

    def request(self, request: str, detail: str = "") -> None:
        """What is asked of the API."""
        self._paragraph(Text.assemble((request, "bold"), "  " if detail else "", (detail, "dim")), 3)

    def fact(self, key: str, value: str, *, style: str = "") -> None:
        """One labelled thing that came of it."""
        label = self.words.say(key)
        table = Table.grid(padding=(0, 1))
        table.add_column(width=LABEL, no_wrap=True, style="dim")
        table.add_column(overflow="fold")
        table.add_row(label, Text(value, style=style))
        self.console.print(Padding(table, (0, 0, 0, 3), expand=False))

    def facts(self, key: str, values: Iterable[tuple[str, str]]) -> None:
        """Several things under one label, each with its style."""
        for place, (value, style) in enumerate(values):
            self.fact("nothing" if place else key, value, style=style)

    def verdict(self, verdict: str) -> None:
        """The verdict of one event."""
        self.fact("verdict", self.words.verdict(verdict), style=VERDICT_STYLE[verdict])

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Text | str]]) -> None:
        """Rows under a head, of the story's words."""
        table = Table(*(self.words.say(key) for key in head), box=None, header_style="dim", pad_edge=False)
        for row in rows:
            table.add_row(*row)
        self.console.print(Padding(table, (0, 0, 0, 3), expand=False))

    def heading(self, key: str) -> None:
        """A heading after the story."""
        self.console.print()
        self.console.print(Text(self.words.say(key), style="bold cyan"))

    def pairs(self, pairs: Mapping[str, str]) -> None:
        """Names and what they stand for, one a line and never broken: people copy from here."""
        width = max(cell_len(name) for name in pairs)
        for name, value in pairs.items():
            self.exactly(f"  {name}{' ' * (width - cell_len(name))}  {value}")

    def exactly(self, text: str) -> None:
        """Text as it is, without a line break of ours."""
        self.console.print(Text(text), soft_wrap=True)

    def space(self) -> None:
        """An empty line."""
        self.console.print()

    def problem(self, problem: CannotTell) -> None:
        """Why the demo cannot go on."""
        self.console.print()
        text = self.words.say("problem", problem=self.words.problem(problem))
        self.console.print(Text(text, style="bold red"), soft_wrap=True)

    def _paragraph(self, text: Text, indent: int) -> None:
        self.console.print(Padding(text, (0, 0, 0, indent), expand=False))


def _console(file: TextIO) -> Console:
    if file.isatty():
        console = Console(file=file, highlight=False)
        console.width = min(console.width, WIDEST)
        return console
    return Console(file=file, width=PLAIN_WIDTH, no_color=True, highlight=False)
