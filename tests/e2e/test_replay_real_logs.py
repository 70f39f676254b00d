"""What a newcomer tries first: real sshd logs, and real chat, through the shipped policy."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from frostgate.replay.command import run

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LOGS = DATA / "logins"
SUSPICIOUS, BRUTE_FORCE = "sshd_suspicious_login.log", "sshd_brute_force_2k.log"
CAUGHT = {f"elastic_user_{n}" for n in range(10)}


def replayed(name: str, tmp_path: Path, year: int, *, observe: bool = False) -> tuple[list[dict[str, Any]], str]:
    log = LOGS / name
    assert log.is_file(), f"the real log {name} is missing: it belongs into ../shared/data/logins beside the repository"
    screen, decisions = io.StringIO(), tmp_path / "decisions.jsonl"
    console = Console(file=screen, width=200)
    run(log, "sshd", year=year, observe=observe, language="en", json_path=decisions, console=console)
    return [json.loads(line) for line in decisions.read_text().splitlines()], screen.getvalue()


def hits(decisions: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    return [each for each in decisions if any(hit["rule"] == rule for hit in each.get("hits", ()))]


def account(decision: dict[str, Any]) -> str:
    return str(decision["event"]["data"]["account"])


def test_all_ten_shared_accounts_are_frozen_by_their_impossible_journeys(tmp_path: Path) -> None:
    decisions, screen = replayed(SUSPICIOUS, tmp_path, 2017)
    frozen = hits(decisions, "login.impossible-journey")
    assert sorted(map(account, frozen)) == sorted(CAUGHT)
    assert all(each["verdict"] == "freeze" for each in frozen)
    assert "10 accounts would have been frozen" in screen
    assert "5,342 km" in screen


def test_a_frozen_account_stays_frozen_and_its_journeys_are_not_judged_again(tmp_path: Path) -> None:
    decisions, _ = replayed(SUSPICIOUS, tmp_path, 2017)
    frozen: set[str] = set()
    for each in decisions:
        assert (each.get("refused") == "account.frozen") == (account(each) in frozen)
        if "hits" in each and each["verdict"] == "freeze":
            frozen.add(account(each))


def test_observing_judges_every_journey_of_the_log(tmp_path: Path) -> None:
    decisions, _ = replayed(SUSPICIOUS, tmp_path, 2017, observe=True)
    journeys = hits(decisions, "login.impossible-journey")
    assert len(journeys) == 47
    assert set(map(account, journeys)) == CAUGHT
    assert not any("refused" in each for each in decisions)


@pytest.mark.parametrize("observe", [False, True])
def test_honest_people_are_left_alone(tmp_path: Path, observe: bool) -> None:
    decisions, _ = replayed(SUSPICIOUS, tmp_path, 2017, observe=observe)
    judged = [each for each in decisions if each.get("hits")]
    assert "ubuntu" not in map(account, judged)
    assert "127.0.0.1" not in {each["event"]["data"]["ip"] for each in judged}
    for each in hits(judged, "login.impossible-journey"):
        ends = {each["signals"]["travel.from"], each["signals"]["travel.to"]}
        assert len({end.rpartition(", ")[2] for end in ends}) == 2, "two suburbs of one town are no journey"


@pytest.mark.parametrize("observe", [False, True])
def test_password_guessing_freezes_nobody(tmp_path: Path, observe: bool) -> None:
    decisions, screen = replayed(BRUTE_FORCE, tmp_path, 2015, observe=observe)
    assert {each["verdict"] for each in decisions} == {"allow", "throttle"}
    slowed = [each["event"]["data"] for each in decisions if each["verdict"] == "throttle"]
    assert {data["outcome"] for data in slowed} == {"failure"}, "only who guesses is slowed down"
    assert sum(each["event"]["data"]["outcome"] == "success" for each in decisions) == 1
    assert "Nobody would have been frozen" in screen


def test_a_second_replay_gives_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        decisions, report = folder / "decisions.jsonl", folder / "report.html"
        console = Console(file=io.StringIO())
        run(LOGS / SUSPICIOUS, "sshd", year=2017, json_path=decisions, report_path=report, console=console)
        found.append((decisions.read_bytes(), report.read_bytes()))
    assert found[0] == found[1]


def test_every_sign_in_of_the_real_logs_is_read_or_accounted_for(tmp_path: Path) -> None:
    for name, year, accepted, unread in ((SUSPICIOUS, 2017, 226, 43), (BRUTE_FORCE, 2015, 1, 0)):
        decisions, screen = replayed(name, tmp_path, year)
        assert sum(each["event"]["data"]["outcome"] == "success" for each in decisions) == accepted
        assert re.search(rf"Lines not read +{unread} ", screen)


# Real channels with whoever in them is a machine and is noticed as one; everybody else talks on undisturbed.
CHANNELS: dict[str, set[str]] = {
    "mediawiki.0": {"wikibugs", "gerrit-wm"},
    "mediawiki.1": set(),
    "mediawiki.2": {"wikibugs"},
    "rust.0": set(),
    "rust.1": set(),
    "rust.2": set(),
}


def chat(name: str, tmp_path: Path, *bots: str) -> list[dict[str, Any]]:
    log = DATA / "chat" / f"{name}.ascii.txt"
    assert log.is_file(), f"the real log {name} is missing: it belongs into ../shared/data/chat beside the repository"
    decisions = tmp_path / "decisions.jsonl"
    run(log, "irc", bots=bots, json_path=decisions, console=Console(file=io.StringIO()))
    found = [json.loads(line) for line in decisions.read_text().splitlines()]
    assert len(found) > 1000
    return found


@pytest.mark.parametrize("name", CHANNELS)
def test_undeclared_bots_are_noticed_among_people_who_are_left_alone(name: str, tmp_path: Path) -> None:
    decisions = chat(name, tmp_path)
    noticed = hits(decisions, "message.undeclared-bot")
    assert set(map(account, noticed)) == CHANNELS[name]
    assert {account(each) for each in decisions if each["verdict"] != "allow"} == CHANNELS[name]
    assert not any(each["verdict"] == "freeze" for each in decisions)


@pytest.mark.parametrize("name", CHANNELS)
def test_nobody_is_asked_anything_once_the_bots_are_declared(name: str, tmp_path: Path) -> None:
    decisions = chat(name, tmp_path, "wikibugs", "gerrit-wm")
    assert {each["verdict"] for each in decisions} == {"allow"}
    assert not any(each.get("hits") for each in decisions)
