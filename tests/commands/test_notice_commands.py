"""Trying the ways that notices travel: what an installer sees of the other side's answers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from robots import Robots
from smsc import PASSWORD, SYSTEM_ID, Smsc


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    smsc = Smsc()
    yield smsc
    smsc.stop()


def frostgate(settings: str, folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these settings, in English."""
    file = folder / "frostgate.toml"
    file.write_text(f'database = "sqlite:///{folder / "f.db"}"\n{settings}', encoding="utf-8")
    environ = {**os.environ, "FROSTGATE_CONFIG": str(file), "LC_ALL": "C.UTF-8", **more}
    command = [sys.executable, "-m", "frostgate", "notices", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def smpp(smsc: Smsc) -> str:
    return (
        '[sms]\nprovider = "smpp"\n[sms.smpp]\nhost = "127.0.0.1"\n'
        f'port = {smsc.port}\nsystem_id = "{SYSTEM_ID}"\nsource = "10690000"\ntls = false\n'
    )


def test_a_gateway_is_tried_and_its_answer_is_said(smsc: Smsc, tmp_path: Path) -> None:
    given = {"FROSTGATE_SMS__SMPP__PASSWORD": PASSWORD}
    tried = frostgate(smpp(smsc), tmp_path, "try", "sms", "+8613800138000", "--language", "zh-CN", **given)
    assert (tried.returncode, tried.stdout) == (0, "sms +8613800138000: taken. The other side: m1\n")
    assert smsc.messages[0].text == "【Frostgate】这是一条测试消息，收到说明该渠道可用。"

    tried = frostgate(smpp(smsc), tmp_path, "try", "sms", "+8613800138000", FROSTGATE_SMS__SMPP__PASSWORD="hidden!")
    assert tried.returncode == 1
    assert "not sent. The other side: bind refused: ESME_RINVPASWD" in tried.stderr
    assert "hidden!" not in tried.stdout + tried.stderr


def test_texts_are_shown_with_their_parts_and_long_ones_are_warned_of(smsc: Smsc, tmp_path: Path) -> None:
    shown = frostgate(smpp(smsc), tmp_path, "texts")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "debt_last_notice" in shown.stdout

    shown = frostgate(f'platform = "{"A very long name of a platform " * 5}"\n{smpp(smsc)}', tmp_path, "texts")
    assert (shown.returncode, "parts (sms.most_parts)" in shown.stderr) == (1, True)


def test_a_way_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    robots = Robots()
    ours = f'[[alerts]]\nname = "ours"\nurl = "json://{robots.host}/hook"\n'
    tried = frostgate(ours, tmp_path, "try", "chat", "ours")
    robots.stop()
    assert (tried.returncode, tried.stdout) == (0, "chat ours: taken. The other side: taken\n")
    assert [service for service, _ in robots.messages] == ["webhook"]

    tried = frostgate("[mail]\nport = 1\n", tmp_path, "try", "email", "me@example.com")
    assert (tried.returncode, "not sent. The other side: SMTPConnectError" in tried.stderr) == (1, True)
    tried = frostgate("", tmp_path, "try", "sms", "+8613800138000")
    assert (tried.returncode, "sms is not set up" in tried.stderr) == (2, True)
