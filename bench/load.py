"""The load: batches of messages over a few connections, prepared beforehand. Runs as a process of its own.

`python -m bench.load PORT TOKEN SOURCE BATCHES SIZE LINES RATE` sends a fifth of its batches to warm up, prints a line,
sends the rest at RATE events a second (0: as fast as they are answered), and prints what came of that.
"""

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any

from bench.http import Line, request

ACCOUNTS = 100_000
ADDRESSES = 5_000
BATCH = "application/cloudevents-batch+json"
WORDS = (
    *("明天", "上午", "十点", "开会", "记得", "带", "合同", "附件", "已经", "发"),
    *("你", "邮箱", "收到", "请", "回复", "谢谢", "周五", "一起", "吃饭", "项目", "进度"),
)


def batches(source: str, count: int, size: int) -> list[bytes]:
    """Bodies of batches whose ids are all different within their source."""
    rng = random.Random(7)
    now = datetime.now(UTC).isoformat()
    return [
        json.dumps([message(rng, source, f"m{batch}-{n}", now) for n in range(size)], ensure_ascii=False).encode()
        for batch in range(count)
    ]


def message(rng: random.Random, source: str, name: str, at: str) -> dict[str, Any]:
    """One CloudEvent as a messenger's server would send it."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": source,
        "type": "io.frostgate.message",
        "time": at,
        "data": {
            "account": f"account-{rng.randrange(ACCOUNTS)}",
            "conversation": f"c{rng.randrange(1_000_000)}",
            "conversation_kind": "private",
            "recipient_count": 1,
            "text": "".join(rng.choices(WORDS, k=8)),
            "ip": f"36.{rng.randrange(100, 110)}.{rng.randrange(ADDRESSES // 20)}.{rng.randrange(2)}",
            "device": "phone",
        },
    }


class Pace:
    """Gives every batch its time, so that a whole load keeps to a rate however long single answers take."""

    def __init__(self, size: int, rate: int) -> None:
        self._apart = size / rate if rate else 0.0
        self._next = time.perf_counter()

    async def turn(self) -> None:
        """Wait until the next batch is due."""
        wait = self._next - time.perf_counter()
        self._next += self._apart
        if wait > 0:
            await asyncio.sleep(wait)


async def _send(line: Line, requests: list[bytes], pace: Pace) -> tuple[int, int]:
    """Send what is left, one after another; how many events were answered, and how many of them with allow."""
    answered = allowed = 0
    while requests:
        body_of = requests.pop()
        await pace.turn()
        status, body = await line.post(body_of)
        assert status == 200, body[:300]
        answered += body.count(b'"verdict":')
        allowed += body.count(b'"verdict":"allow"')
    return answered, allowed


async def _run(port: int, requests: list[bytes], *, size: int, lines: int, rate: int) -> dict[str, float]:
    connections = [await Line.open(port) for _ in range(lines)]
    warm_up, rest = requests[: len(requests) // 5], requests[len(requests) // 5 :]
    await asyncio.gather(*(_send(line, warm_up, Pace(size, rate)) for line in connections))
    print("{}", flush=True)
    start, cpu = time.perf_counter(), time.process_time()
    pace = Pace(size, rate)
    counts = await asyncio.gather(*(_send(line, rest, pace) for line in connections))
    seconds = time.perf_counter() - start
    for line in connections:
        line.close()
    return {
        "seconds": seconds,
        "own_cpu": time.process_time() - cpu,
        "answered": sum(answered for answered, _ in counts),
        "allowed": sum(allowed for _, allowed in counts),
    }


def main() -> None:
    """Prepare, warm up, send, tell."""
    port, token, source = sys.argv[1:4]
    count, size, lines, rate = map(int, sys.argv[4:])
    bodies = batches(source, count, size)
    requests = [request("/v1/events", body, token=token, content_type=BATCH) for body in bodies]
    print(json.dumps(asyncio.run(_run(int(port), requests, size=size, lines=lines, rate=rate))), flush=True)


if __name__ == "__main__":
    main()
