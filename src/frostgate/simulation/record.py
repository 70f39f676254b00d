"""The book of one stream of events: what happened, when a sender's clock says so, and when it reaches us."""

from random import Random
from typing import Any

from frostgate.events.model import Api, Data, Login, Message
from frostgate.simulation.chance import wait
from frostgate.simulation.clients import Client
from frostgate.simulation.model import MINUTE, SECOND, Happening

SSO = "/sso"
API = "/api"
# Senders whose clocks are not right, in milliseconds.
SKEW = {SSO: 400, API: 0, "/im-asia": -900, "/im-europe": 75_000, "/im-america": -40_000}
_REGION = {"As": "/im-asia", "Au": "/im-asia", "Eu": "/im-europe", "Am": "/im-america"}


def region(zone: str) -> str:
    """The message server of a zone."""
    return _REGION[zone[:2]]


class Book:
    """Collects the events of one stream; numbers go on from `first`."""

    def __init__(self, stream: str, first: int, rng: Random, *, attack: str | None = None) -> None:
        self._stream = stream
        self._number = first
        self._rng = rng
        self._attack = attack
        self.events: list[Happening] = []

    def add(self, at: int, source: str, data: Data) -> None:
        """Something happened; a few events reach us minutes late, and then out of order."""
        chance = self._rng.random()
        delay = 20 + int(900 * chance)
        if chance < 0.003:
            delay += int(wait(self._rng, 4 * MINUTE))
        self._number += 1
        self.events.append(
            Happening(at + delay, self._stream, self._number, at + SKEW[source], source, data, self._attack)
        )

    def login(
        self, at: int, account: str, ip: str, client: Client, *, ok: bool = True, factor: bool | None = None
    ) -> None:
        """A try to sign in."""
        outcome: Any = "success" if ok else "failure"
        data = Login(
            account=account, ip=ip, outcome=outcome, device=client.device, second_factor=factor, user_agent=client.agent
        )
        self.add(at, SSO, data)

    def message(
        self,
        at: int,
        source: str,
        account: str,
        to: str | tuple[str, int],
        text: str,
        *,
        ip: str | None = None,
        device: str | None = None,
        failed: int | None = None,
    ) -> None:
        """A message to a person, or to a group with so many members."""
        where: dict[str, Any]
        if isinstance(to, str):
            pair = f"{account}~{to}" if account < to else f"{to}~{account}"
            where = {"conversation": pair, "conversation_kind": "private", "recipients": (to,)}
        else:
            where = {"conversation": to[0], "conversation_kind": "group", "recipient_count": to[1]}
        self.add(at, source, Message(account=account, text=text, ip=ip, device=device, failed=failed, **where))

    def call(self, at: int, account: str, key: str, ip: str, method: str, recipients: int | None = None) -> None:
        """A call of the API."""
        self.add(at, API, Api(account=account, key=key, method=method, status=200, recipient_count=recipients, ip=ip))

    def failures(self, at: int, account: str, ip: str, count: int, client: Client) -> int:
        """Somebody types it wrongly that often; when they are done."""
        for _ in range(count):
            self.login(at, account, ip, client, ok=False)
            at += 4 * SECOND + int(wait(self._rng, 9 * SECOND))
        return at
