"""The replay of a log: who is frozen, what is said of it, and files that are the same in every run."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from frostgate.base.model import Language
from frostgate.base.texts import duration, language_of_environment
from frostgate.events.importers import NothingRead
from frostgate.events.importers.lines import Unreadable
from frostgate.replay.command import run
from frostgate.replay.files import Unwritable
from frostgate.rules.problems import PolicyRefused, PolicyUnreadable

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SHANGHAI, LISBON, VIRGINIA, SYDNEY = "101.80.0.1", "85.245.107.41", "24.151.103.17", "1.1.1.1"


def login(account: str, ip: str, minutes: int, **more: Any) -> str:
    data = {"account": account, "ip": ip, "outcome": "success"} | more
    return json.dumps({"at": (START + timedelta(minutes=minutes)).isoformat(), "type": "login", "data": data})


class Desk:
    """One folder with a log, and what replays of it gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.json, self.report = folder / "out.jsonl", folder / "out.html"

    def replay(self, *lines: str, language: str = "en", terminal: bool = False, **options: Any) -> str:
        log = self.folder / "log.jsonl"
        log.write_text("\n".join(lines), encoding="utf-8")
        screen = io.StringIO()
        console = Console(file=screen, width=180, force_terminal=terminal)
        given = {"json_path": self.json, "report_path": self.report} | options
        assert run(log, "jsonl", language=language, console=console, **given) == 0
        return screen.getvalue()

    def decisions(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.json.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_table_says_who_when_and_why_in_the_readers_language(desk: Desk) -> None:
    log = (login("li", LISBON, 0), login("li", VIRGINIA, 30), login("li", LISBON, 40))
    english = desk.replay(*log)
    assert "2026-03-01 08:30:00   li" in english
    assert re.search(r"Lisbon, Portugal → .*, United States: 5,342 km within 30 min, at least 10,084 km/h", english)
    assert "later attempts refused: 1" in english
    assert "IP Geolocation by DB-IP" in english
    assert re.search(
        r"Lisbon, 葡萄牙 → .*, 美国：相距 5,342 公里，间隔 30 分，时速至少 10,084 公里",
        desk.replay(*log, language="zh-CN"),
    )


def test_a_frozen_account_is_refused_and_observing_refuses_nobody(desk: Desk) -> None:
    log = (login("li", LISBON, 0), login("li", VIRGINIA, 30), login("li", LISBON, 40), login("li", VIRGINIA, 50))
    desk.replay(*log)
    assert [each["verdict"] for each in desk.decisions()] == ["allow", "freeze", "freeze", "freeze"]
    assert [each.get("refused") for each in desk.decisions()] == [None, None, "account.frozen", "account.frozen"]
    desk.replay(*log, observe=True)
    assert [bool(each.get("hits")) for each in desk.decisions()] == [False, True, True, True]


def test_a_declared_bot_is_taken_for_one(desk: Desk) -> None:
    start = START.replace(minute=0)
    log = [
        json.dumps(
            {
                "at": (start + timedelta(minutes=20 * number)).isoformat(),
                "type": "message",
                "data": {
                    "account": account, "conversation": "builds", "conversation_kind": "group",
                    "text": f"build {number} of main passed in {number % 7 + 3} min",
                },
            }
        )
        for number in range(120)
        for account in ("builder", "tester")
    ]  # fmt: skip
    for bots, met in (((), {"builder", "tester"}), (["builder"], {"tester"}), (["builder", "tester"], set())):
        desk.replay(*log, bots=bots)
        hit = [each for each in desk.decisions() if each.get("hits")]
        assert {each["event"]["data"]["account"] for each in hit} == met


def test_a_sign_in_through_tor_takes_its_reason_from_tor(desk: Desk) -> None:
    tor = "185.220.101.1"
    desk.replay(login("li", SHANGHAI, 0, device="laptop"), login("li", tor, 720, device="phone"))
    found = desk.decisions()[1]
    assert found["verdict"] == "challenge"
    assert [hit["rule"] for hit in found["hits"]] == ["login.tor-new-device", "login.new-device-elsewhere"]


def test_a_late_sign_in_is_drawn_between_the_places_that_it_was_judged_by(desk: Desk) -> None:
    screen = desk.replay(login("li", LISBON, 0), login("li", LISBON, 600), login("li", VIRGINIA, 590))
    assert re.search(r"United States → Lisbon, Portugal: 5,342 km within 10 min", screen)


def test_what_repeats_itself_is_one_line_with_a_number(desk: Desk) -> None:
    message = {"account": "bot", "conversation": "c", "conversation_kind": "group"}
    at = [(START + timedelta(seconds=n)).isoformat() for n in range(60)]
    screen = desk.replay(*(json.dumps({"at": time, "type": "message", "data": message}) for time in at))
    assert screen.count("message.flood\n") + screen.count("message.flood ·") <= 2
    assert "again 29×" in screen


@pytest.mark.parametrize(("observe", "counts"), [(False, "30 let in · 0 failed · 30 refused"), (True, "60 let in")])
def test_what_was_throttled_is_not_drawn_as_let_in(desk: Desk, observe: bool, counts: str) -> None:
    message = {"account": "bot", "conversation": "c", "conversation_kind": "group"}
    at = [(START + timedelta(seconds=n)).isoformat() for n in range(60)]
    desk.replay(*(json.dumps({"at": time, "type": "message", "data": message}) for time in at), observe=observe)
    page = re.sub(r'<span lang="zh-CN">.*?</span>|<[^>]*>', "", desk.report.read_text(encoding="utf-8"))
    assert counts in page


def test_a_second_run_gives_the_same_bytes(desk: Desk) -> None:
    log = (login("li", LISBON, 0), login("li", VIRGINIA, 30), login("wang", SYDNEY, 31), "nonsense")
    desk.replay(*log)
    first = desk.json.read_bytes(), desk.report.read_bytes()
    desk.replay(*log)
    assert (desk.json.read_bytes(), desk.report.read_bytes()) == first


def test_decisions_are_canonical_and_complete(desk: Desk) -> None:
    desk.replay(login("li", LISBON, 0), login("li", VIRGINIA, 30))
    for line, each in zip(desk.json.read_text(encoding="utf-8").splitlines(), desk.decisions(), strict=True):
        assert line == json.dumps(each, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    first, second = desk.decisions()
    assert first["signals"]["travel.km"] == {"unknown": "no_earlier_place"}
    assert second["hits"][0]["rule"] == "login.impossible-journey"
    assert set(second["hits"][0]["says"]) == {"zh-CN", "en"}
    assert len({first["id"], second["id"]}) == 2


def test_the_report_needs_nothing_from_outside_and_runs_nothing(desk: Desk) -> None:
    desk.replay(login("li", LISBON, 0), login("li", VIRGINIA, 30))
    html = desk.report.read_text(encoding="utf-8")
    assert "Content-Security-Policy" in html
    assert "default-src 'none'" in html
    assert not re.search(r"<script|\son\w+=|<img|<link|@import|url\((?!#)|\sstyle=|javascript:", html)
    assert set(re.findall(r'(?:href|src)="([^#"][^"]*)"', html)) == {"https://db-ip.com"}
    assert "IP Geolocation by DB-IP" in html


def test_both_languages_stand_in_the_report_and_the_readers_one_is_shown_first(desk: Desk) -> None:
    log = (login("li", LISBON, 0), login("li", VIRGINIA, 30))
    for language, box in (("en", "pick-en"), ("zh-CN", "pick-zh")):
        desk.replay(*log, language=language)
        html = desk.report.read_text(encoding="utf-8")
        assert re.search(rf'id="{box}"[^>]* checked', html)
        assert "1 个账号会被冻结" in html
        assert "1 account would have been frozen" in html
        assert html.count('<span lang="zh-CN">') == html.count('<span lang="en">')


def test_values_from_a_log_are_shown_and_never_obeyed(desk: Desk) -> None:
    evil, worse = "<script>alert(1)</script>[bold]", "\x1b[2J\u202e"  # the second can be nobody's name
    screen = desk.replay(login(evil, LISBON, 0), login(evil, VIRGINIA, 30), login(worse, LISBON, 40))
    assert "\x1b" not in screen
    assert "\u202e" not in screen
    assert "[bold]" in screen
    html = desk.report.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert "\x1b" not in html


def test_a_journey_over_the_pacific_is_one_line(desk: Desk) -> None:
    desk.replay(login("li", SYDNEY, 0), login("li", VIRGINIA, 30))
    paths = re.findall(r'class="arc [^"]*" d="M([^"]*)"', desk.report.read_text(encoding="utf-8"))
    assert len(paths) == 1
    xs = [float(point.split()[0]) for point in paths[0].split("L")]
    assert max(abs(b - a) for a, b in pairwise(xs)) < 60
    assert 0 < min(xs) < max(xs) < 1000


def test_a_log_in_which_nothing_is_wrong_makes_a_calm_report(desk: Desk) -> None:
    screen = desk.replay(login("li", LISBON, 0), login("li", LISBON, 30))
    assert "Nobody would have been frozen" in screen
    assert "Nobody would have been frozen" in desk.report.read_text(encoding="utf-8")


def test_lines_that_were_not_read_are_shown_with_their_reasons(desk: Desk) -> None:
    screen = desk.replay("nonsense", login("li", LISBON, 0))
    assert re.search(r"Lines not read +1 ", screen)
    assert "line 1: JSON is malformed" in screen


def test_a_bar_is_drawn_only_where_somebody_watches(desk: Desk) -> None:
    assert "\x1b[" not in desk.replay(login("li", LISBON, 0))
    assert "\x1b[" in desk.replay(login("li", LISBON, 0), terminal=True)


def test_a_log_that_holds_nothing_leaves_no_files(desk: Desk) -> None:
    with pytest.raises(NothingRead):
        desk.replay("nonsense")
    assert sorted(path.name for path in desk.folder.iterdir()) == ["log.jsonl"]


def test_what_cannot_be_opened_is_refused_with_its_name(desk: Desk) -> None:
    with pytest.raises(Unreadable) as unreadable:
        run(desk.folder / "none.log", "sshd", console=Console(file=io.StringIO()))
    assert unreadable.value.code == "import.unreadable"
    with pytest.raises(PolicyUnreadable):
        desk.replay(login("li", LISBON, 0), policy_path=desk.folder / "none.yaml")
    with pytest.raises(Unwritable):
        desk.replay(login("li", LISBON, 0), json_path=desk.folder / "none" / "out.jsonl")


def test_a_link_stays_and_what_it_leads_to_is_written(desk: Desk) -> None:
    target, link = desk.folder / "kept.jsonl", desk.folder / "link.jsonl"
    link.symlink_to(target)
    desk.replay(login("li", LISBON, 0), json_path=link)
    assert link.is_symlink()
    assert len(target.read_text(encoding="utf-8").splitlines()) == 1


def test_another_policy_can_be_tried(desk: Desk) -> None:
    policy = desk.folder / "mine.yaml"
    policy.write_text("name: mine\nguard: 7d\nkeep_events: 90d\nrules: []\n")
    assert "Nobody" in desk.replay(login("li", LISBON, 0), login("li", VIRGINIA, 30), policy_path=policy)
    policy.write_text("name: mine\n")
    with pytest.raises(PolicyRefused):
        desk.replay(login("li", LISBON, 0), policy_path=policy)


def test_the_environment_chooses_the_language_like_posix_does() -> None:
    assert language_of_environment({"LANG": "zh_CN.UTF-8"}) is Language.ZH
    assert language_of_environment({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}) is Language.EN
    assert language_of_environment({}) is Language.EN


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "the same second", "同一秒"),
        (18, "18 s", "18 秒"),
        (3600, "1 h", "1 小时"),
        (8732, "2 h 25 min", "2 小时 25 分"),
        (90_000, "1 d 1 h", "1 天 1 小时"),
    ],
)
def test_durations_are_told_in_two_units(seconds: int, english: str, chinese: str) -> None:
    assert duration(seconds / 3600, Language.EN) == english
    assert duration(seconds / 3600, Language.ZH) == chinese
