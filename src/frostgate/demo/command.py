"""One run of the demo, from the first check to Ctrl-C."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from frostgate.base import logs
from frostgate.base.clock import SystemClock, stopwatch, wait
from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.texts import say
from frostgate.config import load
from frostgate.demo import after, story
from frostgate.demo.client import HOST, Unexpected
from frostgate.demo.house import House
from frostgate.demo.mailbox import Mailbox, SmtpServer
from frostgate.demo.page import MailboxPage
from frostgate.demo.people import ACME, CALM, DWELLERS, HARBOR, HIDDEN, TENANTS, cast
from frostgate.demo.server import ServerProcess, check_port
from frostgate.demo.telling import Stopped, Telling
from frostgate.demo.voice import Voice
from frostgate.demo.week import incidents, weeks
from frostgate.demo.words import CannotTell
from frostgate.directory.permissions import Role

CANNOT = 3  # the exit code of every command that could not be carried out
LOOK_EVERY = 0.5


def run(*, data: Path, port: int, language: Language, pause: float, once: bool, fresh: bool) -> int:
    """Start a server with a populated tenant, tell the story, and stay up until Ctrl-C.

    `data` is the folder that keeps everything, `pause` the seconds between two steps; the mailbox is read at the port
    after `port`. `once` ends after the story, `fresh` forgets what an earlier demo left. The result is an exit code.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a sign shows "?" rather than end the story
    logs.configure("warning")
    voice = Voice(language)
    stop = threading.Event()
    told = True
    with _signals(stop):
        try:
            with ExitStack() as stack:
                told = _run(
                    stack, House(data, port=port, language=language), voice, stop, pause=pause, once=once, fresh=fresh
                )
        except Stopped:
            pass
        except CannotTell as problem:
            # What breaks because somebody stopped us is no problem to report.
            if not stop.is_set():
                voice.problem(problem)
                return CANNOT
        voice.line("stopped", folder=data)
    return 0 if told or not once else 1


def _run(
    stack: ExitStack, house: House, voice: Voice, stop: threading.Event, *, pause: float, once: bool, fresh: bool
) -> bool:
    """Bring everything up, each thing with its end in the stack; tell; wait. Whether the story came to its end."""
    voice.banner(voice.words.say("banner"))
    mailbox = Mailbox(house.mail)
    smtp, page = SmtpServer(mailbox), MailboxPage(mailbox, port=house.port + 1, language=voice.language)
    server = ServerProcess(house.config, log=house.log, port=house.port)
    check_port(house.port)
    check_port(house.port + 1)
    stack.callback(house.leave)
    house.enter(fresh=fresh)
    voice.line("next_start" if house.state.filled else "first_start", folder=house.folder)
    for part in (smtp, page):
        stack.callback(part.stop)
        part.start()
    mailbox_url = f"http://{HOST}:{house.port + 1}"
    with _told_plainly():
        _open(stack, house, server, voice, stop, smtp_port=smtp.port)
        house.sign_everybody_in()
        voice.line("signed_in", count=len(house.sessions), mailbox=mailbox_url)
        if not house.state.filled:
            _fill(house, voice)
        telling = Telling(
            voice=voice,
            house=house,
            mailbox=mailbox,
            mailbox_url=mailbox_url,
            cast=cast(house.state.told, voice.language),
            number=house.state.told,
            clock=SystemClock(),
            stop=stop,
            pause=pause,
        )
        told = _tell(telling)
        voice.heading("next_time" if once else "running")
        _offer(telling)
    if not once:
        voice.space()
        voice.line("until", style="bold")
        while not wait(stop, LOOK_EVERY):
            server.check()
    voice.space()
    voice.line("stopping")
    return told


def _open(
    stack: ExitStack, house: House, server: ServerProcess, voice: Voice, stop: threading.Event, *, smtp_port: int
) -> None:
    """The server, with its first operator where there is none yet."""
    since = stopwatch()
    house.configure(smtp_port=smtp_port)
    first = not house.state.filled
    if first:
        house.make_superintendent(load(house.config, {}))
    stack.callback(server.stop)
    server.start()
    server.wait_until_ready(stop)
    if stop.is_set():
        raise Stopped
    voice.line("server_up", url=f"http://{HOST}:{house.port}", seconds=f"{stopwatch() - since:.1f}")
    if first:
        house.furnish()


def _fill(house: House, voice: Voice) -> None:
    """A week of life in two tenants, and what the staff did about it; through the public API like everything."""
    since, now = stopwatch(), SystemClock().now()
    boss = house.sessions[Role.SUPERINTENDENT]
    for tenant, people in ((ACME, DWELLERS), (HARBOR, CALM)):
        boss.post(f"/v1/tenants/{tenant}/accounts", {"accounts": [each.draft() for each in people]})
    answers = house.sessions[Role.INGEST].events(weeks(DWELLERS, now))
    answers += boss.events(weeks(CALM, now, tenant=HARBOR))
    answers += house.sessions[Role.INGEST].events(incidents(now))
    refused = next((each for each in answers if "verdict" not in each), None)
    if refused is not None:
        raise CannotTell("api_refused", problem=refused)
    _settle_one_case(house, voice)
    seconds = stopwatch() - since
    house.state.filled = True
    house.save()
    counts: dict[str, Any] = {
        "tenants": len(TENANTS),
        "accounts": len(DWELLERS) + len(CALM),
        "events": f"{len(answers):,}",
        "seconds": f"{seconds:.1f}",
        "rate": f"{len(answers) / seconds:,.0f}",
    }
    voice.line("filled", **counts)
    voice.line("week_verdicts", verdicts=voice.words.counts(Counter(each["verdict"] for each in answers)))


def _settle_one_case(house: House, voice: Voice) -> None:
    """Whoever came through Tor has proven who they are; what people reported still waits in the queue."""
    reviews = house.sessions[Role.REVIEWER]
    for case in reviews.get("/v1/cases", tenant=ACME, account=HIDDEN.id, state="open")["items"]:
        decision = {"reason": voice.words.say("tor_text"), "finding": "condition_met", "version": case["version"]}
        reviews.post(f"/v1/cases/{case['id']}/release", decision)


def _tell(telling: Telling) -> bool:
    """The story, a step at a time. It counts as told from its beginning: the next one has other people."""
    telling.house.state.told += 1
    telling.house.save()
    story.before(telling)
    after.leave_something_to_try(telling)
    try:
        for step in (*story.STEPS, *after.STEPS):
            telling.breathe()
            step(telling)
    except LookupError as missing:
        telling.voice.line("another_way", what=missing, style="yellow")
        return False
    telling.breathe()
    return True


_ADDRESSES = {
    "a_api": "/v1",
    "a_schema": "/schema",
    "a_help": "/help",
    "a_self_check": "/self-check",
    "a_verify": "/verify",
    "a_fraud": "/fraud",
    "a_ready": "/readyz",
}


def _offer(telling: Telling) -> None:
    """What there is to try: addresses, tokens, commands."""
    voice, url = telling.voice, f"http://{HOST}:{telling.house.port}"
    voice.heading("addresses")
    shown = {voice.words.say(key): url + path for key, path in _ADDRESSES.items()}
    voice.pairs(shown | {voice.words.say("a_mailbox"): telling.mailbox_url})
    voice.heading("tokens")
    voice.pairs({voice.words.role(role.value): client.token or "" for role, client in telling.house.sessions.items()})
    voice.line("passwords_in", path=telling.house.folder / "demo.json", style="dim")
    voice.heading("curls")
    for sentence, command in after.commands(telling).items():
        voice.exactly(sentence)
        voice.exactly(command)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What goes wrong between us and the server is said in a sentence, not as a traceback.

    Raises:
        CannotTell: something did.
    """
    try:
        yield
    except Refused as refused:
        problem = f"{say(refused.code, Language.EN, **refused.params)} [{refused.code}]"
        raise CannotTell("api_refused", problem=problem) from refused
    except (OSError, Unexpected) as error:
        raise CannotTell("api_refused", problem=error) from error


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C, a closed terminal and SIGTERM all mean: finish the line and stop."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
