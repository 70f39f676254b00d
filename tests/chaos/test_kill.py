"""kill -9 in the middle of a thousand events: what was acknowledged is there, once, and nothing is half done."""

import itertools
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from frostgate.app import Program
from frostgate.base.journal import Broken, verify
from frostgate.cases.store import cases
from frostgate.config import Settings
from frostgate.directory import service, tokens
from frostgate.directory.auth import SYSTEM, SYSTEM_PRINCIPAL
from frostgate.directory.model import Purpose
from frostgate.enforcement.store import standings
from frostgate.events.store import events
from frostgate.notices.store import notices
from frostgate.rules.decision import read as read_decision
from frostgate.rules.model import Verdict
from frostgate.standing.store import holds
from servers import Mailbox, MailServer, free_port, wait_until

pytestmark = pytest.mark.slow

EVENTS, KILLS, CLIENTS = 1000, 2, 4
PLACES = ("101.6.6.6", "91.65.1.1", "202.96.209.5", "85.240.0.1")
BATCH = "application/cloudevents-batch+json"

Json = Any


class Process:
    """`frostgate serve` as an operator runs it, in a process that can be killed."""

    def __init__(self, database: str, mail_port: int, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "server.log"
        self.config = folder / "frostgate.toml"
        self.config.write_text(
            f"database = {json.dumps(database)}\nport = {self.port}\nsnapshot_every_seconds = 5\n"
            f"[mail]\nport = {mail_port}\n",
            encoding="utf-8",
        )
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, and return as soon as it says that it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "frostgate", "serve", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        wait_until(self._ready, within=60)

    def kill(self) -> None:
        """SIGKILL: no goodbye, no snapshot, no commit."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()[-2000:]

    def _ready(self) -> bool:
        assert self.process.poll() is None, f"the server ended: {self.log.read_text()[-2000:]}"
        try:
            return httpx.get(f"{self.address}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def story(chance: random.Random) -> list[Json]:
    """A thousand events of thirty accounts: ordinary life, and journeys that nobody makes."""
    now = datetime.now(UTC) - timedelta(hours=1)
    found = []
    for n in range(EVENTS):
        account = f"a{chance.randrange(30)}"
        at = (now + timedelta(seconds=3 * n)).isoformat()
        if chance.random() < 0.4:
            kind = "login"
            data: Json = {
                "account": account,
                "ip": chance.choice(PLACES) if chance.random() < 0.2 else PLACES[0],
                "outcome": "success",
                "device": f"{account}-{chance.randrange(3)}",
            }
        else:
            kind = "message"
            data = {"account": account, "conversation": f"c{n % 90}", "conversation_kind": "private", "text": "你好"}
        found.append(
            {
                "specversion": "1.0",
                "id": str(n),
                "source": "/im",
                "type": f"io.frostgate.{kind}",
                "time": at,
                "data": data,
            }
        )
    return found


def requests_of(told: list[Json], chance: random.Random) -> list[list[Json]]:
    """The story in singles and batches."""
    found, start = [], 0
    while start < len(told):
        size = 1 if chance.random() < 0.7 else chance.randint(2, 60)
        found.append(told[start : start + size])
        start += size
    return found


class Client:
    """Sends requests until each was acknowledged; what a killed server did not answer is sent again."""

    def __init__(self, server: Process, secret: str, work: list[list[Json]]) -> None:
        self.server = server
        self.headers = {"authorization": f"Bearer {secret}", "content-type": BATCH}
        self.acknowledged: dict[str, Json] = {}
        self._work = iter(work)
        self._again: list[list[Json]] = []
        self._changed = threading.Condition()
        self._up = threading.Event()
        self._up.set()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a client is still waiting"

    def wait_for(self, count: int) -> None:
        """Until so many events were acknowledged."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= count, 60)

    def server_is(self, *, up: bool) -> None:
        """Tell the threads whether it makes sense to send."""
        (self._up.set if up else self._up.clear)()

    def _next(self) -> list[Json] | None:
        with self._changed:
            return self._again.pop() if self._again else next(self._work, None)

    def _run(self) -> None:
        http = httpx.Client(base_url=self.server.address, timeout=30, trust_env=False)
        while (request := self._next()) is not None:
            while not self._send(http, request):
                assert self._up.wait(60)
        http.close()

    def _send(self, http: httpx.Client, request: list[Json]) -> bool:
        try:
            answer = http.post("/v1/events", json=request, headers=self.headers)
        except httpx.TransportError:
            return False
        assert answer.status_code == 200, answer.text
        with self._changed:
            for told in answer.json():
                assert "verdict" in told, told
                self.acknowledged[told["id"]] = told
            self._changed.notify_all()
        return True


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer(Mailbox())
    server.start()
    yield server
    server.stop()


def a_tenant_and_its_token(url: str) -> str:
    program = Program(Settings(database=url))
    program.prepare()
    with program.uow.begin() as tx:
        service.create_tenant(
            tx, tenant_id="acme", name="Acme", contact_email="security@acme.example.com", actor=SYSTEM
        )
        secret, _ = tokens.issue_token(tx, name="im", purpose=Purpose.INGEST, tenant_id="acme", by=SYSTEM_PRINCIPAL)
    program.database.close()
    return secret


@pytest.mark.parametrize("seed", [20261122])
def test_killed_in_the_middle_of_a_thousand_events(
    database_url: str, mail_server: MailServer, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    secret = a_tenant_and_its_token(database_url)
    told = story(chance)
    server = Process(database_url, mail_server.port, tmp_path)
    client = Client(server, secret, requests_of(told, chance))
    points = sorted(chance.sample(range(100, EVENTS - 100), KILLS))

    client.start()
    for point in points:
        client.wait_for(point)
        server.kill()
        client.server_is(up=False)
        server.start()
        client.server_is(up=True)
    client.join()
    server.kill()

    assert len(client.acknowledged) == EVENTS
    check_the_store(database_url, client.acknowledged)

    server.start()
    again = tell_again(server, client, told)
    server.stop()
    for name, first in client.acknowledged.items():
        assert again[name] == {**first, "repeated": True}
    check_the_store(database_url, client.acknowledged)


def tell_again(server: Process, client: Client, told: list[Json]) -> dict[str, Json]:
    """Everything once more, in other pieces than before."""
    found: dict[str, Json] = {}
    for start in range(0, len(told), 333):
        answer = httpx.post(
            f"{server.address}/v1/events",
            json=told[start : start + 333],
            headers=client.headers,
            timeout=30,
            trust_env=False,
        )
        found.update((each["id"], each) for each in answer.json())
    return found


def check_the_store(url: str, acknowledged: dict[str, Json]) -> None:
    """Read with a program of our own, as a restart would: everything is whole."""
    program = Program(Settings(database=url))
    program.prepare()
    with program.uow.look() as connection:
        rows = {row.event_id: row for row in connection.execute(sa.select(events))}
        found = connection.execute(sa.select(holds)).all()
        files = {row.id: row for row in connection.execute(sa.select(cases))}
        owed = connection.execute(sa.select(notices.c.hold_id, notices.c.audience)).all()
        lines = connection.execute(sa.select(standings)).all()
        count = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
        assert not isinstance(verify(connection), Broken)
    assert count == len(rows) == EVENTS
    for name, answer in acknowledged.items():
        assert (answer["decision"], answer["verdict"]) == (rows[name].decision_id, Verdict(rows[name].verdict).word)

    placed = {row.id for row in found}
    assert placed, "nothing was frozen: the story proves little"
    claimed = set(itertools.chain.from_iterable(read_decision(row.decision).holds for row in rows.values()))
    assert claimed == placed
    assert {row.decision_id for row in found} <= {row.decision_id for row in rows.values()}
    for hold in found:
        assert files[hold.case_id].hold_id == hold.id
    assert sorted(owed) == sorted((hold.id, audience) for hold in found for audience in ("holder", "tenant"))
    assert {line.account_id for line in lines} == {hold.account_id for hold in found}
    for hold in found:
        assert program.register.permit("acme", hold.account_id, "login")[1] is not None
    program.database.close()
