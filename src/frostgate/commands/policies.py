"""Commands for policy authors: check, test, publish."""

from pathlib import Path

import click
from rich.table import Table

from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.cli import FILE, config_option, console, reader_language, settings_of
from frostgate.directory.permissions import Permission
from frostgate.policy_files import shipped_policy


@click.group()
def policy() -> None:
    """Check, test and publish policies."""


@policy.command()
@click.argument("file", type=FILE, required=False)
def check(file: Path | None) -> None:
    """Say whether a policy is in order, and if not, every line and column that is to blame.

    \b
    Examples:
      frostgate policy check policies/standard.yaml
    """
    from frostgate.rules.parse import load

    path = file or shipped_policy()
    found = load(path)
    click.echo(f"{path.name}: {len(found.rules)} rules, {len(found.windows)} windows, digest {found.digest[:12]}")


@policy.command()
@click.argument("file", type=FILE, required=False)
def test(file: Path | None) -> None:
    """Try every rule on the examples beside it: those that it must match, and those that it must not.

    \b
    Examples:
      frostgate policy test policies/standard.yaml
    """
    from frostgate.rules.examples import check_examples
    from frostgate.rules.judge import Judge
    from frostgate.rules.parse import load
    from frostgate.signals.geo import Places
    from frostgate.signals.network import Networks
    from frostgate.signals.reader import SignalReader

    path = file or shipped_policy()
    found = load(path)
    places, networks = Places(), Networks()
    outcomes = check_examples(
        Judge(found),
        path.parent,
        lambda declared: SignalReader(found.windows, places=places, networks=networks, declared=declared),
        reader_language().value,
    )
    table = Table("rule", "example", "must", "did", "values")
    for each in sorted(outcomes, key=lambda each: each.ok):  # what failed stands first
        did = "undecided" if each.undecided else "match" if each.matched else "stay away"
        must = "match" if each.expected else "stay away"
        shown = ", ".join(f"{name} {value}" for name, value in each.values.items())
        table.add_row(each.rule, each.example, must, did, shown, style="" if each.ok else "bold red")
    console().print(table)
    failed = [each for each in outcomes if not each.ok]
    click.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} examples as promised")
    raise SystemExit(1 if failed else 0)


@policy.command()
@click.argument("file", type=FILE)
@click.option("--as", "email", help="The operator in whose name it is published.  [default: the program itself]")
@config_option
def publish(file: Path, email: str | None, config: Path | None) -> None:
    """Put a policy in force; running servers take it up within a second.

    \b
    Examples:
      frostgate policy publish policies/standard.yaml --config frostgate.toml
      frostgate policy publish policies/standard.yaml --as li@example.com
    """
    from frostgate.commands.named import operator_named
    from frostgate.commands.opened import opened
    from frostgate.rules import service
    from frostgate.rules.parse import load

    checked = load(file)
    with opened(settings_of(config), migrate=True) as program:
        actor = SYSTEM
        if email is not None:
            who = operator_named(program, email, needs=Permission.POLICIES_PUBLISH)
            actor = Actor(ActorKind.OPERATOR, who.id)
        with program.uow.begin() as tx:
            published = service.publish(tx, checked, actor=actor)
    click.echo(f"policy {published.number} ({published.name}) is in force")


COMMANDS = [policy]
