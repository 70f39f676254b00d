"""Plans, quotas and batch windows over HTTP: what is set and declared, shown and refused."""

from datetime import timedelta
from typing import Any

import pytest

from world import Caller, Json, Tenant, World

TEN = {"events": 10, "per_seconds": 60, "burst": 10}
STANDARD = {
    "name": "Standard",
    "quotas": [{"method": "*", **TEN}, {"method": "messages.send", "events": 100, "per_seconds": 60, "burst": 20}],
    "total": {"events": 1000, "per_seconds": 60, "burst": 1000},
    "batch_multiplier": 10,
}
NIGHTS = {"key": "crm", "starts": "23:30", "ends": "05:00", "multiplier": 5, "label": "newsletter"}


@pytest.fixture(scope="module")
def boss(shared: World) -> Caller:
    shared.boss().does("PUT", "/v1/plans/standard", json=STANDARD)
    return shared.boss()


@pytest.fixture
def acme(shared: World, boss: Caller) -> Tenant:
    tenant = shared.tenant(f"acme-{shared.number()}")
    boss.does("PUT", f"{tenant.path}/plan", json={"plan": "standard"})
    return tenant


def admin_of(tenant: Tenant) -> Caller:
    return tenant.token("api", role="owner")


def limits(tenant: Tenant, **params: str) -> dict[str, Json]:
    found = tenant.world.boss().sees("/v1/limits", tenant=tenant.id, **params)
    return {each["name"]: each for each in found["limits"]}


def test_a_plan_is_made_changed_listed_and_removed(shared: World, boss: Caller) -> None:
    before = len(shared.facts())
    made = boss.does("PUT", "/v1/plans/small", json={"name": "Small"})
    assert {**made, "changed_at": None} == {
        "id": "small",
        "name": "Small",
        "quotas": [],
        "total": None,
        "batch_multiplier": 1,
        "changed_at": None,
    }
    boss.does("PUT", "/v1/plans/small", json={"name": "Small"})
    changed = boss.does("PUT", "/v1/plans/small", json={"name": "Small", "total": TEN})
    assert changed["total"] == TEN
    assert [plan["id"] for plan in boss.sees("/v1/plans")["items"]] == ["small", "standard"]
    first = boss.sees("/v1/plans", limit=1)
    assert (len(first["items"]), first["next"]) == (1, "small")
    assert [plan["id"] for plan in boss.sees("/v1/plans", limit=1, after="small")["items"]] == ["standard"]
    boss.does("DELETE", "/v1/plans/small")
    assert boss.is_refused("DELETE", "/v1/plans/small") == "plan.unknown"
    assert shared.facts()[before:] == ["plan.changed", "plan.changed", "plan.removed"]


def test_a_plan_that_somebody_has_stays(boss: Caller, acme: Tenant) -> None:
    assert boss.is_refused("DELETE", "/v1/plans/standard") == "plan.in_use"
    assert boss.sees(f"{acme.path}/plan")["plan_id"] == "standard"
    boss.does("DELETE", f"{acme.path}/plan")
    assert boss.is_refused("GET", f"{acme.path}/plan") == "plan.not_assigned"
    assert boss.is_refused("DELETE", f"{acme.path}/plan") == "plan.not_assigned"
    assert limits(acme, key="crm") == {}


SLOW = {"events": 1, "per_seconds": 86_400, "burst": 366}


def test_a_quota_that_would_not_come_back_within_a_year_is_refused(boss: Caller, acme: Tenant) -> None:
    slower = {**SLOW, "burst": 367}
    for path, body, pointer in (
        ("/v1/plans/slow", {"name": "Slow", "quotas": [{"method": "*", **slower}]}, "/quotas/0/burst"),
        ("/v1/plans/slow", {"name": "Slow", "total": slower}, "/total/burst"),
        (f"{acme.path}/plan", {"plan": "standard", "total": slower}, "/total/burst"),
        (f"{acme.path}/quotas", {"quota": slower}, "/quota/burst"),
    ):
        answer = boss.asks("PUT", path, json=body)
        assert (answer.status_code, answer.json()["code"], answer.json()["pointer"]) == (422, "quota.too_slow", pointer)
    boss.does("PUT", f"{acme.path}/quotas", json={"key": "crm", "quota": SLOW})
    take = {"key": "crm", "method": "messages.send", "cost": 366}
    acme.gateway.does("POST", "/v1/limits/take", json=take)
    assert limits(acme, key="crm")["key"]["remaining"] == 0
    acme.world.program.save_limits()


def test_what_is_set_is_in_the_journal(shared: World, boss: Caller, acme: Tenant) -> None:
    before = len(shared.facts(acme.id))
    path = f"{acme.path}/quotas"
    made = boss.does("PUT", path, json={"key": "crm", "quota": TEN})
    assert boss.does("PUT", path, json={"key": "crm", "quota": TEN}) == made, "what is the same is no change"
    again = boss.does("PUT", path, json={"key": "crm", "quota": {**TEN, "burst": 5}})
    assert (again["id"], again["quota"]["burst"]) == (made["id"], 5)
    assert boss.sees(path)["items"] == [again]
    boss.does("DELETE", f"{path}/{made['id']}")
    assert boss.is_refused("DELETE", f"{path}/{made['id']}") == "quota.override_unknown"
    windows = f"{acme.path}/batch-windows"
    window = boss.does("POST", windows, json=NIGHTS)
    changed = boss.does("PUT", f"{windows}/{window['id']}", json={**NIGHTS, "days": ["sun", "sat"]})
    assert (changed["id"], changed["days"]) == (window["id"], ["sat", "sun"])
    assert boss.sees(windows)["items"] == [changed]
    boss.does("DELETE", f"{windows}/{window['id']}")
    assert boss.is_refused("DELETE", f"{windows}/{window['id']}") == "batch_window.unknown"
    assert shared.facts(acme.id)[before:] == [
        "quota.overridden",
        "quota.overridden",
        "quota.override_removed",
        "batch_window.declared",
        "batch_window.declared",
        "batch_window.withdrawn",
    ]


def test_limits_say_where_they_come_from_and_what_is_left(boss: Caller, acme: Tenant) -> None:
    acme.gateway.does("POST", "/v1/limits/take", json={"key": "crm", "method": "messages.send", "cost": 5})
    found = limits(acme, key="crm", method="messages.send")
    assert [*found] == ["key:messages.send", "total"]
    send = found["key:messages.send"]
    assert (send["source"], send["plan"], send["method"]) == ("plan", "standard", "messages.send")
    assert send["remaining"] == 15
    assert send["full_at"] == (acme.world.clock.now() + timedelta(seconds=3)).isoformat().replace("+00:00", "Z")
    assert send["now"]["until"] is None
    assert send["next"] is None
    assert found["total"]["remaining"] == 995
    assert [*limits(acme)] == ["total"]

    boss.does("PUT", f"{acme.path}/quotas", json={"method": "messages.send", "quota": TEN})
    send = limits(acme, key="crm", method="messages.send")["key:messages.send"]
    assert (send["source"], send["plan"], send["quota"], send["remaining"]) == ("tenant", None, TEN, 7)


def test_limits_show_what_comes_next_and_then_what_is_open(boss: Caller, acme: Tenant) -> None:
    """It is 12:00 in Shanghai; the tenant's own administrator declares what begins at 23:30."""
    declared = admin_of(acme).does("POST", f"{acme.path}/batch-windows", json=NIGHTS)
    at = {"opens": "2026-03-02T15:30:00Z", "closes": "2026-03-02T21:00:00Z"}
    key = limits(acme, key="crm")["key"]
    wide = {"events": 50, "per_seconds": 60, "burst": 50}
    opened = {"quota": wide, "multiplier": 5, "batch_window": declared["id"], "label": "newsletter"}
    usual = {"quota": TEN, "multiplier": 1, "batch_window": None, "label": None}
    assert key["now"] == {**usual, "until": at["opens"]}
    assert key["next"] == {**opened, "at": at["opens"]}
    assert limits(acme, key="other")["key"]["next"] is None
    assert limits(acme, key="crm")["total"]["next"] is None

    noon = acme.world.clock.now()
    acme.world.clock.move(timedelta(hours=12))
    key = limits(acme, key="crm")["key"]
    acme.world.clock.move_to(noon)
    assert key["now"] == {**opened, "until": at["closes"]}
    assert key["next"] == {**usual, "at": at["closes"]}
    assert (key["quota"], key["remaining"]) == (TEN, 50)


def test_a_tenant_sees_its_own_alone(boss: Caller, acme: Tenant, shared: World) -> None:
    boss.does("PUT", "/v1/plans/secret", json={"name": "Another's"})
    other = shared.tenant(f"other-{shared.number()}")
    admin = admin_of(acme)
    assert [plan["id"] for plan in admin.sees("/v1/plans")["items"]] == ["standard"]
    assert admin.sees("/v1/limits", key="crm")["tenant_id"] == acme.id
    assert admin.is_refused("GET", "/v1/limits", params={"tenant": other.id}) == "request.not_found"
    assert admin.is_refused("GET", f"{other.path}/batch-windows") == "request.not_found"
    assert admin.is_refused("POST", f"{other.path}/batch-windows", json=NIGHTS) == "request.not_found"
    for method, path, body in (
        ("PUT", "/v1/plans/standard", STANDARD),
        ("DELETE", "/v1/plans/standard", None),
        ("PUT", f"{acme.path}/plan", {"plan": "secret"}),
        ("PUT", f"{acme.path}/quotas", {"quota": TEN}),
    ):
        request: dict[str, Any] = {} if body is None else {"json": body}
        assert admin.is_refused(method, path, **request) == "auth.forbidden", "nobody raises their own quota"
    boss.does("DELETE", "/v1/plans/secret")


def test_a_tokens_window_is_not_anothers(boss: Caller, acme: Tenant, shared: World) -> None:
    other = shared.tenant(f"other-{shared.number()}")
    window = boss.does("POST", f"{acme.path}/batch-windows", json=NIGHTS)
    made = boss.does("PUT", f"{acme.path}/quotas", json={"quota": TEN})
    admin = admin_of(other)
    path = f"{other.path}/batch-windows/{window['id']}"
    assert admin.is_refused("PUT", path, json=NIGHTS) == "batch_window.unknown"
    assert admin.is_refused("DELETE", path) == "batch_window.unknown"
    assert boss.is_refused("DELETE", f"{other.path}/quotas/{made['id']}") == "quota.override_unknown"
    assert [each["id"] for each in boss.sees(f"{acme.path}/batch-windows")["items"]] == [window["id"]]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"multiplier": 1}, "request.invalid", "/multiplier"),
        ({"multiplier": 101}, "request.invalid", "/multiplier"),
        ({"starts": "24:00"}, "request.invalid", "/starts"),
        ({"starts": "7:00"}, "request.invalid", "/starts"),
        ({"ends": "05:60"}, "request.invalid", "/ends"),
        ({"days": []}, "request.invalid", "/days"),
        ({"days": ["someday"]}, "request.invalid", "/days/0"),
        ({"key": ""}, "request.invalid", "/key"),
        ({"method": "a b"}, "request.invalid", "/method"),
        ({"method": "calls.start"}, "batch_window.without_quota", "/method"),
        ({"valid_from": "2026-05-02", "valid_until": "2026-05-01"}, "batch_window.dates_unusable", "/valid_until"),
        ({"valid_from": "1999-12-31"}, "batch_window.dates_unusable", "/valid_from"),
        ({"valid_until": "9999-12-31"}, "batch_window.dates_unusable", "/valid_until"),
        ({"valid_from": "2026-02-30"}, "request.invalid", "/valid_from"),
        ({"zone": "Europe/Berlin"}, "request.invalid", "/zone"),
    ],
)
def test_a_window_that_cannot_be(acme: Tenant, changes: Json, code: str, pointer: str) -> None:
    answer = acme.world.boss().asks("POST", f"{acme.path}/batch-windows", json={**NIGHTS, **changes})
    assert (answer.json()["code"], answer.json().get("pointer")) == (code, pointer)
    assert acme.world.boss().sees(f"{acme.path}/batch-windows")["items"] == []


def test_a_window_needs_a_plan_that_has_them(boss: Caller, acme: Tenant) -> None:
    boss.does("PUT", "/v1/plans/plain", json={**STANDARD, "batch_multiplier": 1})
    boss.does("PUT", f"{acme.path}/plan", json={"plan": "plain"})
    refused = boss.asks("POST", f"{acme.path}/batch-windows", json=NIGHTS)
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_window.not_in_plan")
    boss.does("DELETE", f"{acme.path}/plan")
    assert boss.is_refused("POST", f"{acme.path}/batch-windows", json=NIGHTS) == "batch_window.not_in_plan"


def test_there_are_only_so_many_windows(boss: Caller, acme: Tenant) -> None:
    path = f"{acme.path}/batch-windows"
    made = [boss.does("POST", path, json={**NIGHTS, "ends": f"05:{n:02}"}) for n in range(20)]
    assert boss.is_refused("POST", path, json=NIGHTS) == "batch_window.too_many"
    boss.does("PUT", f"{path}/{made[0]['id']}", json={**NIGHTS, "label": "changed"})
    boss.does("POST", path, json={**NIGHTS, "key": "other"})


@pytest.mark.parametrize(
    ("plan", "code", "pointer"),
    [
        ({"name": ""}, "request.invalid", "/name"),
        ({"quotas": [{"method": "*", **TEN, "events": 0}]}, "request.invalid", "/quotas/0/events"),
        ({"quotas": [{"method": "*", **TEN, "burst": 10**10}]}, "request.invalid", "/quotas/0/burst"),
        ({"quotas": [{"method": "*", **TEN, "per_seconds": 0}]}, "request.invalid", "/quotas/0/per_seconds"),
        ({"quotas": [{"method": 'a"b', **TEN}]}, "request.invalid", "/quotas/0/method"),
        ({"quotas": [{"method": "a", **TEN}] * 2}, "plan.method_repeated", "/quotas/1/method"),
        ({"batch_multiplier": 0}, "request.invalid", "/batch_multiplier"),
    ],
)
def test_a_plan_that_cannot_be(boss: Caller, plan: Json, code: str, pointer: str) -> None:
    answer = boss.asks("PUT", "/v1/plans/odd", json={"name": "Odd", **plan})
    assert (answer.json()["code"], answer.json()["pointer"]) == (code, pointer)


def test_names_that_cannot_be(boss: Caller, acme: Tenant) -> None:
    assert boss.is_refused("PUT", "/v1/plans/Odd%20One", json={"name": "Odd"}) == "plan.id_unusable"
    assert boss.is_refused("PUT", f"{acme.path}/plan", json={"plan": "nothing"}) == "plan.unknown"
    assert boss.is_refused("PUT", "/v1/tenants/nobody/plan", json={"plan": "standard"}) == "tenant.unknown"
    assert boss.is_refused("GET", "/v1/limits") == "limits.tenant_missing"
    assert boss.is_refused("GET", "/v1/limits", params={"tenant": "nobody"}) == "tenant.unknown"
    assert boss.is_refused("GET", "/v1/limits", params={"tenant": acme.id, "method": "a b"}) == "request.invalid"
