"""Commands about notices: the ways that they travel, and what a mail server on this machine brings back."""

import asyncio
import mailbox
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from frostgate.base.errors import Refused
from frostgate.cli import LANGUAGE, config_option, console, reader_language, settings_of
from frostgate.commands.opened import opened

if TYPE_CHECKING:
    from frostgate.app import Program

TRY_AGAIN = 75  # EX_TEMPFAIL (sysexits.h): a mail server that pipes to us keeps the mail and tries again


@click.group()
def notices() -> None:
    """Try the ways that notices travel, see how long texts are, and take what came back."""


@notices.command(name="try")
@click.argument("channel", type=click.Choice(["email", "sms", "chat"]))
@click.argument("address")
@click.option("--language", type=LANGUAGE, help="Of the message; by default the terminal's.")
@click.option("--text", "template", help="Which registered text, such as frozen; by default the first that there is.")
@config_option
def try_channel(channel: str, address: str, language: str | None, template: str | None, config: Path | None) -> None:
    """Send one test message and say what the other side answered.

    ADDRESS is a mail address, a telephone number with its country, or the name of a group under alerts.

    \b
    Examples:
      frostgate notices try email me@example.com
      frostgate notices try sms +8613800138000 --language zh-CN
      frostgate notices try chat risk
    """
    from frostgate.base.model import Language
    from frostgate.base.reconciler import Done, Failed
    from frostgate.base.texts import say
    from frostgate.notices.model import Channel, is_reachable
    from frostgate.notices.short import plain_letter
    from frostgate.notices.trial import first_registered, sample

    settings = settings_of(config)
    chosen, way = Language(language) if language else reader_language(), Channel(channel)
    if not is_reachable(way, address):
        raise click.BadParameter(f"{address} is no address for {channel}", param_hint="ADDRESS")
    with opened(settings, needs_store=False) as program:
        carrier = program.carriers.get(way)
        if carrier is None:
            raise click.UsageError(f"{channel} is not set up: see docs/operations.md")
        letter = plain_letter(address, chosen, say("text.tried", chosen, platform=settings.platform))
        if way is Channel.SMS and settings.sms.provider != "smpp":
            which = first_registered(program.by_text, chosen, template)
            if which is None:
                raise click.UsageError(f"sms.templates names no text for {template or 'anything'} in {chosen}")
            letter = program.renderer.letter(sample(which, chosen, address, channel=way, at=program.clock.now()))
            click.echo(f"registered text {which}: {letter.values}")
        outcome = asyncio.run(carrier.send(letter))
    if isinstance(outcome, Failed):
        click.echo(f"{channel} {address}: not sent. The other side: {outcome.problem}", err=True)
        raise SystemExit(1)
    assert isinstance(outcome, Done), "BUG: a carrier has no quiet hours"
    click.echo(f"{channel} {address}: taken. The other side: {outcome.detail}")


@notices.command()
@config_option
def texts(config: Path | None) -> None:
    """Show what is said by text message, and in how many parts; exit code 1 where one is too long.

    Of registered texts only the provider knows the words, so this shows what they are filled with.

    \b
    Examples:
      frostgate notices texts --config frostgate.toml
    """
    from rich.table import Table

    from frostgate import parts
    from frostgate.base.model import Language
    from frostgate.notices.model import Channel
    from frostgate.notices.registered import PARAMETERS
    from frostgate.notices.render import Renderer
    from frostgate.notices.trial import sample

    settings = settings_of(config)
    table = Table("text", "language", "parts", "words")
    # As long as a real link, and signed by nobody: to look makes no key.
    renderer = Renderer(
        parts.site(settings, appeal_url=lambda notice_id: f"{settings.address}/appeal/{notice_id}.{'x' * 22}")
    )
    long = 0
    with opened(settings, needs_store=False) as program:
        for template in PARAMETERS:
            for language in Language:
                if not program.by_text(template, language):
                    continue
                notice = sample(template, language, "+8613800138000", channel=Channel.SMS, at=program.clock.now())
                letter = renderer.letter(notice)
                table.add_row(template, language, str(letter.parts or "?"), letter.text.strip())
                long += (letter.parts or 0) > settings.sms.most_parts
    console().print(table)
    if long:
        click.echo(f"{long} texts have more than {settings.sms.most_parts} parts (sms.most_parts)", err=True)
        raise SystemExit(1)


@notices.command()
@click.option(
    "--maildir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read every new mail of this maildir; without it, one mail from the standard input.",
)
@config_option
def bounces(maildir: Path | None, config: Path | None) -> None:
    """Take delivery reports (RFC 3464) that came to the address that notices are sent from.

    A maildir's mails are marked as seen, whatever they are; one that came too early stays new for the next time. From
    a pipe, the exit code is 75 where the mail server is to try again.

    \b
    Examples:
      frostgate notices bounces --maildir /var/mail/frostgate
      bounces: "|frostgate notices bounces --config /etc/frostgate.toml"      a line of /etc/aliases
    """
    try:
        with opened(settings_of(config)) as program:
            if maildir is not None:
                _read_maildir(program, maildir)
                return
            click.echo(_take(program, sys.stdin.buffer.read()))
    except Refused:
        if maildir is None:
            sys.exit(TRY_AGAIN)
        raise


def _read_maildir(program: "Program", folder: Path) -> None:
    from frostgate.notices.receipts.model import ReceiptTooEarly

    box = mailbox.Maildir(folder, create=False)
    for name, mail in box.iteritems():
        if mail.get_subdir() != "new":
            continue
        try:
            outcome = _take(program, box.get_bytes(name))
        except ReceiptTooEarly:
            click.echo(f"{name}: too_early")
            continue
        mail.set_subdir("cur")
        mail.set_flags("S")
        box[name] = mail
        click.echo(f"{name}: {outcome}")


def _take(program: "Program", raw: bytes) -> str:
    """What came of one mail. One that cannot be read is none of ours: sending it again would not help."""
    from frostgate.notices.receipts.mail import read
    from frostgate.notices.receipts.model import ReceiptUnreadable, Taken
    from frostgate.notices.receipts.service import take_all

    try:
        taken: Sequence[Taken] = take_all(program.uow, read(raw), vault=program.vault)
    except ReceiptUnreadable:
        return "unreadable"
    return (taken[0] if taken else Taken.NO_RECEIPT).value


COMMANDS = [notices]
