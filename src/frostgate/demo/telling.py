"""What the steps of one telling share: who it is about, the API in everybody's name, and the clock."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from frostgate.base.clock import Clock, wait
from frostgate.base.texts import word
from frostgate.demo.client import Client
from frostgate.demo.house import House
from frostgate.demo.mailbox import Mailbox
from frostgate.demo.people import ACME, Cast
from frostgate.demo.voice import Voice
from frostgate.directory.permissions import Role
from frostgate.standing.model import Service

GATE = "/access/v1/evaluations"


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def first(found: Iterable[Any], *, what: str) -> Any:
    """The first of what the story rests on.

    Raises:
        LookupError: there is none. Then things went another way, for example because another policy is in force.
    """
    for each in found:
        return each
    raise LookupError(what)


class Telling(msgspec.Struct, kw_only=True):
    """One telling of the story."""

    voice: Voice
    house: House
    mailbox: Mailbox
    mailbox_url: str
    cast: Cast
    number: int  # of the telling: part of the ids of its events
    clock: Clock
    stop: threading.Event
    pause: float
    journey: dict[str, Any] = {}  # the event that froze the traveller, and its answer
    answer: dict[str, Any] = {}
    told_at: float = 0.0  # when that event was sent, in seconds since 1970

    def say(self, key: str, **params: Any) -> str:
        """A sentence of the story."""
        return self.voice.words.say(key, **params)

    def breathe(self) -> None:
        """Leave a moment to read.

        Raises:
            Stopped: somebody does not want to read on.
        """
        if wait(self.stop, self.pause):
            raise Stopped

    def client(self, role: Role) -> Client:
        """The API in the name of somebody of this role."""
        return self.house.sessions[role]

    def ident(self, name: str) -> str:
        """An event's id, of this telling only."""
        return f"story-{self.number}-{name}"

    def ask_gate(self, account: str) -> Mapping[str, Mapping[str, Any]]:
        """What the gate answers for sign-in and each of the five services, in one request."""
        question = {
            "subject": {"type": "account", "id": account},
            "action": {"name": "use"},
            "evaluations": [{"resource": {"type": "service", "id": service.value}} for service in Service],
        }
        replies = self.client(Role.GATE).post(GATE, question)["evaluations"]
        return {service.value: reply for service, reply in zip(Service, replies, strict=True)}

    def open_case(self, account: str, hold: str) -> Mapping[str, Any]:
        """The case of a hold, as the reviewer's queue shows it."""
        queue = self.client(Role.REVIEWER).get("/v1/cases", tenant=ACME, account=account, state="open")
        found: Mapping[str, Any] = first((case for case in queue["items"] if case["hold"] == hold), what="case")
        return found

    def standing(self, account: str) -> Sequence[Mapping[str, Any]]:
        """The holds that are open against an account."""
        found: Sequence[Mapping[str, Any]] = self.client(Role.REVIEWER).get(
            f"/v1/tenants/{ACME}/accounts/{account}/standing"
        )["holds"]
        return found

    def word(self, term: str) -> str:
        """One of the program's own terms."""
        return word(term, self.voice.language)

    def local(self, at: datetime) -> str:
        """A time on the reader's clock."""
        return at.astimezone().strftime("%H:%M:%S")
