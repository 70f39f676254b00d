"""A gateway takes from quotas over HTTP: the draft's fields, refusals that say when, batch windows, restarts.

The fields are those of draft-ietf-httpapi-ratelimit-headers-11; its sections are named beside the tests.
"""

import re
import threading
from datetime import timedelta
from typing import Any

import httpx
import pytest

from servers import PASSWORD, email_of
from world import Caller, Json, Tenant, World

TAKE = "/v1/limits/take"
MINUTE = {"events": 10, "per_seconds": 60, "burst": 10}
PLAN = {
    "name": "Standard",
    "quotas": [{"method": "*", **MINUTE}, {"method": "messages.send", "events": 100, "per_seconds": 60, "burst": 50}],
    "total": {"events": 1000, "per_seconds": 3600, "burst": 60},
    "batch_multiplier": 10,
}

# RFC 9651: a List of Strings with integer parameters, as far as the two fields use it.
_ITEM = re.compile(r'"([ -!#-\[\]-~]+)"((?:;[a-z*][a-z0-9_.*-]*=[0-9]{1,15})+)')


def parsed(field: str) -> dict[str, dict[str, int]]:
    """A field's items by name, with their parameters."""
    items = {}
    for item in field.split(", "):
        found = _ITEM.fullmatch(item)
        assert found, item
        items[found[1]] = {name: int(value) for name, value in (each.split("=") for each in found[2][1:].split(";"))}
    return items


def limited(world: World, tenant_id: str = "acme", **plan: Any) -> Tenant:
    """A tenant with a plan of its own."""
    tenant = world.tenant(tenant_id)
    world.boss().does("PUT", f"/v1/plans/{tenant_id}", json={**PLAN, **plan})
    world.boss().does("PUT", f"{tenant.path}/plan", json={"plan": tenant_id})
    return tenant


def take(by: Caller, method: str = "messages.send", *, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return by.asks("POST", TAKE, json={"key": "crm", "method": method, **more}, headers=headers or {})


def told(answer: httpx.Response) -> tuple[Json, Json]:
    return parsed(answer.headers["ratelimit-policy"]), parsed(answer.headers["ratelimit"])


def test_a_take_carries_the_fields(world: World) -> None:
    """Sections 3 and 4: what a gateway may pass on as it is."""
    acme = limited(world)
    answer = take(acme.gateway, cost=5)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "allowed": True,
        "limits": [
            {"name": "key:messages.send", "remaining": 45, "resets_in": 3},
            {"name": "total", "remaining": 55, "resets_in": 18},
        ],
    }
    policy, left = told(answer)
    assert policy == {
        "key:messages.send": {"q": 100, "w": 60, "frostgate-burst": 50},
        "total": {"q": 1000, "w": 3600, "frostgate-burst": 60},
    }
    assert left == {"key:messages.send": {"r": 45, "t": 27}, "total": {"r": 55, "t": 198}}
    assert "retry-after" not in answer.headers


def test_where_nothing_is_limited_there_are_no_fields(world: World) -> None:
    answer = take(world.tenant().gateway)
    assert answer.json() == {"allowed": True, "limits": []}
    assert "ratelimit" not in answer.headers
    assert "ratelimit-policy" not in answer.headers


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-CN", "调用过于频繁，已超出配额，请在 30 秒后重试。"),
        ("en-GB,en;q=0.8", "The quota is used up. Try again in 30 seconds."),
    ],
)
def test_a_refusal_says_why_and_when(world: World, language: str, sentence: str) -> None:
    acme = limited(world)
    assert take(acme.gateway, "users.list", cost=8).status_code == 200
    refused = take(
        acme.gateway, "users.list", cost=7, headers={"accept-language": language, "x-request-id": "a-request"}
    )

    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    problem = refused.json()
    assert (problem["code"], problem["type"]) == ("limits.exceeded", "/problems/limits.exceeded")
    assert (problem["detail"], problem["instance"]) == (sentence, "a-request")
    assert {*problem["texts"]} == {"zh-CN", "en"}
    assert problem["params"] == {"limits": ["key"], "retry_after": 30}
    assert refused.headers["retry-after"] == "30"
    assert refused.headers["x-request-id"] == "a-request"
    _, left = told(refused)
    assert left["key"]["r"] == 2
    assert all(each["t"] <= 30 for each in left.values()), "section 6: no window ends after Retry-After"

    world.clock.move(timedelta(seconds=29))
    assert take(acme.gateway, "users.list", cost=7).status_code == 429
    world.clock.move(timedelta(seconds=1))
    assert take(acme.gateway, "users.list", cost=7).status_code == 200


def test_what_can_never_be_taken_is_told_apart(world: World) -> None:
    acme = limited(world)
    refused = take(acme.gateway, "users.list", cost=11, headers={"accept-language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (422, "limits.cost_too_large")
    assert "at most 10" in refused.json()["detail"]
    assert "retry-after" not in refused.headers
    assert take(acme.gateway, "users.list", cost=10).status_code == 200, "and it took nothing"


def test_one_quota_refuses_for_all(world: World) -> None:
    acme = limited(world)
    assert take(acme.gateway, cost=45).status_code == 200
    assert take(acme.gateway, cost=10, key="other").status_code == 200
    refused = take(acme.gateway, cost=6, key="third")
    assert refused.json()["params"]["limits"] == ["total"]
    assert told(refused)[1]["key:messages.send"]["r"] == 50, "the key's own was not touched"
    assert take(acme.gateway, cost=5, key="third").status_code == 200


def test_many_gateways_at_once_get_exactly_the_quota(world: World) -> None:
    acme = limited(world, total=None)
    counts, together = [0] * 6, threading.Barrier(6)

    def ask(number: int) -> None:
        with httpx.Client(base_url=world.server.address, trust_env=False, headers=acme.gateway.headers) as client:
            together.wait()
            for _ in range(20):
                counts[number] += client.post(TAKE, json={"key": "crm", "method": "messages.send"}).status_code == 200

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 50
    assert 'frostgate_limits_takes_total{outcome="refused"} 70.0' in world.http.get("/metrics").text
    assert 'frostgate_limits_takes_total{outcome="taken"} 50.0' in world.http.get("/metrics").text


def test_a_batch_window_opens_and_closes_by_the_tenants_clock(world: World) -> None:
    """Berlin, the night in which clocks are put forward: from 01:30 until 03:30 is one hour."""
    acme = limited(world, total=None)
    boss = world.boss()
    boss.does("PATCH", acme.path, json={"time_zone": "Europe/Berlin"})
    night = {"key": "crm", "days": ["sun"], "starts": "01:30", "ends": "03:30", "multiplier": 4, "label": "nightly"}
    boss.does("POST", f"{acme.path}/batch-windows", json=night)
    world.clock.move_to(world.clock.now().replace(month=3, day=29, hour=0, minute=29, second=59))
    boss = Caller(world, _signed_in(world))
    assert told(take(acme.gateway, "users.list", cost=10))[1]["key"]["r"] == 0
    [shown] = boss.sees("/v1/limits", tenant="acme", key="crm")["limits"]
    assert (shown["now"]["multiplier"], shown["next"]["multiplier"]) == (1, 4)
    assert shown["next"]["at"] == "2026-03-29T00:30:00Z"

    world.clock.move(timedelta(seconds=1))
    policy, left = told(take(acme.gateway, "users.list"))
    assert (policy["key"]["q"], policy["key"]["frostgate-burst"]) == (40, 40)
    assert left["key"]["r"] == 0, "a sixtieth of four times the quota came back by now, and nothing was given"
    world.clock.move(timedelta(seconds=60))
    assert take(acme.gateway, "users.list", cost=40).status_code == 200
    [shown] = boss.sees("/v1/limits", tenant="acme", key="crm")["limits"]
    assert (shown["now"]["label"], shown["now"]["until"]) == ("nightly", "2026-03-29T01:30:00Z")

    world.clock.move_to(world.clock.now().replace(hour=1, minute=30, second=0))
    refused = take(acme.gateway, "users.list", cost=11)
    assert refused.json()["code"] == "limits.cost_too_large"
    assert told(refused)[0]["key"]["q"] == 10


def _signed_in(world: World) -> str:
    opened = world.http.post("/v1/session", json={"email": email_of("boss"), "password": PASSWORD})
    secret: str = opened.raise_for_status().json()["secret"]
    return secret


def test_a_restart_keeps_the_bucket(world: World) -> None:
    acme = limited(world)
    assert take(acme.gateway, cost=50).status_code == 200
    world.restart()
    refused = take(acme.gateway)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert told(refused)[1] == {"key:messages.send": {"r": 0, "t": 1}, "total": {"r": 10, "t": 1}}
    world.clock.move(timedelta(seconds=30))
    assert take(acme.gateway, cost=19).json()["code"] == "limits.exceeded", "the total has but 18 again"
    assert take(acme.gateway, cost=18).status_code == 200


# Who may, and what cannot be read


def test_a_gateway_of_the_platform_names_the_tenant(world: World) -> None:
    acme = limited(world)
    issued = world.boss().does("POST", "/v1/tokens", json={"name": "edge", "purpose": "gate"})
    edge = Caller(world, issued["secret"])
    assert take(edge).json()["code"] == "limits.tenant_missing"
    unknown = take(edge, tenant="acmee")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "tenant.unknown"), "a slip must not mean yes"
    assert take(edge, tenant="acme", cost=50).status_code == 200
    assert take(acme.gateway).status_code == 429, "it is the same bucket"


def test_nobody_takes_from_another_tenant(world: World) -> None:
    acme, bolt = limited(world), limited(world, "bolt")
    assert take(bolt.gateway, tenant="acme").status_code == 404
    assert take(acme.sender).json()["code"] == "auth.forbidden"
    assert told(take(acme.gateway))[1]["key:messages.send"]["r"] == 49


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 50_000,
        b'{"key": "crm"}',
        b'{"method": "m"}',
        b'{"key": "", "method": "m"}',
        b'{"key": "crm", "method": "*"}',
        b'{"key": "crm", "method": "a b"}',
        b'{"key": "crm", "method": "m\\n"}',
        b'{"key": "a\\u0000b", "method": "m"}',
        b'{"key": "crm", "method": "m", "cost": 0}',
        b'{"key": "crm", "method": "m", "cost": -1}',
        b'{"key": "crm", "method": "m", "cost": 1.5}',
        b'{"key": "crm", "method": "m", "cost": 100000000000000000000}',
        b'{"key": "crm", "method": "m", "costs": 1}',
    ],
)
def test_what_is_no_take_is_a_400(shared: World, body: bytes) -> None:
    asked = shared.boss().asks("POST", TAKE, content=body, headers={"content-type": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (400, "request.malformed")


def test_a_body_that_is_too_large(shared: World) -> None:
    answer = shared.boss().asks("POST", TAKE, content=b" " * 70_000, headers={"connection": "close"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
