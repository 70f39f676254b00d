"""Commands for whoever keeps the database: migrations and the journal."""

import re
from pathlib import Path

import click

from frostgate.cli import config_option, settings_of
from frostgate.commands.opened import opened


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@config_option
def upgrade(config: Path | None) -> None:
    """Bring the database to this version's shape; harmless when it has it already.

    \b
    Examples:
      frostgate db upgrade --config frostgate.toml
    """
    with opened(settings_of(config), migrate=True):
        click.echo("the database is up to date")


def _head(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None and re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", given) is None:
        raise click.BadParameter("a head is the number and the whole hash that an earlier run printed, as 21:7a72...")
    return given


@click.group()
def journal() -> None:
    """Look after the journal."""


@journal.command()
@click.option("--head", callback=_head, help="The head that an earlier run printed and that you kept somewhere else.")
@config_option
def verify(head: str | None, config: Path | None) -> None:
    """Walk the whole chain and find any change, removal or reordering.

    Prints the number and hash of the last entry: kept somewhere else, they also show later that the whole journal was
    rewritten.

    \b
    Examples:
      frostgate journal verify
      frostgate journal verify --head 21:7a72ab0537d6fdb7...
    """
    from frostgate.base import journal as chain

    with opened(settings_of(config)) as program, program.uow.look() as connection:
        found = chain.verify(connection)
        known = chain.has_head(connection, head) if head else True
    if isinstance(found, chain.Broken):
        click.echo(f"BROKEN at entry {found.number}: {found.problem}", err=True)
        raise SystemExit(1)
    if not known:
        click.echo(f"BROKEN: the journal never had the head {head}", err=True)
        raise SystemExit(1)
    click.echo(f"{found[0]} entries, the chain holds. Head: {found[0]}:{found[1]}")


COMMANDS = [db, journal]
