"""The two commands as people run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_options_that_cannot_be_are_refused() -> None:
    assert run("simulate").returncode == 2
    assert run("simulate", "--seed", "1", "--attackers", "many").returncode == 2
