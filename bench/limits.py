"""Quotas: takes in process beside a bucket that is as simple as can be, and over HTTP beside an empty handler."""

import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from timeit import repeat

from bench import gate, servers
from bench.result import Figure
from frostgate.app import Program
from frostgate.base.clock import SystemClock
from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx
from frostgate.config import Settings
from frostgate.directory.service import create_tenant
from frostgate.limits import service
from frostgate.limits.model import MOST, MethodQuota, Quota
from frostgate.limits.service import PlanDraft

TAKES = 200_000
KEYS = 1000


def run(*, quick: bool) -> list[Figure]:
    """Both figures."""
    return [_in_process(quick=quick), *_over_http(quick=quick)]


class Bare:
    """What most people write: floats, no lock, one quota, nothing to tell the caller."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._clock = SystemClock()

    def take(self, tenant: str, key: str) -> bool:
        """Whether one more is allowed."""
        now = self._clock.now().timestamp()
        level, at = self._buckets.get((tenant, key), (1e9, now))
        level = min(level + (now - at) * 1e6, 1e9)
        self._buckets[tenant, key] = (level - 1, now)
        return level >= 1


def _in_process(*, quick: bool) -> Figure:
    """`Meter.take` from a key's own quota and its tenant's total, for a thousand keys in turn."""
    times = TAKES // 10 if quick else TAKES
    names = [f"key-{number}" for number in range(KEYS)]
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Settings(database=f"sqlite:///{folder}/limits.db"))
        program.prepare()
        with program.uow.begin() as tx:
            create_tenant(tx, tenant_id=servers.TENANT, name="Acme", contact_email="it@acme.example", actor=SYSTEM)
            limit(tx)
        meter, bare = program.meter, Bare()
        ours = _a_second("take('acme', next_key(), 'messages.send')", meter.take, names, times)
        theirs = _a_second("take('acme', next_key())", bare.take, names, times)
        refused = meter.refused
        program.database.close()
    assert refused == 0, "the quota was meant to be large enough"
    return Figure(
        name="limits",
        value=ours,
        unit="takes/s",
        yardstick=theirs,
        yardstick_is="a dict of floats without a lock",
        ratio=ours / theirs,
        note=f"two quotas at once, exact, under a lock; {KEYS:,} keys in turn, one thread",
    )


def limit(tx: Tx) -> None:
    """Limit the tenant's keys and their total, beyond what can be taken here."""
    huge = Quota(events=MOST, per_seconds=1, burst=MOST)
    each = MethodQuota(method="*", events=MOST, per_seconds=1, burst=MOST)
    service.put_plan(tx, "bench", PlanDraft(name="Bench", quotas=(each,), total=huge), actor=SYSTEM)
    service.assign_plan(tx, "bench", tenant_id=servers.TENANT, total=None, actor=SYSTEM)


def _a_second(statement: str, take: object, names: list[str], times: int) -> float:
    setup = "from itertools import cycle\nnext_key = cycle(names).__next__"
    found = repeat(statement, setup=setup, globals={"take": take, "names": names}, number=times, repeat=5)
    return times / min(found)


def _over_http(*, quick: bool) -> list[Figure]:
    """Requests a second, in short runs that alternate between the two servers."""
    if shutil.which("wrk") is None:
        return [Figure(name="limits endpoint", value=0, unit="requests/s", note=gate.INSTALL)]
    runs, seconds = (3, 1) if quick else (5, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with servers.frostgate(folder / "frostgate.db") as server, servers.empty() as nobody:
            script = folder / "take.lua"
            script.write_text(_script(server.gate), encoding="utf-8")
            ours, theirs = [], []
            for _ in range(runs):
                theirs.append(gate.requests(nobody.port, script, seconds, path="/v1/limits/take"))
                ours.append(gate.requests(server.port, script, seconds, path="/v1/limits/take"))
    share = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return [
        Figure(
            name="limits endpoint",
            value=median(ours),
            unit="requests/s",
            yardstick=median(theirs),
            yardstick_is="an empty handler of the same server",
            ratio=share,
            note=f"{runs} runs of {seconds} s each in turn, 32 connections; the ratio is the median of the pairs",
        )
    ]


def _script(token: str) -> str:
    """What wrk is to send: one take."""
    ask = {"key": "crm", "method": "messages.send"}
    return (
        'wrk.method = "POST"\n'
        f"wrk.body = {json.dumps(json.dumps(ask))}\n"
        'wrk.headers["content-type"] = "application/json"\n'
        f'wrk.headers["authorization"] = "Bearer {token}"\n'
    )
