"""Thaw fraud: the page that explains it, and reports of fake notices, which people look at."""

from datetime import timedelta

import pytest
from browser import Browser

from world import World

FAKE = "【平台】您的账号将被永久冻结,付费 200 元立即解冻 http://thaw.example/\n客服 VX: jiedong"


def reports_of(world: World, **wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = world.reviewer().sees("/v1/reports/fake-notices", **wanted)["items"]
    return found


def tasks(world: World) -> list[dict[str, str]]:
    found = world.reviewer().sees("/v1/cases")["items"]
    return [case for case in found if case["kind"] == "fake_notices"]


def test_the_page_explains_the_tricks(strangers: dict[str, Browser]) -> None:
    chinese = strangers["zh-CN"].opens("/fraud")
    for words in ("平台以外没有任何人能够解除冻结", "解冻教程", "解密方法", "封禁", "举报假通知"):
        assert words in chinese
    english = strangers["en"].opens("/fraud")
    for words in ("Nobody outside the platform can lift a freeze", "Report a fake notice"):
        assert words in english


def test_a_report_becomes_one_task_for_people_however_many_come(world: World, zh: Browser) -> None:
    zh.opens("/fraud")
    assert "举报已收到" in zh.sends("/fraud", text=FAKE, source="10690000", contact="li@acme.example")
    for number in range(4):
        zh.sends("/fraud", text=f"another {number}")

    [task] = tasks(world)
    assert (task["tenant_id"], task["state"]) == ("", "open")
    file = world.reviewer().reads(task)
    assert len(file["actions"]) == 1
    found = reports_of(world)
    assert [each["text"] for each in found] == [*(f"another {number}" for number in (3, 2, 1, 0)), FAKE]
    assert (found[-1]["source"], found[-1]["contact"], found[-1]["looked_at"]) == ("10690000", "li@acme.example", None)
    assert "fake_notice.reported" in world.facts()
    assert "付费" not in str(world.journal())

    world.reviewer().decides(task, "done").raise_for_status()
    zh.sends("/fraud", text="one more")
    assert [each["state"] for each in tasks(world)].count("open") == 1


def test_somebody_looks_at_a_report_once(world: World, en: Browser) -> None:
    en.opens("/fraud")
    assert "Thank you" in en.sends("/fraud", text=FAKE)
    [report] = reports_of(world)
    path = f"/v1/reports/fake-notices/{report['id']}/look"
    seen = world.person("rui").does("POST", path)
    again = world.person("shu").does("POST", path)
    assert seen["looked_by"].startswith("operator:")
    assert again == seen
    assert reports_of(world, looked_at="false") == []
    assert [each["id"] for each in reports_of(world, looked_at="true")] == [report["id"]]
    assert world.facts().count("fake_notice.looked_at") == 1
    assert world.reviewer().is_refused("POST", "/v1/reports/fake-notices/none/look") == "report.unknown"


def test_reports_are_for_the_platform_s_staff(world: World) -> None:
    own = world.tenant("acme").token("api", role="superintendent")
    assert own.is_refused("GET", "/v1/reports/fake-notices") == "request.not_found"
    assert world.person("customer_success").sees("/v1/reports/fake-notices") == {"items": [], "next": None}
    assert world.person("auditor").is_refused("POST", "/v1/reports/fake-notices/x/look") == "auth.forbidden"
    assert world.person("finance").is_refused("GET", "/v1/reports/fake-notices") == "auth.forbidden"


def test_reports_have_pages(world: World, en: Browser) -> None:
    en.opens("/fraud")
    for number in range(5):
        en.sends("/fraud", text=f"fake {number}")
    first = world.reviewer().sees("/v1/reports/fake-notices", limit=3)
    rest = world.reviewer().sees("/v1/reports/fake-notices", limit=3, after=first["next"])
    assert [each["text"] for each in [*first["items"], *rest["items"]]] == [f"fake {n}" for n in (4, 3, 2, 1, 0)]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "假" * 4001},
        {"text": FAKE, "source": "x" * 201},
        {"text": FAKE, "contact": "x" * 201},
    ],
)
def test_what_is_empty_or_too_long_is_not_taken(world: World, zh: Browser, fields: dict[str, str]) -> None:
    zh.opens("/fraud")
    assert "举报未提交" in zh.sends("/fraud", **fields)
    assert reports_of(world) == []
    assert tasks(world) == []


def test_the_longest_report_and_signs_that_nobody_can_store(world: World, zh: Browser) -> None:
    zh.opens("/fraud")
    assert "举报已收到" in zh.sends("/fraud", text="假" * 4000)
    assert "举报已收到" in zh.sends("/fraud", text="a\x00b\u202e<script>😀")
    assert reports_of(world)[0]["text"] == "ab<script>😀"


def test_one_network_reports_ten_times_an_hour(world: World, en: Browser) -> None:
    en.opens("/fraud")
    for number in range(10):
        assert "Thank you" in en.sends("/fraud", text=f"fake {number}")
    en.sends("/fraud", text="fake 10")
    assert (en.page.status_code, en.page.headers["retry-after"]) == (429, "360")
    assert len(reports_of(world)) == 10
    world.clock.move(timedelta(minutes=6))
    assert "Thank you" in en.sends("/fraud", text="fake 11")
