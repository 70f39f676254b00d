"""Pin every dependency with its hashes, naming no host: `make lock` (or any Python that has uv).

Two files: what running needs (with the build backend, because an editable install builds) and what tests need.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "# Written by `make lock`. Complete: install with --no-deps --require-hashes.\n"
COMMON = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]


def compile_to(name: str, extra: list[str]) -> None:
    """Resolve pyproject.toml with `extra` into requirements/NAME.txt."""
    target = ROOT / "requirements" / f"{name}.txt"
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *COMMON,
        "--python-version",
        "3.11",
        *extra,
    ]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    target.write_text(HEADER + found, encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {found.count('==')} packages")


if __name__ == "__main__":
    compile_to("run", ["--extra", "demo", "--group", "build"])
    compile_to("dev", ["--extra", "demo", "--group", "build", "--group", "dev"])
