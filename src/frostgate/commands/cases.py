"""Commands for reviewers at a terminal. Decisions are made in somebody's name, and the journal keeps it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from frostgate.base.model import Actor, ActorKind
from frostgate.base.texts import word
from frostgate.cli import config_option, console, reader_language, settings_of
from frostgate.commands.opened import opened
from frostgate.standing.model import Finding

if TYPE_CHECKING:
    from frostgate.app import Program

as_option = click.option("--as", "email", required=True, help="The operator in whose name this is decided.")
reason_option = click.option("--reason", required=True, help="Why; kept in the case and in the journal.")


@click.group()
def case() -> None:
    """List, read and decide cases."""


@case.command("list")
@click.option("--tenant", help="Of one tenant only.")
@click.option("--all", "every", is_flag=True, help="Decided cases too.")
@config_option
def list_cases(tenant: str | None, every: bool, config: Path | None) -> None:
    """The queue, oldest first.

    \b
    Examples:
      frostgate case list
      frostgate case list --tenant acme --all
    """
    from frostgate.cases import store
    from frostgate.cases.model import State

    language = reader_language()
    with opened(settings_of(config)) as program, program.uow.look() as connection:
        found = store.list_cases(connection, tenant_id=tenant, state=None if every else State.OPEN, limit=200)
    table = Table("case", "tenant", "account", "cause", "opened", "state", "outcome")
    for each in found:
        table.add_row(
            each.id,
            each.tenant_id,
            each.account_id or "",
            word(each.cause, language) if each.cause else "",
            f"{each.opened_at:%Y-%m-%d %H:%M}",
            each.state.value,
            each.outcome.value if each.outcome else "",
        )
    console().print(table if found else "no cases")


@case.command("show")
@click.argument("case_id")
@as_option
@config_option
def show_case(case_id: str, email: str, config: Path | None) -> None:
    """One case: which rule fired on which values, and what was done. The journal keeps who looked.

    \b
    Examples:
      frostgate case show 01a2024b6fe87001b02547dbb3c6cae1 --as li@example.com
    """
    from frostgate.cases import service
    from frostgate.rules.explain import EvidenceBook

    with opened(settings_of(config)) as program:
        actor = _actor(program, email)
        found = service.read_case(program.uow, case_id, tenant_id=None, actor=actor, evidence=EvidenceBook())
    out, language = console(), reader_language()
    out.print(f"{found.case.tenant_id}/{found.case.account_id}  {found.case.state.value}  {found.case.outcome or ''}")
    for reason in found.decision.reasons if found.decision else ():
        out.print(f"\n{reason.rule} -> {reason.verdict}\n  {reason.says[language.value]}\n  when {reason.when}")
        for name, value in reason.values.items():
            out.print(f"    {name} = {value}")
    out.print("")
    for action in found.actions:
        out.print(f"{action.at:%Y-%m-%d %H:%M}  {action.actor}  {action.action.value}  {action.reason}")


@case.command()
@click.argument("case_id")
@as_option
@reason_option
@config_option
def confirm(case_id: str, email: str, reason: str, config: Path | None) -> None:
    """Find that the hold was placed rightly; it stays until its condition is met.

    \b
    Examples:
      frostgate case confirm 01a2024b6fe8 --as li@example.com --reason "stolen password, owner told us"
    """
    _decide("confirm", case_id, email, config, reason=reason)


@case.command()
@click.argument("case_id")
@click.option("--finding", type=click.Choice([Finding.MISTAKE.value, Finding.CONDITION_MET.value]), required=True)
@as_option
@reason_option
@config_option
def release(case_id: str, finding: str, email: str, reason: str, config: Path | None) -> None:
    """Release the hold: it was a mistake, or what it waited for came true.

    \b
    Examples:
      frostgate case release 01a2024b6fe8 --finding mistake --as li@example.com --reason "confirmed by phone"
    """
    _decide("release", case_id, email, config, reason=reason, finding=Finding(finding))


def _decide(what: str, case_id: str, email: str, config: Path | None, **words: Any) -> None:
    from frostgate.cases import service

    with opened(settings_of(config)) as program:
        actor = _actor(program, email)
        with program.uow.begin() as tx:
            decided = getattr(service, what)(tx, case_id, tenant_id=None, actor=actor, **words)
    click.echo(f"case {decided.id}: {decided.outcome.value}")


def _actor(program: "Program", email: str) -> Actor:
    """The operator by that address: for the record, not a lock, because whoever runs this can write to the database."""
    from frostgate.directory.credentials import find_credentials
    from frostgate.directory.errors import OperatorUnknown

    with program.uow.look() as connection:
        found = find_credentials(connection, email=email)
    if found is None or not found[0].active:
        raise OperatorUnknown(email=email)
    return Actor(ActorKind.OPERATOR, found[0].id)


COMMANDS = [case]
