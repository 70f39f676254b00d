"""The server, a process of its own: just what `frostgate serve` starts anywhere else."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from frostgate.base.clock import stopwatch, wait
from frostgate.config import PREFIX
from frostgate.demo.client import HOST, Client, Unexpected
from frostgate.demo.words import CannotTell

STARTS_WITHIN = 60.0  # seconds
STOPS_WITHIN = 20.0
LOOK_EVERY = 0.05


class ServerProcess:
    """One server, from its start to its end."""

    def __init__(self, config: Path, *, log: Path, port: int) -> None:
        self.config = config
        self.log = log
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for it."""
        # Variables override the file, and somebody's FROSTGATE_DATABASE may name a database that is not ours to fill.
        environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                [sys.executable, "-m", "frostgate", "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
            )

    def wait_until_ready(self, stop: threading.Event) -> None:
        """Return once it is ready, or at once when `stop` is set.

        Raises:
            CannotTell: it ended, or was not ready in time; with its own last words.
        """
        since = stopwatch()
        while not wait(stop, LOOK_EVERY):
            self.check()
            if stopwatch() - since > STARTS_WITHIN:
                raise self._failed()
            try:
                Client(self.port).get("/readyz")
            except (OSError, Unexpected):
                continue
            return

    def check(self) -> None:
        """Pass while it is there.

        Raises:
            CannotTell: it ended by itself.
        """
        if self._process is None or self._process.poll() is not None:
            raise self._failed()

    def stop(self) -> None:
        """Let it finish what is in hand and save; only one that hangs is ended by force."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _failed(self) -> CannotTell:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = "\n".join(f"  {line[:300]}" for line in lines[-5:])
        return CannotTell("server_failed", log=self.log, last=last)


def check_port(port: int) -> None:
    """Refuse early, in plain words, where something listens already.

    Raises:
        CannotTell: the port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotTell("port_taken", port=port, problem=error.strerror) from None
