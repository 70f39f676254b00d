"""Batches over HTTP, decided and durable; and how soon the gate bites while they run."""

import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench import servers
from bench.result import Figure
from frostgate.base.clock import stopwatch
from frostgate.base.database import LONG_LOG
from frostgate.events.intake import SLICE

SIZE = 500
LINES = 4
RATE = 15_000  # events a second, the target, and the load under which freezes are measured
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={4 * LONG_LOG}", "cache_size=-65536")


def run(*, quick: bool) -> list[Figure]:
    """A server on a file under all the load that it takes, then under a steady load with freezes among it.

    The yardsticks: the same rows into a bare SQLite, and the same bodies to a handler that only reads them.
    """
    count = 100 if quick else 400
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "frostgate.db"
        with servers.frostgate(database) as server:
            told = _end(_load(server.port, server.ingest, "/most", count, rate=0))
            steady = _load(server.port, server.ingest, "/steady", count, rate=RATE)
            probe = _begin("probe", server.port, server.ingest, server.gate)
            held = _end(steady)
            waits = _end(probe)
        rows = _saved(database)
        assert len(rows) == 2 * count * SIZE, "BUG: an event was lost, or saved twice"
        bare = _bare_inserts(Path(folder) / "bare.db", rows[: count * SIZE])
    with servers.empty() as nobody:
        unread = _end(_load(nobody.port, "none", "/nobody", count, rate=0))
    rate = told["answered"] / told["seconds"]
    only_read = 0.8 * count * SIZE / unread["seconds"]  # its answers are counted by nobody
    return [
        Figure(
            name="batches",
            value=rate,
            unit="events/s",
            yardstick=bare,
            yardstick_is="the same rows by bare inserts, same indexes and pragmas",
            ratio=rate / bare,
            target="at least 15,000",
            met=rate >= RATE,
            note=f"batches of {SIZE} over {LINES} connections; {told['allowed'] / told['answered']:.1%} allowed; "
            f"the load's own CPU {told['own_cpu'] / told['seconds']:.0%} of a core; "
            f"a handler that only reads the bodies takes {only_read:,.0f} events/s",
        ),
        _freezes(waits, held["answered"] / held["seconds"]),
    ]


def _freezes(waits: list[tuple[float, float, float]], rate: float) -> Figure:
    accepted, refused, after = ([wait[part] for wait in waits] for part in range(3))
    value, yardstick = quantiles(refused, n=100)[98], quantiles(accepted, n=100)[98]
    return Figure(
        name="freeze-to-gate",
        value=value,
        unit="ms p99",
        yardstick=yardstick,
        yardstick_is="the answer to the event itself",
        ratio=value / yardstick,
        target="p99 under 20",
        met=value < 20,
        note=f"{len(waits)} freezes beside {rate:,.0f} events/s, from just before the event is sent: "
        f"p50 {quantiles(refused, n=100)[49]:.1f} ms, slowest {max(refused):.1f} ms; "
        f"from its answer p99 {quantiles(after, n=100)[98]:.2f} ms",
    )


def _load(port: int, token: str, source: str, count: int, *, rate: int) -> subprocess.Popen[str]:
    return _begin("load", port, token, source, count, SIZE, LINES, rate)


def _begin(module: str, *args: Any) -> subprocess.Popen[str]:
    """Start a client; it has begun to send when this returns."""
    command = [sys.executable, "-m", f"bench.{module}", *map(str, args)]
    client = subprocess.Popen(command, cwd=servers.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _line(client)
    return client


def _end(client: subprocess.Popen[str]) -> Any:
    """Wait for a client that ends by itself, or have the probe end; what it told."""
    if "bench.probe" in client.args:  # type: ignore[operator]
        _say(client)
    told = _line(client)
    client.wait(timeout=30)
    return told


def _say(client: subprocess.Popen[str]) -> None:
    assert client.stdin is not None, "BUG: a pipe was asked for"
    client.stdin.write("\n")
    client.stdin.flush()


def _line(client: subprocess.Popen[str]) -> Any:
    assert client.stdout is not None, "BUG: a pipe was asked for"
    line = client.stdout.readline()
    if not line:
        raise SystemExit(f"failed: {client.args!r}")
    return json.loads(line)


def _saved(database: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT * FROM events WHERE source <> '/sso' ORDER BY seq").fetchall()


def _bare_inserts(path: Path, rows: list[tuple[Any, ...]]) -> float:
    """Rows a second into one table with the same indexes, in transactions as large as ours."""
    columns = len(rows[0])
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    names = [f"c{place}" for place in range(columns)]
    connection.execute(
        f"CREATE TABLE events ({names[0]} INTEGER PRIMARY KEY AUTOINCREMENT, {', '.join(names[1:])},"
        " UNIQUE (c1, c2, c3), UNIQUE (c9))"
    )
    connection.execute("CREATE INDEX ix_account ON events (c1, c7, c5)")
    group = f"({','.join('?' * columns)})"
    start = stopwatch()
    for first in range(0, len(rows), SLICE):
        piece = rows[first : first + SLICE]
        flat = [value for row in piece for value in row]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO events VALUES " + ",".join([group] * len(piece)), flat)
        connection.execute("COMMIT")
    seconds = stopwatch() - start
    connection.close()
    return len(rows) / seconds
