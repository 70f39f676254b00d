"""`frostgate replay`: lines of a real log a second, beside a loop that only reads and splits them."""

import io
from pathlib import Path

from bench.result import Figure
from frostgate.base.clock import stopwatch
from frostgate.events import importers
from frostgate.events.importers.lines import Lines
from frostgate.policy_files import shipped_policy
from frostgate.replay.findings import Findings
from frostgate.replay.model import TENANT, Tally
from frostgate.replay.run import Replay
from frostgate.rules import parse
from frostgate.rules.judge import Judge
from frostgate.signals.catalogue import catalogue
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks

LOG = Path(__file__).resolve().parents[2] / "shared/data/logins/sshd_suspicious_login.log"
LINES = 60_000
TARGET = "at least 30,000"


def run(*, quick: bool) -> list[Figure]:
    """What `frostgate replay` does between opening the log and showing its table; the best of a few runs."""
    if not LOG.exists():
        return [Figure(name="replay", value=0, unit="lines/s", target=TARGET, note=f"there is no {LOG.name}")]
    lines = LOG.read_bytes().splitlines(keepends=True)
    log = b"".join((lines * (LINES // len(lines) + 1))[:LINES])
    judge = Judge(parse.load(shipped_policy(), catalogue))

    def replay_of() -> Replay:
        return Replay(judge, places=Places(), networks=Networks(), observe=False)

    runs = [(_replayed(replay_of(), log), _split(log)) for _ in range(1 if quick else 3)]
    value, yardstick = max(ours for ours, _ in runs), max(theirs for _, theirs in runs)
    return [
        Figure(
            name="replay",
            value=value,
            unit="lines/s",
            yardstick=yardstick,
            yardstick_is="a loop that reads and splits the lines",
            ratio=value / yardstick,
            target=TARGET,
            met=value >= 30_000,
            note=f"{LINES:,} lines of OpenSSH; addresses are located anew in each run",
        )
    ]


def _replayed(replay: Replay, log: bytes) -> float:
    tally, findings = Tally(), Findings(replay.judge)
    lines = Lines(io.BytesIO(log))
    start = stopwatch()
    for event in importers.events(lines, "sshd", tenant_id=TENANT, year=2026):
        outcome = replay.take(event)
        tally.count(outcome)
        findings.note(outcome)
    return lines.count / (stopwatch() - start)


def _split(log: bytes) -> float:
    count, start = 0, stopwatch()
    for line in io.BytesIO(log):
        line.decode("utf-8", "backslashreplace").split()
        count += 1
    return count / (stopwatch() - start)
