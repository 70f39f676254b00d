"""A figure of a benchmark, beside its yardstick."""

import os
import platform
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from frostgate import is_compiled


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measured value with what it is to be held against."""

    name: str
    value: float
    unit: str
    yardstick: float | None = None  # measured in the same run, in the same unit
    yardstick_is: str = ""
    ratio: float | None = None  # value / yardstick
    target: str = ""
    met: bool | None = None  # None: there is no target
    note: str = ""


def machine(root: Path) -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "compiled": is_compiled(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "commit": _commit(root),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit(root: Path) -> str:
    """The commit, marked where files were changed since."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
