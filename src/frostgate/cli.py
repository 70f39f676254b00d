"""The command line: every command reads its options, calls a room, and says what happened.

Exit codes: 0 done, 1 the answer is no (a policy is refused, a chain is broken, a test failed), 2 it was called wrongly,
3 it could not be done (no database, no file, a port that is taken).
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from frostgate import __version__, is_compiled
from frostgate.base.errors import Refused
from frostgate.base.misfits import explained
from frostgate.base.model import Language
from frostgate.base.texts import language_of_environment, say
from frostgate.config import Settings, load

if TYPE_CHECKING:
    from rich.console import Console

CANNOT = 3

FILE = click.Path(dir_okay=False, path_type=Path)
LANGUAGE = click.Choice([language.value for language in Language])

config_option = click.option(
    "--config",
    type=FILE,
    envvar="FROSTGATE_CONFIG",
    help="A TOML file with settings; FROSTGATE_* variables override it.",
)


class Commands(click.Group):
    """A group of commands that says refusals in the reader's language instead of showing a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refused as refused:
            render: Callable[[], str] | None = getattr(refused, "render", None)
            words = say(refused.code, reader_language(), **refused.params)
            click.echo(render() if render else f"{words} [{refused.code}]", err=True)
            problem = refused.params.get("problem")
            if render is None and problem is not None and explained(str(problem), reader_language()) not in words:
                click.echo(f"  {problem}", err=True)
            sys.exit(1 if render else CANNOT)


def reader_language() -> Language:
    """The language that the terminal is set to."""
    return language_of_environment(os.environ)


def console() -> "Console":
    """Where tables go: colours only on a terminal, and no terminal's width where there is none.

    No markup: what events and people wrote may hold brackets, and is shown as it is.
    """
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(markup=False, emoji=False)
    return Console(width=400, no_color=True, highlight=False, markup=False, emoji=False)


def settings_of(config: Path | None) -> Settings:
    """The settings that a command works with."""
    return load(config)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(f"{__version__} (compiled)" if is_compiled() else __version__, prog_name="frostgate")
def main() -> None:
    """Frostgate freezes accounts to protect people, and gives them back.

    \b
    Examples:
      frostgate demo                              a running server with a story, nothing else needed
      frostgate replay auth.log --from sshd --year 2026
      frostgate policy check policies/standard.yaml
      frostgate simulate --seed 1 | frostgate evaluate
      frostgate serve --config frostgate.toml
    """


def register() -> None:
    """Add every room's commands; imported here so that each command loads only what it needs."""
    from frostgate.commands import (
        accounts,
        billing,
        cases,
        decisions,
        notices,
        papers,
        policies,
        simulating,
        store,
        trying,
    )

    for module in (trying, simulating, policies, accounts, cases, decisions, papers, billing, notices, store):
        for command in module.COMMANDS:
            main.add_command(command)


register()
