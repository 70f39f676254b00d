"""Account managers: who looks after a tenant, and what they see of all of theirs at a glance."""

from datetime import timedelta
from typing import Any

import pytest

from frostgate.base.journal import body_of
from frostgate.base.model import SYSTEM
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from servers import email_of
from together import asked
from world import World


def id_of(world: World, person: str) -> str:
    found: str = world.person(person).sees("/v1/session")["operator"]["id"]
    return found


def gives(world: World, tenant_id: str, person: str | None, by: str = "ann") -> dict[str, Any]:
    """Say who looks after a tenant."""
    body = {"operator_id": person and id_of(world, person)}
    view: dict[str, Any] = world.person(by).does("PUT", f"/v1/tenants/{tenant_id}/account-manager", json=body)
    return view


def freezes(world: World, tenant_id: str, account_id: str | None) -> None:
    with world.program.uow.begin() as tx:
        place_hold(
            tx,
            subject=Subject(tenant_id=tenant_id, account_id=account_id),
            kind=Kind.FREEZE,
            cause=Cause.VIOLATING_CONTENT,
            reason="content.gambling",
            actor=SYSTEM,
        )


def states_of_notices(world: World, tenant_id: str) -> set[str]:
    return {notice["state"] for notice in world.boss().sees(f"/v1/tenants/{tenant_id}/notices")["items"]}


def test_a_tenant_is_given_to_somebody_of_customer_success_and_both_know(shared: World) -> None:
    acme = shared.tenant(f"t{shared.number()}")
    owner = acme.token("api", role="owner")
    path = f"{acme.path}/account-manager"
    assert owner.sees(path)["operator_id"] is None
    given = gives(shared, acme.id, "customer_success")
    assert owner.sees(path) == given
    assert given["email"] == email_of("customer_success")
    gives(shared, acme.id, "customer_success")
    gives(shared, acme.id, None)

    told = [body_of(entry) for entry in shared.journal(acme.id) if entry.fact == "tenant.manager_changed"]
    somebody = id_of(shared, "customer_success")
    assert [(body["before"], body["after"]) for body in told] == [(None, somebody), (somebody, None)]
    put = {"json": {"operator_id": id_of(shared, "rui")}}
    assert shared.person("ann").is_refused("PUT", path, **put) == "manager.unusable"
    assert shared.person("ann").is_refused("PUT", path, json={"operator_id": "nobody"}) == "manager.unusable"
    assert owner.is_refused("PUT", path, json={"operator_id": None}) == "auth.forbidden"


@pytest.mark.parametrize("change", [{"active": False}, {"role": "auditor"}])
def test_whoever_leaves_customer_success_looks_after_nobody_any_more(world: World, change: dict[str, Any]) -> None:
    acme = world.tenant("acme")
    gives(world, "acme", "customer_success")
    who = id_of(world, "customer_success")
    world.boss().does("PATCH", f"/v1/operators/{who}", json=change)
    assert world.boss().sees(f"{acme.path}/account-manager")["operator_id"] is None
    assert world.facts("acme")[-1] == "tenant.manager_changed"


def test_customer_success_sees_what_waits_at_all_of_their_tenants(world: World) -> None:
    for name in ("acme", "bolt", "cyan"):
        world.tenant(name)
    for name in ("acme", "bolt"):
        gives(world, name, "customer_success")
    for account in ("li", "wang"):  # nobody registered them, so there is no address to tell their holders
        freezes(world, "acme", account)
    world.mails_to("security@acme.example", count=2)
    world.until(lambda: "owed" not in states_of_notices(world, "acme"))
    world.clock.move(timedelta(hours=19))
    freezes(world, "acme", None)
    world.until(lambda: "owed" not in states_of_notices(world, "acme"))

    helper = world.person("customer_success")
    [acme, bolt] = helper.sees("/v1/portfolio")["items"]
    assert acme == {
        "id": "acme",
        "name": "Acme",
        "account_manager": id_of(world, "customer_success"),
        "open_cases": 3,
        "late_cases": 0,
        "near_cases": 2,
        "undelivered_notices": 2,
        "frozen_accounts": 2,
        "frozen_tenant": True,
    }
    assert (bolt["id"], bolt["open_cases"], bolt["frozen_tenant"]) == ("bolt", 0, False)
    assert [each["id"] for each in helper.sees("/v1/portfolio", whose="nobodys")["items"]] == ["cyan"]
    assert [each["id"] for each in helper.sees("/v1/portfolio", whose="all", after="acme")["items"]] == ["bolt", "cyan"]
    world.clock.move(timedelta(hours=6))
    [acme, _] = world.person("customer_success").sees("/v1/portfolio")["items"]
    assert (acme["late_cases"], acme["near_cases"]) == (2, 0)
    assert world.person("rui").is_refused("GET", "/v1/portfolio") == "auth.forbidden"


def test_a_page_of_many_tenants_takes_as_many_queries_as_one_of_two(shared: World) -> None:
    helper = shared.person("customer_success")

    def queries() -> int:
        with asked() as noted:
            helper.sees("/v1/portfolio", whose="all")
        # The server does its chores meanwhile, and asks other things.
        return sum("JOIN account_managers" in text or "tenant_id IN" in text for text in noted)

    shared.tenant(f"t{shared.number()}")
    before = queries()
    for _ in range(10):
        shared.tenant(f"t{shared.number()}")
    assert queries() == before == 5
