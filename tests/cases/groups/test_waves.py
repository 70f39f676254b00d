"""Waves: the cases of one attack are one group, and a second case about the same account says so."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.cases.groups import store
from frostgate.cases.groups.model import WITHIN, Trace
from frostgate.cases.store import get_case
from frostgate.signals.traces import Trait
from plans import plan_of, scans
from world import Account, Tenant, World

Json = Any
RULE = "login.impossible-journey"
NEIGHBOUR, BEYOND = "91.65.1.77", "91.65.9.9"  # of Frankfurt's 91.65.1.1, and no more


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant()


def attacked(account: Account, *, from_: str = "Frankfurt", device: str | None = None) -> Json:
    """A case about an account that somebody far away got into, on a device of their own unless another is named."""
    account.signs_in(from_="Beijing", device="iphone")
    account.world.clock.move(timedelta(hours=1))
    account.signs_in(from_=from_, device=device or f"thief-of-{account.id}")
    case: Json = account.world.boss().case_of(account, cause="abnormal_login")
    return case


def group_of(world: World, case: Json) -> Json:
    return world.boss().reads(case)["group"]


def test_the_first_is_alone_until_a_second_comes(world: World, acme: Tenant) -> None:
    first = attacked(acme.account("li"))
    assert (first["group"], group_of(world, first)) == (None, None)

    attacked(acme.account("wang"))
    group = group_of(world, first)
    assert (group["trait"], group["value"], group["cases"], group["open"]) == ("address", "91.65.1.1", 2, 2)
    assert (group["rule"], group["cause"], group["severity"]) == (RULE, "abnormal_login", "high")
    assert group["says"] == {"zh-CN": "均来自 IP 91.65.1.1", "en": "all from 91.65.1.1"}
    queue = world.reviewer().sees("/v1/cases", group=group["id"])["items"]
    assert [(case["account_id"], case["group_size"]) for case in queue] == [("li", 2), ("wang", 2)]
    facts = [fact for fact in world.facts("acme") if fact in {"case.group_begun", "case.grouped"}]
    assert facts == ["case.group_begun", "case.grouped"]
    assert not [entry for entry in world.journal("acme") if entry.fact.startswith("case.g") and "91.65" in entry.body]


def test_a_group_widens_to_the_network_and_no_further(world: World, acme: Tenant) -> None:
    first = attacked(acme.account("li"))
    attacked(acme.account("wang"))
    attacked(acme.account("chen"), from_=NEIGHBOUR)
    group = group_of(world, first)
    assert (group["trait"], group["value"], group["cases"]) == ("network", "91.65.1.0/24", 3)

    attacked(acme.account("zhao"))  # again from the first address: the group stays as wide as it is
    assert group_of(world, first)["says"]["en"] == "all from 91.65.1.0/24"
    assert group_of(world, first)["cases"] == 4
    assert group_of(world, attacked(acme.account("sun"), from_=BEYOND)) is None


def test_a_device_tells_more_than_an_address_and_is_the_tenants_own(world: World, acme: Tenant) -> None:
    attacked(acme.account("li"), device="burner")
    second = attacked(acme.account("wang"), from_=BEYOND, device="burner")
    assert group_of(world, second)["says"]["en"] == "all on the device burner"
    assert group_of(world, attacked(world.tenant("bolt").account("li"), from_="85.240.0.1", device="burner")) is None


def test_what_comes_much_later_is_somebody_else(world: World, acme: Tenant) -> None:
    attacked(acme.account("li"))
    world.clock.move(WITHIN[Trait.ADDRESS])
    assert group_of(world, attacked(acme.account("wang"))) is None


def test_one_account_is_no_wave(world: World, acme: Tenant) -> None:
    li = acme.account("li")
    case = attacked(li)
    world.reviewer().does(
        "POST", f"/v1/cases/{case['id']}/release", json={"finding": "condition_met", "reason": "proved"}
    )
    li.signs_in(from_="Beijing", device="iphone")
    world.clock.move(timedelta(hours=1))
    li.signs_in(from_="Frankfurt", device="thief-of-li")
    again = world.boss().case_of(li)
    assert again["id"] != case["id"]
    assert group_of(world, again) is None


def test_an_attack_on_two_tenants_is_one_group_and_each_sees_its_own(world: World, acme: Tenant) -> None:
    bolt = world.tenant("bolt")
    case = attacked(acme.account("li"))
    for account in (bolt.account("li"), bolt.account("wang")):
        attacked(account)
    boss = world.boss()
    (line,) = boss.sees("/v1/cases/groups")["items"]
    assert (line["cases"], line["tenants"], "value" in line) == (3, 2, False)
    group = boss.sees(f"/v1/cases/groups/{line['id']}")
    assert group["by_tenant"] == [
        {"tenant_id": "acme", "cases": 1, "open": 1},
        {"tenant_id": "bolt", "cases": 2, "open": 2},
    ]
    of_bolt, of_acme = (tenant.token("api", role="auditor") for tenant in (bolt, acme))
    assert [line["cases"] for line in of_bolt.sees("/v1/cases/groups")["items"]] == [2]
    assert of_bolt.sees(f"/v1/cases/groups/{line['id']}")["by_tenant"] == [{"tenant_id": "bolt", "cases": 2, "open": 2}]
    assert [case["group_size"] for case in of_acme.sees("/v1/cases", group=line["id"])["items"]] == [1]
    assert of_acme.sees(f"/v1/cases/{case['id']}")["group"]["tenants"] == 1
    stranger = world.tenant("third").token("api", role="auditor")
    assert stranger.sees("/v1/cases/groups")["items"] == []
    assert stranger.is_refused("GET", f"/v1/cases/groups/{line['id']}") == "case.group_unknown"


def test_groups_are_listed_by_what_waits(world: World, acme: Tenant) -> None:
    for name in ("li", "wang"):
        attacked(acme.account(name))
    for name in ("chen", "zhao"):
        attacked(acme.account(name), from_="85.240.0.1")
    reviewer = world.reviewer()
    newest, oldest = reviewer.sees("/v1/cases/groups")["items"]
    assert reviewer.sees("/v1/cases/groups", limit=1)["next"] == newest["id"]
    assert reviewer.sees("/v1/cases/groups", after=newest["id"])["items"] == [oldest]
    for case in reviewer.sees("/v1/cases", group=oldest["id"])["items"]:
        reviewer.releases(case)
    assert [each["id"] for each in reviewer.sees("/v1/cases/groups", waiting=True)["items"]] == [newest["id"]]
    assert [each["id"] for each in reviewer.sees("/v1/cases/groups", waiting=False)["items"]] == [oldest["id"]]
    assert reviewer.sees("/v1/cases/groups", cause="bulk_operation")["items"] == []


def test_the_desk_hands_out_what_belongs_together(world: World, acme: Tenant) -> None:
    wave = [attacked(acme.account("li"))]
    world.boss().places(acme.account("other"))
    alone = world.boss().case_of(acme.account("other"))
    wave += [attacked(acme.account(name)) for name in ("wang", "chen", "zhao")]
    wang, chen = world.reviewer(), world.person("shu")

    handed = wang.does("POST", "/v1/desk/next", json={"together": 3})
    assert [case["id"] for case in (handed["case"], *handed["together"])] == [case["id"] for case in wave[:3]]
    assert chen.does("POST", "/v1/desk/next", json={})["case"]["id"] == alone["id"]
    assert wang.does("POST", "/v1/desk/next", json={})["case"]["id"] == wave[3]["id"]
    assert chen.does("POST", "/v1/desk/next", json={"together": 5}) == {"case": None, "together": []}


def test_a_bulk_release_takes_a_whole_group(world: World, acme: Tenant) -> None:
    for name in ("li", "wang", "chen"):
        attacked(acme.account(name))
    elsewhere = attacked(acme.account("zhao"), from_="85.240.0.1")
    group = group_of(world, world.boss().case_of(acme.account("li")))
    wanted = {
        "what": "release",
        "finding": "mistake",
        "reason": "our own egress",
        "where": {"group": group["id"]},
    }
    path = f"{acme.path}/bulk-actions"
    bulk = world.reviewer().does("POST", path, json=wanted)
    assert bulk["total"] == 3
    world.person("lead").does("POST", f"{path}/{bulk['id']}/approve")
    world.until(lambda: world.boss().sees(f"{path}/{bulk['id']}")["state"] == "done")
    assert group_of(world, world.boss().case_of(acme.account("li")))["open"] == 0
    assert world.boss().reads(elsewhere)["case"]["state"] == "open"


def test_a_second_case_about_the_same_account_says_so(world: World, acme: Tenant) -> None:
    li, boss = acme.account("li"), world.boss()
    boss.places(li, "challenge")
    first = boss.case_of(li)
    boss.places(acme.account("wang"))
    boss.places(li, "freeze")
    second = boss.case_of(li)
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])
    file = boss.reads(first)
    assert file["duplicates"] == [second["id"]]
    assert [(line["action"], line["reason"]) for line in file["actions"]][-1] == ("duplicated", second["id"])
    assert "case.duplicate" in world.facts("acme")

    wang = world.reviewer()
    wang.does("POST", f"/v1/cases/{first['id']}/take")
    assert wang.does("POST", "/v1/desk/next", json={})["case"]["id"] == second["id"]  # although wang's is older
    for case in (first, second):
        wang.releases(case)
    boss.places(li, "limit", services=["voice"])
    assert boss.case_of(li)["duplicate_of"] is None


def test_finding_where_a_case_belongs_takes_look_ups_by_index_alone(world: World, acme: Tenant) -> None:
    attacked(acme.account("li"))
    with world.program.uow.look() as connection:
        saved = get_case(connection, world.boss().case_of(acme.account("li"))["id"], tenant_id="acme")
        known = connection.execute(sa.select(store.traces.c.key)).scalars().all()
        left = [Trace(key=key, trait=Trait.ADDRESS, value="") for key in known]
        assert len(left) == 3
        assert scans(plan_of(connection, lambda found: store.marks_of(found, left))) == []
        assert scans(plan_of(connection, lambda found: store.find_original(found, saved))) == []
