"""The gate: the register's check in process, and the AuthZEN endpoint beside a handler that does nothing."""

import json
import re
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from timeit import repeat

from bench import servers
from bench.result import Figure
from frostgate.enforcement.gate import Gate
from frostgate.enforcement.register import Register
from frostgate.enforcement.store import Bite, Entry
from frostgate.standing.model import Kind

HELD = 10_000  # accounts that something is open against, among everybody else
CHECKS = 200_000
INSTALL = "wrk is missing: apt-get install wrk"


def check(*, quick: bool) -> list[Figure]:
    """`Register.permit` for a free account in a register with ten thousand holds, and a bare look-up."""
    register = Register()
    register.apply(_entry(number) for number in range(1, HELD + 1))
    bare = {("acme", f"account-{number}"): "frozen" for number in range(1, HELD + 1)}
    times = CHECKS // 4 if quick else CHECKS
    free = _nanoseconds("permit('acme', 'li', 'messaging')", {"permit": register.permit}, times)
    held = _nanoseconds("permit('acme', 'account-7', 'messaging')", {"permit": register.permit}, times)
    look_up = _nanoseconds("get(('acme', account))", {"get": bare.get, "account": "li"}, times)
    value = max(free, held)
    return [
        Figure(
            name="check",
            value=value,
            unit="ns",
            yardstick=look_up,
            yardstick_is="one look-up in a dict",
            ratio=value / look_up,
            target="under 500 ns",
            met=value < 500,
            note=f"a free account {free:.0f} ns, a frozen one {held:.0f} ns; {HELD:,} accounts are frozen",
        )
    ]


def refusal(*, quick: bool) -> list[Figure]:
    """What the gate says of a wrong password, for a frozen account, a free one and one that nobody knows, in turn."""
    register = Register()
    register.apply(_entry(number) for number in range(1, HELD + 1))
    gate = Gate(register, knows=lambda tenant: tenant == "acme", where="https://frostgate.example/help")
    asked = {name: _sign_in(name) for name in ("account-7", "account-x", "stranger1")}  # of one length
    rounds, times = (40, 500) if quick else (200, 2_000)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(rounds):
        for name in [*asked][turn % 3 :] + [*asked][: turn % 3]:  # who goes first finds colder caches
            names = {"evaluate": gate.evaluate, "body": asked[name]}
            [seconds] = repeat("evaluate(body, tenant_id='acme')", globals=names, number=times, repeat=1)
            taken[name].append(seconds / times * 1e9)
    frozen, free, unknown = (median(each) for each in taken.values())
    ratio = max(frozen, free, unknown) / min(frozen, free, unknown)
    return [
        Figure(
            name="refusal",
            value=frozen,
            unit="ns",
            yardstick=free,
            yardstick_is="the same for a free account",
            ratio=ratio,
            target="within 5 % of each other",
            met=ratio <= 1.05,
            note=f"a wrong password: frozen {frozen:.0f} ns, free {free:.0f} ns, unknown {unknown:.0f} ns; "
            f"the ratio is the largest of the medians of {rounds} rounds in turn to the smallest",
        )
    ]


def _sign_in(account: str) -> bytes:
    ask = {
        "subject": {"type": "account", "id": account},
        "action": {"name": "use"},
        "resource": {"type": "service", "id": "login"},
        "context": {"password": "wrong"},
    }
    return json.dumps(ask).encode()


def _entry(number: int) -> Entry:
    bite = Bite(
        id=f"h{number}",
        kind=Kind.FREEZE.value,
        cause="abnormal_login",
        services=("login", "messaging"),
        condition="identity_verified",
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        case_id=f"c{number}",
    )
    return Entry(tenant_id="acme", account_id=f"account-{number}", revision=number, bites=(bite,))


def _nanoseconds(statement: str, names: dict[str, object], times: int) -> float:
    return min(repeat(statement, globals=names, number=times, repeat=5)) / times * 1e9


def endpoint(*, quick: bool) -> list[Figure]:
    """Requests a second, in short runs that alternate between the two servers."""
    if shutil.which("wrk") is None:
        return [Figure(name="endpoint", value=0, unit="requests/s", target="at least 60 % of it", note=INSTALL)]
    runs, seconds = (3, 1) if quick else (5, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with servers.frostgate(folder / "frostgate.db") as server, servers.empty() as nobody:
            script = folder / "ask.lua"
            script.write_text(_script(server.gate), encoding="utf-8")
            ours, theirs = [], []
            for _ in range(runs):
                theirs.append(requests(nobody.port, script, seconds))
                ours.append(requests(server.port, script, seconds))
    share = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return [
        Figure(
            name="endpoint",
            value=median(ours),
            unit="requests/s",
            yardstick=median(theirs),
            yardstick_is="an empty handler of the same server",
            ratio=share,
            target="at least 60 % of it",
            met=share >= 0.6,
            note=f"{runs} runs of {seconds} s each in turn, 32 connections; the ratio is the median of the pairs",
        )
    ]


def _script(token: str) -> str:
    """What wrk is to send: one question of AuthZEN 1.0, section 6.1."""
    ask = {
        "subject": {"type": "account", "id": "li"},
        "action": {"name": "use"},
        "resource": {"type": "service", "id": "messaging"},
    }
    return (
        'wrk.method = "POST"\n'
        f"wrk.body = {json.dumps(json.dumps(ask))}\n"
        'wrk.headers["content-type"] = "application/json"\n'
        f'wrk.headers["authorization"] = "Bearer {token}"\n'
    )


def requests(port: int, script: Path, seconds: int, *, path: str = "/access/v1/evaluation") -> float:
    """Requests a second that a server answers to one connection after another of thirty-two."""
    url = f"http://127.0.0.1:{port}{path}"
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(script), url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found is not None, told
    return float(found[1])
