"""Commands for whoever runs the server: accounts, operators, tenants and tokens."""

import sys
from pathlib import Path

import click
from rich.table import Table

from frostgate.cli import config_option, console, reader_language, settings_of
from frostgate.commands.opened import opened
from frostgate.directory.permissions import MACHINE_ROLES, Role


@click.group()
def account() -> None:
    """Look at accounts."""


@account.command("show")
@click.argument("tenant")
@click.argument("name")
@config_option
def show_account(tenant: str, name: str, config: Path | None) -> None:
    """What an account may do now, and every hold that it ever had.

    \b
    Examples:
      frostgate account show acme li
    """
    from frostgate.base.texts import word
    from frostgate.directory.store import get_tenant
    from frostgate.standing.routes import standing_of
    from frostgate.standing.store import list_holds

    language = reader_language()
    with opened(settings_of(config)) as program, program.uow.look() as connection:
        get_tenant(connection, tenant)
        folded = standing_of(connection, tenant_id=tenant, account_id=name)
        holds = list_holds(connection, tenant_id=tenant, account_id=name, include_released=True)
    services = Table("service", "permit")
    for service, permit in folded.permits.items():
        services.add_row(word(service.value, language), permit.word)
    console().print(services)
    table = Table("hold", "kind", "cause", "reason", "placed", "released", "case")
    for hold in holds:
        released = "" if hold.released_at is None else f"{hold.released_at:%Y-%m-%d %H:%M}"
        table.add_row(
            hold.id,
            word(hold.kind.word, language),
            word(hold.cause.value, language),
            hold.reason,
            f"{hold.placed_at:%Y-%m-%d %H:%M}",
            released,
            hold.case_id,
        )
    console().print(table if holds else "no holds")


@click.group()
def operator() -> None:
    """Add the people who work here."""


@operator.command("add")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role not in MACHINE_ROLES]),
    help="What they may do. The first operator is a superintendent; for everybody else it must be said.",
)
@click.option("--name", help="How they are called.  [default: the address]")
@click.option("--tenant", help="For somebody of a tenant.")
@click.option("--password", help="Asked for when it is not given. Others may see what a command was called with.")
@click.option("--password-stdin", is_flag=True, help="Take the password from the first line of standard input.")
@config_option
def add_operator(
    email: str,
    role: str | None,
    name: str | None,
    tenant: str | None,
    password: str | None,
    password_stdin: bool,
    config: Path | None,
) -> None:
    """Add an operator: the first one is how everybody else gets in.

    \b
    Examples:
      frostgate operator add boss@example.com
      frostgate operator add li@example.com --role reviewer
      frostgate operator add it@acme.example --role owner --tenant acme --password-stdin < password.txt
    """
    from frostgate.directory.auth import SYSTEM_PRINCIPAL
    from frostgate.directory.credentials import count_operators
    from frostgate.directory.service import add_operator as add
    from frostgate.directory.service import new_password_hash

    if password_stdin and password is not None:
        raise click.UsageError("Give --password or --password-stdin, not both.")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with opened(settings_of(config), migrate=True) as program:
        hashed = new_password_hash(password, email=email, passwords=program.passwords)
        with program.uow.begin() as tx:
            if role is None and count_operators(tx.connection) > 0:
                raise click.UsageError("There are operators already: say with --role what this one may do.")
            added = add(
                tx,
                email=email,
                name=name or email,
                role=Role(role) if role else Role.SUPERINTENDENT,
                tenant_id=tenant,
                password_hash=hashed,
                by=SYSTEM_PRINCIPAL,
            )
    click.echo(f"{added.email} is {added.role.value}")


@operator.command("reset-factors")
@click.argument("email")
@config_option
def reset_factors(email: str, config: Path | None) -> None:
    """Remove all second factors and recovery codes of an operator who is locked out; they are told by email.

    Make sure first, by another way than email, that it is they who ask.

    \b
    Examples:
      frostgate operator reset-factors boss@example.com
    """
    from frostgate.directory.credentials import find_credentials
    from frostgate.directory.errors import OperatorUnknown
    from frostgate.directory.model import normal_email
    from frostgate.directory.sessions.own import reset_factors as reset

    with opened(settings_of(config)) as program, program.uow.begin() as tx:
        found = find_credentials(tx.connection, email=normal_email(email))
        if found is None:
            raise OperatorUnknown
        reset(tx, found[0].id)
    click.echo(f"{found[0].email} signs in with the password and sets up a new second factor")


@click.command("break-glass")
@click.argument("email")
@click.option("--reason", required=True, help="Why; it is journalled, and everybody who is told reads it.")
@click.option("--tenant", help="Only for this tenant, with its owner's powers.  [default: the whole platform]")
@click.option("--hours", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="For how long.")
@config_option
def break_glass(email: str, reason: str, tenant: str | None, hours: float, config: Path | None) -> None:
    """Let somebody in for a few hours when nobody can sign in. Everybody who watches over it is told.

    The secret goes into the header of each request. It may do what a superintendent may, or a tenant's owner, adding
    and changing operators included, and each of its requests is journalled.

    \b
    Examples:
      frostgate break-glass boss@example.com --reason "The sign-in server is down, ticket 4711"
      frostgate break-glass li@example.com --tenant acme --hours 0.5 --reason "Their only owner left, ticket 4712"
    """
    from datetime import timedelta

    from frostgate.directory.emergencies.service import open_on_the_machine

    settings = settings_of(config)
    with opened(settings) as program, program.uow.begin() as tx:
        broken = open_on_the_machine(
            tx,
            email=email,
            tenant_id=tenant,
            reason=reason,
            span=timedelta(hours=hours),
            at_most=settings.emergency_limit,
        )
    until = broken.emergency.expires_at
    click.echo(f"Authorization: Bearer {broken.secret}")
    click.echo(f"emergency {broken.emergency.id} until {until:%Y-%m-%d %H:%M} UTC; end it with", err=True)
    click.echo(f"  DELETE {settings.address}/v1/emergencies/{broken.emergency.id}", err=True)


COMMANDS = [account, operator, break_glass]
