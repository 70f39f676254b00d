"""Whether the time of an answer tells a stranger that an account exists: asking for a code, and trying a wrong one.

The yardstick is a guesser who knows all times and picks the slower of two: 50 % is no better than a coin. A hundred
names at a time, half of them accounts, are asked for in random order; then the codes are sent, as the server sends them
meanwhile; then wrong ones are tried in another order. On a SQLite file.

    .venv/bin/python -m bench.self_check [ROUNDS]
"""

import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.model import SYSTEM, Language
from frostgate.config import Settings
from frostgate.directory import service as directory
from frostgate.directory import store
from frostgate.directory.model import Account
from frostgate.selfcheck import service

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def timed(program: Program, names: list[str]) -> dict[str, tuple[float, float]]:
    """Microseconds to ask for a code and to try a wrong one, for each name."""
    asked, times = {}, {}
    for name in random.sample(names, len(names)):
        start = time.perf_counter()
        with program.uow.begin() as tx:
            answer = service.ask(tx, tenant_id="acme", account_id=name)
            assert not isinstance(answer, int), "BUG: asked too often"
            asked[name] = answer.id
        times[name] = (time.perf_counter() - start) * 1e6
    service.send_codes(program.uow)
    found = {}
    for name in random.sample(names, len(names)):
        start = time.perf_counter()
        with program.uow.begin() as tx:
            service.open_account(tx, asked[name], "00000000", renderer=program.renderer, language=Language.EN)
        found[name] = (times[name], (time.perf_counter() - start) * 1e6)
    return found


def told(known: list[float], unknown: list[float]) -> float:
    """How often the slower of a random pair is the account that exists."""
    pairs = [(random.choice(known), random.choice(unknown)) for _ in range(100_000)]
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = HandClock(NOW)
        program = Program(Settings(database=f"sqlite:///{Path(folder) / 'bench.db'}"), clock=clock)
        program.prepare()
        with program.uow.begin() as tx:
            directory.create_tenant(tx, tenant_id="acme", name="Acme", contact_email="it@acme.example", actor=SYSTEM)
            people = [
                Account(tenant_id="acme", id=f"k{n}", email=f"k{n}@acme.example", language=None, created_at=NOW)
                for n in range(50)
            ]
            store.save_accounts(tx.connection, people)
        times: list[tuple[str, tuple[float, float]]] = []
        for _ in range(rounds):
            times += timed(program, [f"{kind}{n}" for kind in "ku" for n in range(50)]).items()
            clock.move(timedelta(hours=1))
        for step, what in enumerate(("ask for a code", "try a wrong one")):
            known, unknown = ([each[step] for name, each in times if name[0] == kind] for kind in "ku")
            print(
                f"{what}: {statistics.median(known):.0f} us for an account, {statistics.median(unknown):.0f} us for "
                f"none; whoever goes by the time is right in {told(known, unknown):.1%} of pairs"
            )
        program.database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
