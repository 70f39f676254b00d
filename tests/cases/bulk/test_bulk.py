"""Many accounts at once: two people, whom it concerns beforehand, each by itself, and one step back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from frostgate.base.errors import Conflict, StoreUnavailable
from frostgate.cases.bulk import store
from frostgate.cases.bulk.model import LASTS
from frostgate.cases.bulk.running import run_bulks
from frostgate.cases.keeping import end_kept
from together import at_once
from world import Account, Caller, Tenant, World

Json = Any


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant()


def proposes(person: Caller, tenant: Tenant, **body: Any) -> Json:
    return person.does("POST", f"{tenant.path}/bulk-actions", json={"reason": "one wave", **body})


def freezes(world: World, tenant: Tenant, *accounts: Account) -> Json:
    """Somebody asks for a freeze, and somebody else agrees."""
    bulk = proposes(world.person("ann"), tenant, what="freeze", accounts=[account.id for account in accounts])
    return agrees(world, bulk)


def agrees(world: World, bulk: Json, who: str = "bo") -> Json:
    """Somebody else agrees, and it is carried out."""
    path = f"/v1/tenants/{bulk['tenant_id']}/bulk-actions/{bulk['id']}"
    world.person(who).does("POST", f"{path}/approve")
    run_bulks(world.program.uow)
    return world.boss().sees(path)


def becomes(world: World, bulk: Json) -> dict[str | None, tuple[str, str | None]]:
    """What became of each account, and why not."""
    found = world.boss().sees(f"/v1/tenants/{bulk['tenant_id']}/bulk-actions/{bulk['id']}/items")["items"]
    return {item["account_id"]: (item["state"], item["problem"]) for item in found}


def test_nothing_happens_until_somebody_else_agrees(world: World, acme: Tenant) -> None:
    li, chen = acme.account("li"), acme.account("chen")
    ann = world.person("ann")
    bulk = proposes(ann, acme, what="freeze", accounts=["li", "chen", "li"])
    assert (bulk["state"], bulk["total"], bulk["pending"]) == ("proposed", 2, 2)
    assert becomes(world, bulk) == {"li": ("pending", None), "chen": ("pending", None)}
    path = f"{acme.path}/bulk-actions/{bulk['id']}"
    assert ann.is_refused("POST", f"{path}/approve") == "approval.second_person_needed"
    assert world.reviewer().is_refused("POST", f"{path}/approve") == "auth.forbidden"
    assert acme.token("api", role="superintendent").is_refused("POST", f"{path}/approve") == "approval.person_needed"
    run_bulks(world.program.uow)
    assert li.is_free()
    assert chen.is_free()

    done = agrees(world, bulk)
    assert (done["state"], done["done"], done["skipped"], done["pending"]) == ("done", 2, 0, 0)
    assert li.open_kinds() == chen.open_kinds() == ["freeze"]
    assert not li.is_free()
    assert {notice["template"] for notice in li.notices()} == {"frozen"}
    assert world.boss().case_of(chen)["state"] == "open"
    assert world.person("bo").is_refused("POST", f"{path}/approve") == "bulk.decided"
    facts = [fact for fact in world.facts("acme") if fact.startswith("bulk.")]
    assert facts == ["bulk.proposed", "bulk.approved", "bulk.ended"]


def test_what_a_wrong_rule_froze_is_released_as_a_mistake(world: World, acme: Tenant) -> None:
    frozen = [acme.account(name) for name in ("li", "chen")]
    for account in frozen:
        account.travels_too_fast()
        world.clock.move(timedelta(hours=1))
    by_hand = acme.account("by-hand")
    world.boss().places(by_hand)
    where = {"rule": "login.impossible-journey"}
    bulk = proposes(world.person("ann"), acme, what="release", finding="mistake", where=where)
    assert set(becomes(world, bulk)) == {"li", "chen"}
    done = agrees(world, bulk)
    assert (done["done"], done["skipped"]) == (2, 0)
    assert all(account.is_free() for account in frozen)
    assert not by_hand.is_free()
    assert world.boss().case_of(frozen[0])["released_by"] == done["approved_by"]
    assert frozen[0].signs_in(from_="Frankfurt", device="pixel")["verdict"] == "allow"


def test_one_step_back_holds_again_what_was_released(world: World, acme: Tenant) -> None:
    li = acme.account("li")
    world.boss().places(li, "limit", services=["voice"])
    where = {"cases": [world.boss().case_of(li)["id"]]}
    released = agrees(world, proposes(world.person("ann"), acme, what="release", finding="mistake", where=where))
    assert li.is_free()
    undo = f"{acme.path}/bulk-actions/{released['id']}/undo"
    back = world.person("ann").does("POST", undo, json={"reason": "it was right"})
    assert (back["what"], back["undoes"], back["total"]) == ("freeze", released["id"], 1)
    agrees(world, back)
    [hold] = [hold for hold in li.holds() if hold["released_at"] is None]
    assert (hold["kind"], hold["services"], hold["cause"]) == ("limit", ["voice"], "manual")
    for bulk in (released, back):
        path = f"{acme.path}/bulk-actions/{bulk['id']}/undo"
        assert world.person("ann").is_refused("POST", path, json={"reason": "again"}) == "bulk.not_undoable"


@pytest.mark.parametrize("days", [3, 6])
def test_one_step_back_keeps_the_end_that_the_holder_was_told(world: World, acme: Tenant, days: int) -> None:
    li = acme.account("li")
    world.boss().places(li)
    case = world.boss().case_of(li)
    until = world.clock.now() + timedelta(days=5)
    assert world.reviewer().decides(case, "confirm", until=until.isoformat()).is_success
    where = {"cases": [case["id"]]}
    released = agrees(world, proposes(world.person("ann"), acme, what="release", finding="mistake", where=where))
    world.clock.move(timedelta(days=days))
    undo = f"{acme.path}/bulk-actions/{released['id']}/undo"
    back = agrees(world, world.person("ann").does("POST", undo, json={"reason": "it was right"}))
    if days > 5:
        assert becomes(world, back) == {"li": ("skipped", "hold.closed")}
        assert li.is_free()
        return
    assert datetime.fromisoformat(world.boss().case_of(li)["keep_until"]) == until
    world.clock.move(timedelta(days=3))
    end_kept(world.program.uow)
    assert li.is_free()


def test_one_step_back_releases_what_was_frozen_and_nothing_else(world: World, acme: Tenant) -> None:
    li, chen = acme.account("li"), acme.account("chen")
    world.boss().places(chen)
    done = freezes(world, acme, li, chen)
    assert becomes(world, done) == {"li": ("done", None), "chen": ("skipped", "bulk.already_held")}
    undo = f"{acme.path}/bulk-actions/{done['id']}/undo"
    back = agrees(world, world.person("ann").does("POST", undo, json={"reason": "the wrong list"}))
    assert (back["what"], back["finding"], back["done"]) == ("release", "mistake", 1)
    assert li.is_free()
    assert not chen.is_free()


def test_a_step_back_that_was_withdrawn_leaves_room_for_another(world: World, acme: Tenant) -> None:
    done = freezes(world, acme, acme.account("li"))
    path, ann, body = f"{acme.path}/bulk-actions", world.person("ann"), {"reason": "hm"}
    first = ann.does("POST", f"{path}/{done['id']}/undo", json=body)
    assert ann.is_refused("POST", f"{path}/{done['id']}/undo", json=body) == "bulk.not_undoable"
    ann.does("POST", f"{path}/{first['id']}/withdraw", json=body)
    assert world.person("bo").is_refused("POST", f"{path}/{first['id']}/approve") == "bulk.decided"
    assert ann.does("POST", f"{path}/{done['id']}/undo", json=body)["undoes"] == done["id"]
    assert [bulk["state"] for bulk in ann.sees(path)["items"]] == ["proposed", "withdrawn", "done"]


def test_neither_of_the_two_may_have_confirmed_a_hold_before(world: World, acme: Tenant) -> None:
    by_proposer, by_approver, by_third = (acme.account(name) for name in ("a", "b", "c"))
    for account, name in ((by_proposer, "ann"), (by_approver, "bo"), (by_third, "chen")):
        world.boss().places(account)
        world.person(name).confirms(world.boss().case_of(account))
    where = {"cause": "manual"}
    done = agrees(world, proposes(world.person("ann"), acme, what="release", finding="condition_met", where=where))
    assert becomes(world, done) == {
        "a": ("skipped", "approval.second_person_needed"),
        "b": ("skipped", "approval.second_person_needed"),
        "c": ("done", None),
    }


def test_what_somebody_works_on_or_has_ended_since_is_skipped(world: World, acme: Tenant) -> None:
    taken, ended, free = (acme.account(name) for name in ("taken", "ended", "free"))
    for account in (taken, ended, free):
        world.boss().places(account)
    bulk = proposes(world.person("ann"), acme, what="release", finding="mistake", where={"cause": "manual"})
    world.reviewer().does("POST", f"/v1/cases/{world.boss().case_of(taken)['id']}/take")
    world.reviewer().releases(world.boss().case_of(ended))
    done = agrees(world, bulk)
    assert becomes(world, done) == {
        "taken": ("skipped", "case.taken"),
        "ended": ("skipped", "case.closed"),
        "free": ("done", None),
    }
    assert done["state"] == "done"
    skipped = world.boss().sees(f"{acme.path}/bulk-actions/{bulk['id']}/items", state="skipped")["items"]
    assert len(skipped) == 2


def test_a_proposal_of_yesterday_is_proposed_anew(world: World, acme: Tenant) -> None:
    acme.account("li")
    bulk = proposes(world.person("ann"), acme, what="freeze", accounts=["li"])
    world.clock.move(LASTS + timedelta(seconds=1))
    path = f"{acme.path}/bulk-actions/{bulk['id']}/approve"
    assert world.person("bo").is_refused("POST", path) == "bulk.stale"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"what": "freeze", "accounts": []}, "bulk.empty"),
        ({"what": "freeze", "accounts": ["li"], "reason": " "}, "case.reason_required"),
        ({"what": "freeze", "accounts": ["li"], "finding": "mistake"}, "bulk.unclear"),
        ({"what": "freeze", "accounts": ["li"], "where": {"cause": "manual"}}, "bulk.unclear"),
        ({"what": "release", "finding": "mistake"}, "bulk.unclear"),
        ({"what": "release", "finding": "mistake", "where": {}}, "bulk.unclear"),
        ({"what": "release", "where": {"cause": "manual"}}, "bulk.unclear"),
        ({"what": "release", "finding": "mistake", "where": {"cause": "manual"}, "accounts": ["li"]}, "bulk.unclear"),
        ({"what": "release", "finding": "mistake", "where": {"rule": "no.such"}}, "bulk.empty"),
        ({"what": "ban", "accounts": ["li"]}, "request.invalid"),
        ({"what": "freeze", "accounts": ["a\u0000b"]}, "request.invalid"),
        ({"what": "freeze", "accounts": [f"a{n}" for n in range(10_001)]}, "request.invalid"),
    ],
    ids=str,
)
def test_what_is_unclear_or_concerns_nobody_is_refused(world: World, acme: Tenant, body: Json, code: str) -> None:
    request = {"reason": "one wave", **body}
    assert world.person("ann").is_refused("POST", f"{acme.path}/bulk-actions", json=request) == code


def test_a_tenant_releases_nothing_of_another(world: World, acme: Tenant) -> None:
    bolt = world.tenant("bolt")
    li = bolt.account("li")
    world.boss().places(li)
    case = world.boss().case_of(li)
    ann = world.person("ann")
    body = {"what": "release", "finding": "mistake", "where": {"cases": [case["id"]]}, "reason": "one wave"}
    assert ann.is_refused("POST", f"{acme.path}/bulk-actions", json=body) == "bulk.empty"
    bulk = proposes(ann, bolt, **body)
    assert ann.is_refused("GET", f"{acme.path}/bulk-actions/{bulk['id']}") == "bulk.unknown"


class Cut:
    """A store that takes one thing and then nothing more."""

    def __init__(self, world: World) -> None:
        self._uow = world.program.uow
        self.look = self._uow.look
        self._begun = 0

    def begin(self) -> Any:
        self._begun += 1
        if self._begun > 1:
            raise StoreUnavailable
        return self._uow.begin()


def test_cut_off_in_the_middle_it_goes_on_where_it_was(world: World, acme: Tenant) -> None:
    accounts = [acme.account(name) for name in ("a", "b", "c")]
    bulk = proposes(world.person("ann"), acme, what="freeze", accounts=[account.id for account in accounts])
    world.person("bo").does("POST", f"{acme.path}/bulk-actions/{bulk['id']}/approve")
    with pytest.raises(StoreUnavailable):
        run_bulks(Cut(world))  # type: ignore[arg-type]
    assert sorted(state for state, _ in becomes(world, bulk).values()) == ["done", "pending", "pending"]
    at_once([lambda: run_bulks(world.program.uow)] * 2)
    assert {state for state, _ in becomes(world, bulk).values()} == {"done"}
    assert all(len(account.holds()) == 1 for account in accounts)
    assert world.facts("acme").count("bulk.ended") == 1


def test_two_people_are_a_constraint_of_the_store(world: World, acme: Tenant) -> None:
    acme.account("li")
    bulk = proposes(world.person("ann"), acme, what="freeze", accounts=["li"])
    change = store.bulks.update().where(store.bulks.c.id == bulk["id"], store.bulks.c.tenant_id == "acme")
    for forged in (
        {"approved_by": bulk["proposed_by"], "state": "running"},
        {"approved_by": None, "state": "running"},
    ):
        with pytest.raises(Conflict), world.program.database.write() as connection:
            connection.execute(change.values(forged))
