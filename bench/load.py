"""The load: batches of messages over a few connections, prepared beforehand. Runs as a process of its own.

`python -m bench.load PORT TOKEN BATCHES SIZE LINES` sends a fifth of its batches to warm up, prints a line, sends the
rest, and prints what came of that.
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
WORDS = "明天 上午 十点 开会 记得 带 合同 附件 已经 发 你 邮箱 收到 请 回复 谢谢 周五 一起 吃饭 项目 进度".split()


def batches(count: int, size: int) -> list[bytes]:
    """Bodies of batches whose ids are all different."""
    rng = random.Random(7)
    now = datetime.now(UTC).isoformat()
    return [
        json.dumps([message(rng, f"m{batch}-{place}", now) for place in range(size)], ensure_ascii=False).encode()
        for batch in range(count)
    ]


def message(rng: random.Random, name: str, at: str) -> dict[str, Any]:
    """One CloudEvent as a messenger's server would send it."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": "/im",
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


async def _send(line: Line, requests: list[bytes]) -> tuple[int, int]:
    """Send what is left, one after another; how many events were answered, and how many of them with allow."""
    answered = allowed = 0
    while requests:
        status, body = await line.post(requests.pop())
        assert status == 200, body[:300]
        answered += body.count(b'"verdict":')
        allowed += body.count(b'"verdict":"allow"')
    return answered, allowed


async def _run(port: int, warm_up: list[bytes], requests: list[bytes], lines: int) -> dict[str, float]:
    connections = [await Line.open(port) for _ in range(lines)]
    await asyncio.gather(*(_send(line, warm_up) for line in connections))
    print("{}", flush=True)
    start, cpu = time.perf_counter(), time.process_time()
    counts = await asyncio.gather(*(_send(line, requests) for line in connections))
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
    port, token, count, size, lines = sys.argv[1:]
    bodies = batches(int(count), int(size))
    requests = [request("/v1/events", body, token=token, content_type=BATCH) for body in bodies]
    warm = len(requests) // 5
    print(json.dumps(asyncio.run(_run(int(port), requests[:warm], requests[warm:], int(lines)))), flush=True)


if __name__ == "__main__":
    main()
