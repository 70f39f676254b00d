"""Commands for whoever keeps the books."""

from pathlib import Path

import click

from frostgate.cli import config_option, settings_of
from frostgate.commands.opened import opened


@click.group()
def billing() -> None:
    """Look after the ledgers."""


@billing.command()
@config_option
def verify(config: Path | None) -> None:
    """Walk all ledgers and the journal, and find anything that does not add up or was changed.

    Every entry balances, the balances are what the entries add up to, and each entry and invoice is what the journal
    says was posted. Prints the journal's head: kept somewhere else, it also shows later that everything was rewritten.

    \b
    Examples:
      frostgate billing verify
    """
    from frostgate.billing.ledger.verify import Fault
    from frostgate.billing.ledger.verify import verify as check

    with opened(settings_of(config)) as program, program.uow.look() as connection:
        found = check(connection)
    if isinstance(found, Fault):
        whose = f" in the ledger of {found.tenant_id}" if found.tenant_id else ""
        click.echo(f"BROKEN{whose}: {found.problem}", err=True)
        raise SystemExit(1)
    click.echo(f"Ledgers: {found.ledgers}, entries: {found.entries}. Everything adds up. Head: {found.head}")


COMMANDS = [billing]
