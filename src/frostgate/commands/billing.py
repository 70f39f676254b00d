"""Commands for whoever keeps the books."""

from datetime import datetime
from pathlib import Path

import click

from frostgate.cli import FILE, LANGUAGE, config_option, reader_language, settings_of
from frostgate.commands.opened import opened


@click.group()
def billing() -> None:
    """Look after the ledgers."""


@billing.command()
@config_option
def verify(config: Path | None) -> None:
    """Walk all ledgers, the journal and the usage, and find anything that does not add up or was changed.

    Every entry balances, the balances are what the entries add up to, each entry and invoice is what the journal says
    was posted, and the usage of each day is what its events add up to. Prints the journal's head: kept somewhere else,
    it also shows later that everything was rewritten.

    \b
    Examples:
      frostgate billing verify
    """
    from frostgate.billing.ledger.verify import Fault
    from frostgate.billing.ledger.verify import verify as check
    from frostgate.billing.pricing.store import wrong_days

    with opened(settings_of(config)) as program, program.uow.look() as connection:
        found, wrong = check(connection), wrong_days(connection)
    for tenant, day, unit in wrong:
        click.echo(f"BROKEN in the usage of {tenant}: {unit} on {day} is not what its events add up to", err=True)
    if isinstance(found, Fault):
        whose = f" in the ledger of {found.tenant_id}" if found.tenant_id else ""
        click.echo(f"BROKEN{whose}: {found.problem}", err=True)
    if wrong or isinstance(found, Fault):
        raise SystemExit(1)
    click.echo(f"Ledgers: {found.ledgers}, entries: {found.entries}. Everything adds up. Head: {found.head}")


@billing.command()
@config_option
def dun(config: Path | None) -> None:
    """Remind, freeze and release now, where it is time. A running server does this by itself, every minute.

    What is to be said is sent by the server. Twice in a row does nothing twice.

    \b
    Examples:
      frostgate billing dun
    """
    from frostgate.billing.dunning.service import run_dunning

    with opened(settings_of(config)) as program:
        click.echo(f"Tenants looked at: {run_dunning(program.uow)}")


@billing.command()
@click.option("--month", type=click.DateTime(["%Y-%m"]), required=True, help="Which month, such as 2026-10.")
@click.option("--tenant", help="Of this tenant only.")
@click.option("--preview", is_flag=True, help="Say what would be billed, and change nothing.")
@config_option
def invoice(month: datetime, tenant: str | None, preview: bool, config: Path | None) -> None:
    """Bill a month that has ended: of one tenant, or of all that have a billing plan.

    A running server does the same by itself. What is billed already stays as it is. Exits with 1 when a tenant's month
    could not be billed; the others' are.

    \b
    Examples:
      frostgate billing invoice --month 2026-10 --preview
      frostgate billing invoice --month 2026-10 --tenant acme
    """
    from frostgate.billing.invoicing.said import bill, show
    from frostgate.billing.invoicing.store import tenants_with_plans

    day, language = month.date(), reader_language()
    with opened(settings_of(config)) as program:
        with program.uow.look() as connection:
            tenants = tenants_with_plans(connection) if tenant is None else [tenant]
        said = [(show if preview else bill)(program.uow, day, tenant_id=each, language=language) for each in tenants]
    for line, _ in said:
        click.echo(line)
    if not all(done for _, done in said):
        raise SystemExit(1)


@billing.command()
@click.argument("tenant")
@click.argument("month")
@click.option("--pdf", type=FILE, help="Write it as PDF here.")
@click.option("--xlsx", type=FILE, help="Write it as a workbook here.")
@click.option("--csv", type=FILE, help="Write it as CSV here.")
@click.option("--language", type=LANGUAGE, help="What it is written in.  [default: the terminal's]")
@config_option
def statement(tenant: str, month: str, language: str | None, config: Path | None, **files: Path | None) -> None:
    """Make the statement of TENANT for MONTH, unless it was made before, and print it.

    \b
    Examples:
      frostgate billing statement acme 2026-10 --pdf acme-2026-10.pdf --language zh-CN
    """
    from frostgate.base.model import SYSTEM, Language
    from frostgate.billing.statements.paper import as_pdf
    from frostgate.billing.statements.service import make_statement
    from frostgate.billing.statements.tables import as_csv, as_xlsx

    settings = settings_of(config)
    with opened(settings) as program, program.uow.begin() as tx:
        kept, repeated = make_statement(tx, month, tenant_id=tenant, platform=settings.platform, actor=SYSTEM)
    spoken = reader_language() if language is None else Language(language)
    for name, render in (("pdf", as_pdf), ("xlsx", as_xlsx), ("csv", as_csv)):
        if (file := files[name]) is not None:
            file.write_bytes(render(kept, spoken))
            click.echo(f"Written: {file}")
    click.echo(f"{kept.statement.number}: {'made before' if repeated else 'made'}. Digest: {kept.digest}")


COMMANDS = [billing]
