"""Commands about what people hand in."""

from pathlib import Path

import click

from frostgate.base.model import Actor, ActorKind
from frostgate.cli import config_option, settings_of
from frostgate.commands.named import as_option, operator_named
from frostgate.commands.opened import opened
from frostgate.directory.permissions import Permission


@click.group()
def documents() -> None:
    """Look after what people handed in."""


@documents.command("forget-key")
@click.option("--tenant", required=True, help="Whose key it is.")
@as_option
@config_option
def forget_key(tenant: str, email: str, config: Path | None) -> None:
    """Remove the key of a tenant whose documents are all deleted; the journal keeps it.

    Copies of their pages stay unreadable to whoever has no copy of the key as well: delete backups that hold both.

    \b
    Examples:
      frostgate documents forget-key --tenant acme --as li@example.com
    """
    from frostgate.documents import service

    with opened(settings_of(config)) as program:
        who = operator_named(program, email, needs=Permission.DOCUMENTS_REMOVE)
        with program.uow.begin() as tx:
            service.forget_key(tx, tenant_id=tenant, actor=Actor(ActorKind.OPERATOR, who.id))
    click.echo(f"the key of {tenant} is gone")


COMMANDS = [documents]
