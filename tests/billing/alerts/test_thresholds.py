"""Alerts before anything is owed, over HTTP and by mail: said once, silent while it swings, and said again."""

from datetime import UTC, datetime, timedelta

import pytest
from watched import DAY, LIN, Watched

WANG = "wang@acme.example"


def test_a_posting_that_crosses_a_threshold_is_told_once(acme: Watched) -> None:
    acme.has()
    acme.tops_up(50_000)
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    assert acme.alerts() == []

    acme.is_charged(40_000)
    acme.looks()
    [alert] = acme.alerts()
    assert alert.subject == "[Frostgate] Balance alert"
    assert "has fallen to 100.00 CNY" in alert.text

    for change in (5_000, 9_999 - 5_000):  # to 150.00, and not beyond 199.99
        acme.tops_up(change)
        acme.looks()
        acme.is_charged(change)
        acme.looks()
    assert len(acme.alerts()) == 1

    acme.tops_up(10_000)  # cleared
    acme.looks()
    acme.is_charged(15_000)
    acme.looks()
    assert [alert.subject for alert in acme.alerts()] == ["[Frostgate] Balance alert"] * 2
    assert "50.00 CNY" in acme.alerts()[-1].text


def test_a_balance_that_rises_is_told_as_well(acme: Watched) -> None:
    acme.has()
    acme.watches("balance", 100_000, 50_000)
    acme.tops_up(120_000)
    acme.looks()
    [alert] = acme.alerts()
    assert "has risen to 1200.00 CNY" in alert.text


def test_use_that_is_not_posted_yet_counts_within_the_hour(acme: Watched) -> None:
    acme.has()
    acme.tops_up(50_000)
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    acme.uses(45_000)
    acme.world.clock.move(timedelta(hours=1))
    acme.looks()
    assert "has fallen to 50.00 CNY" in acme.alerts()[0].text


def test_days_of_cover_at_the_current_rate(acme: Watched) -> None:
    acme.has()
    acme.tops_up(40_000)
    acme.watches("cover", 7, 14)
    acme.days_pass(32, using=1_000)
    assert acme.alerts() == []  # 8,000 fen left, a thousand a day
    acme.days_pass(1, using=1_000)
    [alert] = acme.alerts()
    assert "lasts 7 days" in alert.text
    assert "10.00 CNY a day" in alert.text
    assert "until 2026-04-11: between 2026-04-11 and 2026-04-11" in alert.text
    acme.tops_up(40_000)
    acme.looks()
    acme.days_pass(3, using=1_000)
    assert len(acme.alerts()) == 1


def test_a_balance_that_is_used_up_is_said_to_be(acme: Watched) -> None:
    acme.has()
    acme.tops_up(5_000)
    acme.watches("balance", 0, 1_000)
    acme.days_pass(8, using=1_000)
    [alert] = acme.alerts()
    assert "Nothing of it is left." in alert.text


def test_charges_by_event_count_for_the_forecast_by_the_tenants_day(acme: Watched) -> None:
    acme.tops_up(100_000)
    for _ in range(14):
        acme.is_charged(600)
        acme.uses(400)
        acme.world.clock.move(DAY)
    lasts = acme.admin.sees(f"{acme.path}/forecast")
    assert (lasts["currency"], lasts["balance"], lasts["available"]) == ("CNY", 100_000 - 14 * 600, 86_000)
    assert (lasts["forecast"]["per_day"], lasts["forecast"]["cover_days"]) == (500.0, 172)


def test_a_day_ends_when_the_tenants_own_does(acme: Watched) -> None:
    """In Kathmandu at a quarter past six of the evening by UTC: what comes then is not yet among the days before."""
    acme.world.boss().does("PATCH", acme.tenant.path, json={"time_zone": "Asia/Kathmandu"})
    acme.world.clock.move_to(datetime(2026, 3, 12, 18, 14, 59, tzinfo=UTC))
    acme.is_charged(7_000)
    acme.world.clock.move(timedelta(seconds=1))
    acme.is_charged(28_000)
    assert acme.admin.sees(f"{acme.path}/forecast")["forecast"]["per_day"] == 250.0


def test_a_charge_that_was_taken_back_is_no_spending(acme: Watched) -> None:
    acme.tops_up(100_000)
    acme.is_charged(90_000)
    acme.days_pass(28)
    entry = acme.admin.sees(f"{acme.path}/entries")[-1]["seq"]
    assert acme.admin.sees(f"{acme.path}/forecast")["forecast"]["per_day"] > 0
    body = {"key": "back", "entry": entry, "memo": "counted twice"}
    acme.world.boss().does("POST", f"{acme.path}/reversals", json=body)
    assert acme.admin.sees(f"{acme.path}/forecast")["forecast"]["per_day"] == 0.0


def test_a_share_of_the_months_budget(acme: Watched) -> None:
    """Prepaid or not, by use or by charge; the new month clears it."""
    acme.has()
    assert acme.admin.does("PUT", f"{acme.path}/budget", json={"amount": 100_000}) == {"amount": 100_000}
    acme.watches("budget", 80, 50)
    acme.uses(30_000)
    acme.uses(4_000, "message")
    acme.is_charged(29_999, "voice")
    acme.looks()
    shown = acme.admin.sees(f"{acme.path}/budget")
    assert shown == {"amount": 100_000, "currency": "CNY", "spent": 79_999, "share": 79}
    assert acme.alerts() == []

    acme.is_charged(1, "voice")
    acme.looks()
    [alert] = acme.alerts()
    assert alert.subject == "[Frostgate] Budget alert"
    assert "800.00 CNY of 1000.00 CNY (80 percent)" in alert.text

    acme.days_pass(40)
    acme.uses(90_000)
    acme.days_pass(1)
    assert len(acme.alerts()) == 2


def test_whom_a_threshold_names_is_told_and_else_whoever_is_confirmed(acme: Watched) -> None:
    lin = acme.has()
    acme.has(WANG, language="zh-CN")
    acme.watches("balance", 10_000, 20_000, lin)
    acme.looks()
    assert (len(acme.alerts()), len(acme.alerts(WANG))) == (1, 0)

    acme.admin.does("DELETE", f"/v1/tenants/acme/contacts/{lin}")
    acme.tops_up(20_000)
    acme.looks()
    acme.is_charged(20_000)
    acme.looks()
    assert (len(acme.alerts()), len(acme.alerts(WANG))) == (1, 1)
    assert "贵企业（Acme）的预存余额已降至 0.00 CNY" in acme.alerts(WANG)[0].text


def test_a_threshold_can_be_changed_and_removed(acme: Watched) -> None:
    lin = acme.has()
    kept = acme.watches("balance", 10_000, 20_000)
    acme.looks()
    path = f"{acme.path}/thresholds/{kept['id']}"
    same = {"measure": "balance", "direction": "falls", "at": 10_000, "clear": 20_000}
    named = {"recipients": [{"contact_id": lin, "channel": "email"}]}
    assert acme.admin.does("PUT", path, json={**same, **named})["spoken_at"] is not None
    acme.looks()
    assert len(acme.alerts()) == 1

    acme.admin.does("PUT", path, json={**same, "at": 5_000})
    acme.looks()
    assert len(acme.alerts()) == 2  # another threshold, and reached

    acme.admin.does("DELETE", path)
    assert acme.admin.sees(f"{acme.path}/thresholds") == []
    assert acme.admin.is_refused("PUT", path, json=same) == "alert.threshold_unknown"


def test_a_server_that_was_off_tells_what_it_missed_once(acme: Watched) -> None:
    acme.has()
    acme.tops_up(50_000)
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    acme.is_charged(45_000)
    acme.world.restart()
    acme.world.clock.move(7 * DAY)
    acme.looks()
    acme.looks()
    assert len(acme.alerts()) == 1


def test_an_alert_that_does_not_arrive_is_a_case(acme: Watched) -> None:
    acme.has()
    acme.world.mailbox.refuse = "550 no such person"
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    assert len(acme.cases()) == 1


def test_a_tenant_without_a_plan_has_no_values_and_no_alerts(acme: Watched) -> None:
    bolt, boss = acme.world.tenant("bolt"), acme.world.boss()
    body = {"measure": "balance", "direction": "falls", "at": 100, "clear": 200}
    boss.does("POST", f"{bolt.path}/billing/thresholds", json=body)
    acme.looks()
    [kept] = boss.sees(f"{bolt.path}/billing/thresholds")
    assert kept["spoken_at"] is None
    unknown = {"amount": None, "currency": None, "spent": None, "share": None}
    assert boss.sees(f"{bolt.path}/billing/budget") == unknown


def test_what_can_never_clear_or_reach_anybody_is_refused(acme: Watched) -> None:
    body = {"measure": "balance", "direction": "falls", "at": 100, "clear": 200}
    path = f"{acme.path}/thresholds"
    assert acme.admin.is_refused("POST", path, json={**body, "clear": 50}) == "alert.threshold_unusable"
    named = {"recipients": [{"contact_id": "nobody", "channel": "email"}]}
    assert acme.admin.is_refused("POST", path, json={**body, **named}) == "alert.recipient_unknown"
    for number in range(50):
        acme.admin.does("POST", path, json={**body, "at": number})
    assert acme.admin.is_refused("POST", path, json=body) == "alert.too_many"


@pytest.mark.parametrize("what", ["contacts", "thresholds", "budget", "forecast"])
def test_another_tenant_sees_nothing(acme: Watched, what: str) -> None:
    acme.has()
    acme.watches("balance", 10_000, 20_000)
    stranger = acme.world.tenant("bolt").token("api", role="owner")
    answer = stranger.asks("GET", f"{acme.path}/{what}")
    assert (answer.status_code, LIN in answer.text) == (404, False)


def test_our_finance_operators_read_and_do_not_set(acme: Watched) -> None:
    finance = acme.world.person("finance")
    assert finance.sees(f"{acme.path}/thresholds") == []
    body = {"measure": "balance", "direction": "falls", "at": 100, "clear": 200}
    assert finance.is_refused("POST", f"{acme.path}/thresholds", json=body) == "auth.forbidden"
