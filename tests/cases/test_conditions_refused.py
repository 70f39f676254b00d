"""What cannot be asked for before a release, and what the store itself refuses."""

import pytest
import sqlalchemy as sa

from conditions import code_of, once, sent_gambling, sets
from frostgate.base.model import SYSTEM
from frostgate.cases.conditions.store import conditions
from frostgate.cases.store import cases
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from visitors import frozen
from world import Account, Json, World


@pytest.fixture
def li(world: World) -> Account:
    return sent_gambling(world)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"conditions": [{"condition": "paid"}, {"condition": "paid"}]}, "case.conditions_unusable"),
        ({"conditions": [{"condition": "other"}]}, "case.conditions_unusable"),
        ({"conditions": [{"condition": "other", "words": {"zh-CN": "  ", "en": "x"}}]}, "case.conditions_unusable"),
        ({"conditions": [{"condition": "paid", "words": {"zh-CN": "付", "en": "x"}}]}, "case.conditions_unusable"),
        ({"conditions": []}, "request.invalid"),
        ({"conditions": [{"condition": "sacrifice"}]}, "request.invalid"),
        ({"until": "2026-01-01T00:00:00Z"}, "case.until_unusable"),
        ({"until": "2099-01-01T00:00:00Z"}, "case.until_unusable"),
        ({"until": "tomorrow"}, "request.invalid"),
    ],
)
def test_what_cannot_be_asked_for(world: World, changes: Json, code: str) -> None:
    rui = world.reviewer()
    case = rui.case_of(frozen(world))
    wanted = once(world, "paid")
    wanted["once"].update(changes)
    assert code_of(rui.decides(case, "release", **wanted)) == code
    assert rui.reads(case)["case"]["state"] == "open"


def test_a_mistake_has_no_conditions_and_a_tenant_no_password(world: World) -> None:
    rui = world.reviewer()
    case = rui.case_of(frozen(world))
    wanted = once(world, "paid")
    assert code_of(rui.decides(case, "release", **{**wanted, "finding": "mistake"})) == "case.conditions_unusable"
    with world.program.uow.begin() as tx:
        subject = Subject(tenant_id="acme", account_id=None)
        hold = place_hold(tx, subject=subject, kind=Kind.FREEZE, cause=Cause.MANUAL, reason="asked", actor=SYSTEM)
    whole = {"id": hold.case_id}
    assert code_of(rui.decides(whole, "release", **once(world, "password_changed"))) == "case.condition_misfit"
    assert sets(rui, whole, "statement")["state"] == "waiting"


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "waiting"},
        {"waiting_until": 1},
        {"state": "waiting", "waiting_until": 1, "conditions_by": "operator:a"},
        {
            "state": "waiting",
            "waiting_until": 1,
            "conditions_by": "operator:a",
            "release_proposed_by": "operator:a",
        },
        {
            "state": "waiting",
            "waiting_until": 1,
            "conditions_by": "operator:a",
            "release_proposed_by": "operator:b",
            "confirmed_by": "operator:a",
        },
    ],
)
def test_the_store_itself_asks_for_two_and_for_a_date(world: World, li: Account, broken: Json) -> None:
    engine = world.program.database.engine
    at = {"waiting_until": world.clock.now()} if "waiting_until" in broken else {}
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(cases.update().values(**broken | at))


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "met", "told_by": "staff"},
        {"state": "met", "told_by": "staff", "settled_by": "operator:rui"},
        {"state": "waived", "settled_by": "operator:a", "reason": ""},
        {"settled_by": "operator:a"},
    ],
)
def test_the_store_itself_refuses_half_a_condition(world: World, li: Account, broken: Json) -> None:
    rui, shu = world.reviewer(), world.person("shu")
    case = rui.case_of(li)
    sets(rui, case, "password_changed", how="release-proposal")
    shu.decides(case, "release-approval")
    engine = world.program.database.engine
    if broken.get("settled_by") == "operator:rui":  # whoever proposed it
        broken = {**broken, "settled_by": conditions.c.proposed_by, "settled_at": world.clock.now()}
    elif broken.get("state") == "waived":
        broken = {**broken, "settled_at": world.clock.now()}
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(conditions.update().values(**broken))
