"""Commands for reviewers at a terminal. Decisions are made in somebody's name, and the journal keeps it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from frostgate.base.model import Actor, ActorKind
from frostgate.base.texts import word
from frostgate.cli import config_option, console, reader_language, settings_of
from frostgate.commands.named import as_option, operator_named
from frostgate.commands.opened import opened
from frostgate.directory.permissions import PERMISSIONS, Permission
from frostgate.standing.model import Finding

if TYPE_CHECKING:
    from frostgate.cases.model import Case

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
        who = operator_named(program, email, needs=Permission.CASES_READ)
        found = service.read_case(
            program.uow,
            case_id,
            tenant_id=who.tenant_id,
            actor=Actor(ActorKind.OPERATOR, who.id),
            evidence=EvidenceBook(reader_language()),
        )
    explained = found.decision if Permission.DECISIONS_READ in PERMISSIONS[who.role] else None
    out, language = console(), reader_language()
    out.print(f"{found.case.tenant_id}/{found.case.account_id}  {found.case.state.value}  {found.case.outcome or ''}")
    for reason in explained.reasons if explained else ():
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
    from frostgate.cases.service import confirm as decide

    _decide(decide, case_id, email, config, reason=reason)


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
    from frostgate.cases.releases import release as decide

    _decide(decide, case_id, email, config, reason=reason, finding=Finding(finding))


def _decide(decide: Callable[..., "Case"], case_id: str, email: str, config: Path | None, **words: Any) -> None:
    with opened(settings_of(config)) as program:
        who = operator_named(program, email, needs=Permission.CASES_DECIDE)
        actor = Actor(ActorKind.OPERATOR, who.id)
        with program.uow.begin() as tx:
            decided = decide(tx, case_id, tenant_id=who.tenant_id, actor=actor, **words)
    assert decided.outcome is not None, "BUG: decided without an outcome"
    click.echo(f"case {decided.id}: {decided.outcome.value}")


COMMANDS = [case]
