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

SIZE = 500
LINES = 4
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=65536", "cache_size=-65536")


def run(*, quick: bool) -> list[Figure]:
    """A server on a file, a load, a probe; then the same rows into a bare SQLite, and the same bodies to nobody."""
    count = 100 if quick else 400
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "frostgate.db"
        with servers.frostgate(database) as server:
            load = _begin("load", server.port, server.ingest, count, SIZE, LINES)
            probe = _begin("probe", server.port, server.ingest, server.gate)
            told = _end(load)
            waits = _end(probe)
        rows = _saved(database)
        assert len(rows) == count * SIZE, "BUG: an event was lost, or saved twice"
        bare = _bare_inserts(Path(folder) / "bare.db", rows)
    with servers.empty() as nobody:
        unread = _end(_begin("load", nobody.port, "none", count, SIZE, LINES))
    rate = told["answered"] / told["seconds"]
    only_read = 0.8 * count * SIZE / unread["seconds"]
    note = (
        f"{told['allowed'] / told['answered']:.1%} allowed; the load's own CPU {told['own_cpu'] / told['seconds']:.0%}"
    )
    return [
        Figure(
            name="batches",
            value=rate,
            unit="events/s",
            yardstick=bare,
            yardstick_is="the same rows by bare multi-row inserts, same pragmas",
            ratio=rate / bare,
            target="at least 15,000",
            met=rate >= 15_000,
            note=f"{note}; a handler that only reads the bodies takes {only_read:,.0f} events/s",
        ),
        *_freezes(waits),
    ]


def _freezes(waits: list[tuple[float, float, float]]) -> list[Figure]:
    accepted, refused, after = ([wait[part] for wait in waits] for part in range(3))
    cuts = quantiles(refused, n=100)
    note = f"{len(waits)} freezes under the load above; p50 {cuts[49]:.1f} ms, slowest {max(refused):.1f} ms"
    return [
        Figure(
            name="freeze-to-gate",
            value=cuts[98],
            unit="ms p99",
            yardstick=quantiles(accepted, n=100)[98],
            yardstick_is="the event's own answer",
            ratio=cuts[98] / quantiles(accepted, n=100)[98],
            target="p99 under 20",
            met=cuts[98] < 20,
            note=f"{note}; after the answer p99 {quantiles(after, n=100)[98]:.2f} ms",
        )
    ]


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
        raise SystemExit(f"failed: {client.args}")
    return json.loads(line)


def _saved(database: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT * FROM events WHERE source = '/im' ORDER BY seq").fetchall()


def _bare_inserts(path: Path, rows: list[tuple[Any, ...]]) -> float:
    """Rows a second into one table with the same indexes, a transaction for each hundred."""
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
    connection.execute("CREATE INDEX ix_received ON events (c6)")
    group = f"({','.join('?' * columns)})"
    start = stopwatch()
    for first in range(0, len(rows), 128):
        piece = rows[first : first + 128]
        flat = [value for row in piece for value in row]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO events VALUES " + ",".join([group] * len(piece)), flat)
        connection.execute("COMMIT")
    seconds = stopwatch() - start
    connection.close()
    return len(rows) / seconds
