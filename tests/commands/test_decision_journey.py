"""`frostgate decision show` tells a journey in its reader's language."""

import os
import subprocess
import sys

from servers import email_of
from world import World


def shown(url: str, decision: str, language: str) -> str:
    environ = {**os.environ, "FROSTGATE_DATABASE": url, "LC_ALL": language}
    command = [sys.executable, "-m", "frostgate", "decision", "show", decision, "--as", email_of("rui")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_journey_is_shown_as_a_block_in_the_readers_language(shared: World) -> None:
    li = shared.tenant("acme", time_zone="Europe/Berlin").account("li")
    found = li.travels_too_fast()
    english = shown(shared.database_url, found["decision"], "C.UTF-8")
    assert "1  2026-03-02 05:00:00 (UTC+01:00)  Haidian, China  ± 150 km  101.6.6.6  iphone" in english
    assert "2  2026-03-02 06:00:00 (UTC+01:00)  Frankfurt am Main, Germany  ± 150 km  91.65.1.1  pixel" in english
    assert "In 1 h somebody could have driven some 100 km; an airliner would not have left yet." in english
    assert "judged again from its record: the same" in english
    chinese = shown(shared.database_url, found["decision"], "zh_CN.UTF-8")
    assert "登录地变化" in chinese
    assert "Frankfurt am Main, 德国  误差 ±150 公里" in chinese


def test_a_decision_without_a_journey_shows_none(shared: World) -> None:
    found = shared.tenant("globex").account("wang").signs_in()
    assert "Journey" not in shown(shared.database_url, found["decision"], "C.UTF-8")
