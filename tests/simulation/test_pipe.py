"""The two commands as people run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FROSTGATE = [sys.executable, "-m", "frostgate"]
ENVIRON = {**os.environ, "LC_ALL": "C.UTF-8"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [*FROSTGATE, *words]
    return subprocess.run(command, env=ENVIRON, capture_output=True, text=True, timeout=120, check=False)


def test_simulate_into_evaluate(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    made = [*FROSTGATE, "simulate", "--seed", "7", "--people", "20", "--days", "1", "--start", "2026-03-03"]
    judged = [*FROSTGATE, "evaluate", "--language", "zh-CN", "--json", str(figures), "--check"]
    with subprocess.Popen(made, env=ENVIRON, stdout=subprocess.PIPE) as simulate:
        done = subprocess.run(judged, env=ENVIRON, stdin=simulate.stdout, capture_output=True, text=True, check=False)
    assert simulate.returncode == 0, done.stderr
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert (found["seeds"], found["people"], found["days"], found["unread"]) == ([7], 20, 1, 0)
    assert found["events"] > 2000
    assert "每万个正常账号每月误冻结不超过 1 个" in done.stdout
    assert "僵尸网络猜一个账号" in done.stdout
    missed = found["frozen"] > 0 or sum(each["stopped"] for each in found["attacks"]) < 0.95 * len(found["attacks"])
    soon = [
        each["stopped"] and each["messages"] <= 60 for each in found["attacks"] if each["cause"] == "bulk_operation"
    ]
    assert done.returncode == (missed or sum(soon) < 0.95 * len(soon))


def test_a_stream_without_truth_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    done = run("evaluate", str(empty))
    assert done.returncode == 3
    assert "[simulation.truth_missing]" in done.stderr
    done = run("evaluate", str(tmp_path / "nowhere.jsonl"))
    assert done.returncode == 3
    assert "[import.unreadable]" in done.stderr


SHORT = ("simulate", "--seed", "1", "--people", "20", "--days", "1", "--lead-in", "0", "--attackers", "0")


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*FROSTGATE, *SHORT, "--out", str(pipe)], env=ENVIRON) as simulate:
        written = pipe.read_bytes()
    assert simulate.returncode == 0
    assert len(written.splitlines()) > 100
    assert pipe.is_fifo()


def test_a_reader_who_has_enough_ends_it_quietly() -> None:
    with subprocess.Popen(
        [*FROSTGATE, *SHORT], env=ENVIRON, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as simulate:
        assert simulate.stdout is not None
        assert simulate.stderr is not None
        simulate.stdout.readline()
        simulate.stdout.close()
        assert simulate.stderr.read() == b""
    assert simulate.returncode == 0


def test_a_full_disk_is_said_so() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*FROSTGATE, *SHORT]
        done = subprocess.run(command, env=ENVIRON, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert "[replay.output_unwritable]" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 3


def test_a_place_that_cannot_be_written_is_said_before_anything_is_evaluated(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    done = run("evaluate", str(empty), "--json", str(tmp_path / "nowhere" / "figures.json"))
    assert (done.returncode, "[replay.unwritable]" in done.stderr) == (3, True)


def test_options_that_cannot_be_are_refused() -> None:
    assert run("simulate").returncode == 2
    assert run("simulate", "--seed", "1", "--attackers", "many").returncode == 2
    for start in ("9999-12-01", "1970-01-01"):
        done = run("simulate", "--seed", "1", "--start", start)
        assert (done.returncode, "2025" in done.stderr) == (2, True)
