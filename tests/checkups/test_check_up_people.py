"""Whoever looks after the tenant takes its steps of their own check-up, and sees its people: as long as they do."""

import pytest

from visitors import Visits
from world import Account, Json, World


def thawed(world: World, role: str) -> tuple[Account, Json]:
    """An account whose holder signs in here with this role, after a freeze; and its check-up."""
    li = world.tenant().account("li", language="en")
    world.somebody("wu@acme.example", role="owner", tenant_id="acme")
    world.somebody("li@acme.example", role=role, tenant_id="acme")
    rui = world.reviewer()
    world.boss().places(li)
    rui.releases(rui.case_of(li))
    [check_up] = li.tenant.token("portal").sees(f"{li.path}/checkups")["items"]
    return li, check_up


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("administrator", 200), ("security", 403), ("member", 403)]
)
def test_only_who_looks_after_the_tenant_takes_its_steps(world: World, visits: Visits, role: str, status: int) -> None:
    li, check_up = thawed(world, role)
    page = visits.of(about="released", root="/check-up").comes_in()
    assert ("wu@acme.example" in page.text) == (status == 200)
    portal = li.tenant.token("portal")
    taken = portal.asks("POST", f"{li.path}/checkups/{check_up['id']}/steps/networks")
    assert taken.status_code == status


def test_whoever_was_switched_off_since_sees_nobody(world: World, visits: Visits) -> None:
    li, check_up = thawed(world, "owner")
    page = visits.of(about="released", root="/check-up").comes_in()
    assert "wu@acme.example" in page.text
    [own] = [each for each in world.boss().sees("/v1/operators")["items"] if each["email"] == "li@acme.example"]
    world.boss().does("PATCH", f"/v1/operators/{own['id']}", json={"active": False})
    page.opens()
    assert "wu@acme.example" not in page.text
    portal = li.tenant.token("portal")
    assert portal.asks("POST", f"{li.path}/checkups/{check_up['id']}/steps/roles").status_code == 403
