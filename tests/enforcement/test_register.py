"""The register: late news change nothing, and a tenant's holds reach all of its accounts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.enforcement.register import Register
from frostgate.enforcement.store import Bite, Entry
from frostgate.standing.model import Kind, Permit, Service

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ACCOUNTS = ("", "li", "wang")


def bite(ident: str, kind: Kind, services: tuple[str, ...]) -> Bite:
    return Bite(
        id=ident, kind=kind.value, cause="manual", services=services, condition="reviewed", placed_at=NOON, case_id="c"
    )


services = st.sets(st.sampled_from([service.value for service in Service]), min_size=1).map(lambda s: tuple(sorted(s)))
bites = st.builds(bite, st.text("ab", min_size=1, max_size=3), st.sampled_from(Kind), services)
entries = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.lists(bites, max_size=3)), min_size=1, max_size=8).map(
    lambda found: [
        Entry(tenant_id="acme", account_id=account, revision=number, bites=tuple(some))
        for number, (account, some) in enumerate(found, start=1)
    ]
)


def permits(register: Register) -> dict[tuple[str, str], Permit]:
    return {
        (account, service.value): register.permit("acme", account, service.value)[0]
        for account in (*ACCOUNTS[1:], "nobody")
        for service in Service
    }


@given(entries, st.randoms(use_true_random=False))
def test_news_may_come_in_any_order_and_more_than_once(found: list[Entry], chance: object) -> None:
    one, other = Register(), Register()
    one.apply(found)
    shuffled = [*found, *found]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    for entry in shuffled:
        other.apply([entry])
    assert permits(one) == permits(other)
    assert one.revision == other.revision
    assert one.on_hold() == other.on_hold()


def test_a_tenants_hold_reaches_accounts_that_nobody_heard_of() -> None:
    register = Register()
    freeze = bite("h", Kind.FREEZE, tuple(sorted(Service)))
    register.apply([Entry(tenant_id="acme", account_id="", revision=1, bites=(freeze,))])
    assert register.permit("acme", "nobody", "voice") == (Permit.DENIED, freeze)
    assert register.permit("bolt", "nobody", "voice") == (Permit.ALLOWED, None)
    register.apply([Entry(tenant_id="acme", account_id="", revision=2, bites=())])
    assert register.permit("acme", "nobody", "voice") == (Permit.ALLOWED, None)
    assert register.on_hold() == 0


def test_whoever_asks_in_the_middle_of_a_thaw_gets_an_answer() -> None:
    """The gate reads without a lock, so it may stand between any two steps of a change."""
    register = Register()
    freeze = bite("h", Kind.FREEZE, tuple(sorted(Service)))

    class Watched(dict[tuple[str, str], Any]):
        def pop(self, *of: Any) -> Any:
            popped = super().pop(*of)
            register.permit("acme", "nobody", "voice")
            return popped

    register._permits = Watched()
    register.apply([Entry(tenant_id="acme", account_id="", revision=1, bites=(freeze,))])
    register.apply([Entry(tenant_id="acme", account_id="", revision=2, bites=())])
    assert register.permit("acme", "nobody", "voice") == (Permit.ALLOWED, None)


def test_who_is_free_again_leaves_nothing_behind_but_a_number() -> None:
    register = Register()
    freeze = bite("h", Kind.FREEZE, tuple(sorted(Service)))
    for revision, bites in ((1, (freeze,)), (3, ()), (2, (freeze,))):
        register.apply([Entry(tenant_id="acme", account_id="li", revision=revision, bites=bites)])
    assert register.permit("acme", "li", "voice") == (Permit.ALLOWED, None)
    assert (register.on_hold(), register._bites) == (0, {})


def test_an_account_thawed_under_its_tenants_hold_is_free_once_that_ends() -> None:
    register = Register()
    freeze = bite("h", Kind.FREEZE, tuple(sorted(Service)))
    for revision, account, bites in ((1, "li", (freeze,)), (2, "", (freeze,)), (3, "li", ()), (4, "", ())):
        register.apply([Entry(tenant_id="acme", account_id=account, revision=revision, bites=bites)])
    assert register.permit("acme", "li", "voice") == (Permit.ALLOWED, None)


def test_there_is_no_other_service() -> None:
    for account in ("li", "held"):
        register = Register()
        register.apply(
            [Entry(tenant_id="acme", account_id="held", revision=1, bites=(bite("h", Kind.LIMIT, ("live",)),))]
        )
        with pytest.raises(KeyError):
            register.permit("acme", account, "teleport")
