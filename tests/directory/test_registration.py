"""Who a tenant is in the register of companies. Papers are compared with it, so its own people cannot change it."""

from typing import Any

import pytest

from licences import CODE, NAME, PERSON
from world import Tenant, World

TOLD = {"name": NAME, "code": CODE, "legal_representative": PERSON}


def path(tenant: Tenant) -> str:
    return f"{tenant.path}/registration"


def test_it_is_recorded_read_and_corrected_with_before_and_after(world: World) -> None:
    acme, boss = world.tenant(), world.boss()
    assert boss.is_refused("GET", path(acme)) == "registration.unknown"

    typed = {**TOLD, "code": " ９１４４０３０0 7084 6113 6t "}
    first = boss.does("PUT", path(acme), json=typed)
    assert {name: first[name] for name in TOLD} == TOLD
    assert world.reviewer().sees(path(acme)) == first
    assert boss.does("PUT", path(acme), json=TOLD) == first  # the same is no change

    second = boss.does("PUT", path(acme), json={**TOLD, "legal_representative": "陈晓"})
    assert second["legal_representative"] == "陈晓"
    told = [entry.body for entry in world.journal("acme") if entry.fact == "registration.recorded"]
    assert len(told) == 2
    assert PERSON in told[1]
    assert "陈晓" in told[1]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("91440300708461136R", "registration.code_check_digit"),
        ("9144030070846113", "registration.code_length"),
        ("9144O300708461136T", "registration.code_characters"),
        ("91440300708461I36T", "registration.code_characters"),
    ],
)
def test_a_code_that_cannot_be_is_refused(shared: World, code: str, refusal: str) -> None:
    tenant = shared.tenant(f"r{shared.number()}")
    answer: Any = shared.boss().asks("PUT", path(tenant), json={"name": NAME, "code": code})
    assert (answer.status_code, answer.json()["code"], answer.json()["pointer"]) == (422, refusal, "/code")
    assert "registration.recorded" not in shared.facts(tenant.id)


def test_a_tenants_own_administrator_reads_it_and_cannot_change_it(shared: World) -> None:
    tenant = shared.tenant(f"r{shared.number()}")
    shared.boss().does("PUT", path(tenant), json=TOLD)
    admin = tenant.token("api", role="owner")
    assert admin.sees(path(tenant))["code"] == CODE
    assert admin.is_refused("PUT", path(tenant), json={"name": "Mine"}) == "auth.forbidden"
