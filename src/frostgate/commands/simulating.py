"""Commands that try a policy on simulated people: write a stream with its truth, evaluate what is made of it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from frostgate.base.model import Language
from frostgate.cli import FILE, LANGUAGE, console, reader_language

STREAM = click.Path(allow_dash=True, dir_okay=False, path_type=Path)


class _Attackers(click.ParamType[int | None]):
    """A number, or `auto`."""

    name = "auto|N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """None for `auto`."""
        if value in (None, "auto"):
            return None
        try:
            number = int(str(value))
        except ValueError:
            self.fail(f"{value} is neither a number nor auto", param, ctx)
        return number if number >= 0 else self.fail("cannot be negative", param, ctx)


def _known_years(_ctx: click.Context, _param: click.Parameter, start: datetime) -> datetime:
    """Earlier, the releases of the simulated browsers and apps would have negative numbers."""
    if not 2025 <= start.year <= 2100:
        raise click.BadParameter("a year from 2025 to 2100 is needed")
    return start


@click.command()
@click.option("--seed", type=click.IntRange(0), required=True, help="The same seed gives the same bytes.")
@click.option("--people", type=click.IntRange(20, 100_000), default=3000, show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), callback=_known_years, default="2026-03-02", show_default=True
)
@click.option(
    "--lead-in",
    type=click.IntRange(0, 90),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="Days before the start, without attacks: the evaluation only watches them and learns who is at home where.",
)
@click.option("--attackers", type=_Attackers(), default="auto", show_default=True, help="About how many; 0 for none.")
@click.option("--out", type=STREAM, default=Path("-"), help="A file instead of standard output.")
def simulate(
    seed: int, people: int, days: int, start: datetime, lead_in: int, attackers: int | None, out: Path
) -> None:
    """Write the events of a simulated tenant, honest people and labelled attackers, with the truth about them.

    The lines are CloudEvents, in the order in which they arrive; `frostgate replay --from jsonl` reads them as well.

    \b
    Examples:
      frostgate simulate --seed 11 | frostgate evaluate
      frostgate simulate --seed 1 --people 300 --days 7 --out week.jsonl
    """
    from frostgate.simulation.command import simulate as write

    begins = start.replace(tzinfo=UTC).date()
    write(seed, people=people, days=days, start=begins, lead_in=lead_in, attackers=attackers, out=out)


@click.command()
@click.argument("file", type=STREAM, default=Path("-"))
@click.option("--policy", type=FILE, help="A policy file; by default the shipped one.")
@click.option("--json", "json_path", type=FILE, help="Write every figure to this file.")
@click.option("--language", type=LANGUAGE, help="Of the tables; by default the terminal's.")
@click.option("--check", is_flag=True, help="Exit with 1 unless every target is met.")
def evaluate(file: Path, policy: Path | None, json_path: Path | None, language: str | None, check: bool) -> None:
    """Say how well a policy tells a thief from a traveller, and a robot from a busy person.

    FILE is a stream that `frostgate simulate` wrote, or - for standard input. Its lead-in is only watched: signals
    learn from it, nothing is held and nothing counts. An account that begins later has no lead-in of its own; of the
    simulated ones only attackers' do.

    \b
    Examples:
      frostgate simulate --seed 11 | frostgate evaluate
      frostgate evaluate month.jsonl --policy mine.yaml --json figures.json
    """
    from frostgate.simulation.command import run

    chosen = Language(language) if language else reader_language()
    raise SystemExit(
        run(file, policy_path=policy, json_path=json_path, language=chosen, check=check, console=console())
    )


COMMANDS = [simulate, evaluate]
