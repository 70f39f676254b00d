"""Running the server: one process that owns one program, until somebody tells it to stop."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import structlog
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from frostgate.app import Program
from frostgate.background import settle_memory
from frostgate.base.errors import Refused
from frostgate.server import Application

log = structlog.get_logger("frostgate.serve")

# How long one thread may keep the interpreter while another waits. The default of 5 ms would add up on the way from
# an event to its answer, which changes threads twice.
SWITCH_INTERVAL = 0.0001

# The collector of cycles walks young objects often and in small steps, and old ones never by itself: a walk over
# everything that windows remember would stop every thread for half a second. `Background` does it in small portions.
# Steps of 5,000 objects took 1.4 to 5 ms, and those of 1,000 take 0.15 to 0.5 ms and half as long in all, because what
# they walk is still in the processor's cache.
COLLECT_AFTER = (1_000, 5, 1_000_000)


class PortTaken(Refused):
    """Another program listens there already."""

    code = "serve.port_taken"


def run(program: Program, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in hand and return.

    Raises:
        PortTaken: the address is in use.
        StoreUnavailable: the database cannot be reached.
        PolicyRefused: the policy is not in order.
    """
    check_port(program.settings.host, program.settings.port)
    program.prepare()  # here and not behind the server, so that whoever started us hears plainly why it fails
    program.renderer.warm_up()
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.set_threshold(*COLLECT_AFTER)
    uvloop.run(_serve(program, on_ready))


def check_port(host: str, port: int) -> None:
    """Refuse early, and in plain words, where the address is taken.

    Raises:
        PortTaken: it is.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host=host, port=port, problem=error.strerror) from None


async def _serve(program: Program, on_ready: Callable[[], None]) -> None:
    def ready() -> None:
        settle_memory()
        on_ready()

    application = Application(program, on_ready=ready)
    settings = program.settings
    server = Server(
        application,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        backlog=1024,
        websockets=False,
        log_enabled=False,  # we write our own
    )
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_note)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody caught in our own way: asyncio's would show what the exception says."""
    log.error("event loop", problem=context.get("message"), exc_info=context.get("exception"))
