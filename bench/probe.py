"""The probe: accounts sign in impossibly, and the gate is asked until it refuses them. A process of its own.

`python -m bench.probe PORT INGEST GATE` probes until a line comes, then prints what it measured in milliseconds.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.http import Line, request

HOME, ABROAD = "101.6.6.6", "91.65.1.1"  # Beijing; Frankfurt
EVERY = 0.1
PAUSE = 0.001  # between two questions: asking without a pause would be a second load, of 10,000 questions a second
STRUCTURED = "application/cloudevents+json"


class Probe:
    """Measures one account after another."""

    def __init__(self, events: Line, gate: Line, *, ingest: str, ask: str) -> None:
        self._events = events
        self._gate = gate
        self._ingest = ingest
        self._ask = ask
        self.found: list[tuple[float, float, float]] = []

    async def one(self, number: int) -> None:
        """From just before the second sign-in is sent: when it was answered, and when the gate first refused."""
        account = f"probe-{number}"
        now = datetime.now(UTC)
        await self._events.post(self._sign_in(account, HOME, "laptop", now - timedelta(hours=1)))
        journey = self._sign_in(account, ABROAD, "stranger", now)
        start = time.perf_counter()
        accepting = asyncio.create_task(self._accepted(journey))
        refused = await self._refused(account)
        accepted = await accepting
        self.found.append(((accepted - start) * 1e3, (refused - start) * 1e3, max(0.0, refused - accepted) * 1e3))

    async def _accepted(self, journey: bytes) -> float:
        status, body = await self._events.post(journey)
        assert status == 200, body
        assert json.loads(body)["verdict"] == "freeze", body
        return time.perf_counter()

    async def _refused(self, account: str) -> float:
        ask = json.dumps(
            {
                "subject": {"type": "account", "id": account},
                "action": {"name": "use"},
                "resource": {"type": "service", "id": "messaging"},
            }
        ).encode()
        question = request("/access/v1/evaluation", ask, token=self._ask, content_type="application/json")
        while True:
            _, body = await self._gate.post(question)
            if not json.loads(body)["decision"]:
                return time.perf_counter()
            await asyncio.sleep(PAUSE)

    def _sign_in(self, account: str, ip: str, device: str, at: datetime) -> bytes:
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{account}-{ip}",
            "source": "/sso",
            "type": "io.frostgate.login",
            "time": at.isoformat(),
            "data": {"account": account, "ip": ip, "outcome": "success", "device": device},
        }
        return request("/v1/events", json.dumps(event).encode(), token=self._ingest, content_type=STRUCTURED)


async def main() -> None:
    """Probe until told to stop."""
    port, ingest, gate = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    probe = Probe(await Line.open(port), await Line.open(port), ingest=ingest, ask=gate)
    stopped = asyncio.ensure_future(asyncio.to_thread(sys.stdin.readline))
    await probe.one(0)  # the first meets whatever is cold
    probe.found.clear()
    print("{}", flush=True)
    number = 0
    while not stopped.done():
        number += 1
        await probe.one(number)
        await asyncio.sleep(EVERY)
    print(json.dumps(probe.found), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
