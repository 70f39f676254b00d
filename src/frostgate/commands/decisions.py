"""Commands that look into decisions."""

from pathlib import Path

import click

from frostgate.base.errors import NotFound
from frostgate.base.model import Actor, ActorKind
from frostgate.cli import config_option, console, reader_language, settings_of
from frostgate.commands.named import as_option, operator_named
from frostgate.commands.opened import opened
from frostgate.directory.permissions import Permission


@click.group()
def decision() -> None:
    """Look into decisions."""


@decision.command()
@click.argument("decision_id")
@as_option
@config_option
def show(decision_id: str, email: str, config: Path | None) -> None:
    """Why an event was judged as it was, and whether its record alone gives the same judgement again.

    The journal keeps who looked.

    \b
    Examples:
      frostgate decision show 01a202556eb570008855fc1f17999647 --as li@example.com
    """
    from frostgate.base.looks import note_look
    from frostgate.directory.store import get_tenant
    from frostgate.events.store import get_decision
    from frostgate.rules.decision import read
    from frostgate.rules.explain import explain, rejudge
    from frostgate.rules.journey import told

    language = reader_language()
    with opened(settings_of(config)) as program:
        who = operator_named(program, email, needs=Permission.DECISIONS_READ)
        with program.uow.look() as connection:
            stored = get_decision(connection, decision_id, tenant_id=who.tenant_id)
            found = explain(connection, decision_id, tenant_id=who.tenant_id, language=language)
            if stored is None or found is None:
                raise NotFound
            tenant = get_tenant(connection, found.tenant_id)
            record, again = read(stored.decision), rejudge(connection, stored)
        whose = {"tenant_id": found.tenant_id, "account_id": found.account_id}
        note_look(program.uow, "decision", decision_id, **whose, actor=Actor(ActorKind.OPERATOR, who.id))
    out = console()
    out.print(f"{found.tenant_id}/{found.account_id}  {found.verdict}  policy {found.policy} ({found.policy_name})")
    for reason in found.reasons:
        out.print(f"\n{reason.rule} -> {reason.verdict}\n  {reason.says[language.value]}\n  when {reason.when}")
        for name, value in reason.values.items():
            out.print(f"    {name} = {value}")
        for way in reason.would_pass_if:
            out.print("  not if " + "; ".join(each.says[language.value] for each in way), soft_wrap=True)
    if record.journey is not None:
        out.print("\n" + told(record.journey, language, time_zone=tenant.time_zone), soft_wrap=True)
    same = (again.hits, again.undecided) == (record.hits, record.undecided)
    out.print("\njudged again from its record: " + ("the same" if same else "DIFFERENT"))
    raise SystemExit(0 if same else 1)


COMMANDS = [decision]
