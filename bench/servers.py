"""Server processes to measure: Frostgate as `frostgate serve` runs it, and handlers that do nothing beside it."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

ROOT = Path(__file__).resolve().parent.parent
TENANT = "acme"


class Running(msgspec.Struct, frozen=True):
    """A server that answers on `port`; the secrets are Frostgate's."""

    port: int
    ingest: str = ""
    gate: str = ""


@contextlib.contextmanager
def frostgate(database: Path) -> Iterator[Running]:
    """The real server on a SQLite file, with a tenant and a token for each hot endpoint.

    Its notices go to a mail server that takes everything: a freeze is not done without telling people.
    """
    with _mailbox() as mail, _process("frostgate", str(database), str(mail)) as running:
        yield running


@contextlib.contextmanager
def empty() -> Iterator[Running]:
    """The same server software around a handler that reads the request's body and answers a few bytes."""
    with _process("empty") as running:
        yield running


@contextlib.contextmanager
def _mailbox() -> Iterator[int]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextlib.contextmanager
def _process(*args: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "bench.servers", *args, str(_free_port())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None, "BUG: a pipe was asked for"
        try:
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"the server did not start: {' '.join(command)}")
            yield Running(**json.loads(line))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve_frostgate(database: str, mail: int, port: int) -> None:
    from bench import limits
    from frostgate import serve
    from frostgate.app import Program
    from frostgate.base.logs import configure
    from frostgate.base.model import SYSTEM
    from frostgate.config import Mail, Settings
    from frostgate.directory.auth import SYSTEM_PRINCIPAL
    from frostgate.directory.model import Purpose
    from frostgate.directory.service import create_tenant
    from frostgate.directory.tokens import issue_token

    configure()
    program = Program(Settings(database=f"sqlite:///{database}", port=port, mail=Mail(port=mail)))
    program.prepare()
    with program.uow.begin() as tx:
        create_tenant(tx, tenant_id=TENANT, name="Acme", contact_email="it@acme.example", actor=SYSTEM)
        limits.limit(tx)
        secrets = {
            purpose.value: issue_token(tx, name="bench", purpose=purpose, tenant_id=TENANT, by=SYSTEM_PRINCIPAL)[0]
            for purpose in (Purpose.INGEST, Purpose.GATE)
        }
    serve.run(program, on_ready=lambda: _tell({"port": port, **secrets}))


def _serve_empty(port: int) -> None:
    import uvloop
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from frostgate.serve import SWITCH_INTERVAL

    async def handler(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            _tell({"port": port})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def serve() -> None:
        # As in `frostgate.serve`.
        await Server(
            handler,
            address="127.0.0.1",
            port=port,
            interface=Interfaces.ASGI,
            backlog=1024,
            websockets=False,
            log_enabled=False,
        ).serve()

    sys.setswitchinterval(SWITCH_INTERVAL)
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(serve())


def _tell(ready: dict[str, Any]) -> None:
    print(json.dumps(ready), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "frostgate":
        _serve_frostgate(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        _serve_empty(int(sys.argv[2]))
