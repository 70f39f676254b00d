"""Commands that start things: the server, the demo, a replay of logs."""

from pathlib import Path

import click

from frostgate.base.model import Language
from frostgate.cli import FILE, LANGUAGE, config_option, console, reader_language, settings_of
from frostgate.events import importers


@click.command()
@config_option
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 8080]")
@click.option("--database", help="Database URL, sqlite:///FILE or postgresql+psycopg://...")
def serve(config: Path | None, host: str | None, port: int | None, database: str | None) -> None:
    """Run the server until SIGINT or SIGTERM.

    \b
    Examples:
      frostgate serve
      frostgate serve --config frostgate.toml
      frostgate serve --database postgresql+psycopg://frostgate@127.0.0.1/frostgate --port 8081
    """
    import msgspec

    from frostgate.app import Program
    from frostgate.base import logs
    from frostgate.serve import run

    settings = settings_of(config)
    chosen = {"host": host, "port": port, "database": database}
    settings = msgspec.structs.replace(settings, **{name: value for name, value in chosen.items() if value is not None})
    logs.configure(settings.log_level)
    run(
        Program(settings),
        on_ready=lambda: click.echo(f"Frostgate listens on http://{settings.host}:{settings.port}", err=True),
    )


@click.command()
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default=Path(".demo"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65534), default=8080, show_default=True)
@click.option("--language", type=LANGUAGE, help="Of the story; by default the terminal's.")
@click.option("--pause", type=click.FloatRange(0, 60), default=1.2, show_default=True, help="Seconds between steps.")
@click.option("--once", is_flag=True, help="End after the story.")
@click.option("--fresh", is_flag=True, help="Begin with an empty data folder.")
def demo(data: Path, port: int, language: str | None, pause: float, once: bool, fresh: bool) -> None:
    """Start a server with a populated tenant and watch a freeze from beginning to end.

    \b
    Examples:
      frostgate demo
      frostgate demo --language zh-CN --port 9000
    """
    from frostgate.demo import run

    chosen = Language(language) if language else reader_language()
    raise SystemExit(run(data=data, port=port, language=chosen, pause=pause, once=once, fresh=fresh))


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@click.option(
    "--from", "importer", required=True, type=click.Choice(sorted(importers.importers())), help="What the file is."
)
@click.option("--year", type=click.IntRange(1970, 2100), help="The year of the first line, where the log has none.")
@click.option("--observe", is_flag=True, help="Judge every event and freeze nobody.")
@click.option("--bot", "bots", multiple=True, metavar="NAME", help="Declare NAME as a bot; may be given several times.")
@click.option("--policy", type=FILE, help="A policy file; by default the shipped one.")
@click.option("--json", "json_path", type=FILE, help="Write one decision a line to this file.")
@click.option("--report", "report_path", type=FILE, help="Write a page with a map and a time line to this file.")
@click.option("--language", type=LANGUAGE, help="Of the table; by default the terminal's.")
def replay(
    file: Path,
    importer: str,
    year: int | None,
    observe: bool,
    bots: tuple[str, ...],
    policy: Path | None,
    json_path: Path | None,
    report_path: Path | None,
    language: str | None,
) -> None:
    """Run real logs through the policy: who would have been frozen, when and why.

    FILE is a log, or - for standard input. Nothing is stored and no server is needed.

    \b
    Examples:
      frostgate replay auth.log --from sshd --year 2026
      frostgate replay auth.log --from sshd --year 2026 --report journeys.html --json decisions.jsonl
      frostgate replay channel.txt --from irc --bot wikibugs --bot gerrit-wm
      journalctl -u ssh -o short | frostgate replay - --from sshd --year 2026 --observe
    """
    from frostgate.replay.command import run

    raise SystemExit(
        run(
            file,
            importer,
            year=year,
            observe=observe,
            bots=bots,
            language=language,
            json_path=json_path,
            report_path=report_path,
            policy_path=policy,
            console=console(),
        )
    )


COMMANDS = [serve, demo, replay]
