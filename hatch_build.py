"""Compiles the busiest modules to machine code while a wheel is built, where COMPILE_FROSTGATE=1 asks for it.

mypyc does it, from the types that `make check` checks; pyproject.toml lists the modules, and ADR 0048 says why not all.
It needs mypy, setuptools, and a C compiler with Python's headers.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDS = "Compiling needs a C compiler and Python's headers; on Debian: apt install gcc python3-dev"


class Compiled(BuildHookInterface[Any]):
    """Adds extension modules to a wheel; beside them lie the sources, which tracebacks show."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is put together; an editable install is left alone, or edits would change nothing."""
        if version == "editable" or os.environ.get("COMPILE_FROSTGATE") != "1":
            return
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        _compile([f"src/frostgate/{name}.py" for name in self.config["modules"]], folder)
        made = [path for path in folder.joinpath("made").rglob("*") if path.is_file()]
        build_data["force_include"] |= {str(path): str(path.relative_to(folder / "made")) for path in made}
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called once the wheel is written."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def _compile(paths: list[str], folder: Path) -> None:
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.errors import BaseError, CompileError, LinkError

    options = ["--config-file", "pyproject.toml", "--python-executable", sys.executable]
    modules = mypycify([*options, *paths], opt_level="3", debug_level="0", target_dir=str(folder / "c"))
    distribution = Distribution({"name": "frostgate", "ext_modules": modules})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder / "made"), str(folder / "objects")  # type: ignore[attr-defined]
    command.ensure_finalized()
    try:
        command.run()
    except (BaseError, CompileError, LinkError) as error:
        raise SystemExit(f"{NEEDS} ({error})") from None
