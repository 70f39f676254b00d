"""How check-ups begin, and go on, when other rooms state a fact. All inside that fact's own transaction."""

from typing import Protocol

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.checkups import service, store
from frostgate.checkups.model import Step
from frostgate.standing.model import HoldReleased


class OfAccount(Protocol):
    """What says that something changed for one account, or for an operator."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def account_id(self) -> str | None: ...


class OfTenant(Protocol):
    """What says that something changed for a whole tenant."""

    @property
    def tenant_id(self) -> str | None: ...


def begin_after_thaw(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
    """A freeze or a ban has ended: the account owes itself a check-up, which the news of the thaw then names."""
    if fact.hold.calls_for_check_up:
        service.begin(tx, fact.hold, actor=actor)


def follow_factors(tx: Tx, fact: OfAccount, actor: Actor) -> None:
    """An account has a second factor, perhaps: then that step is done by itself. An operator owes no check-up."""
    if fact.tenant_id is None or fact.account_id is None:
        return
    check_up = store.find_open(tx.connection, tenant_id=fact.tenant_id, account_id=fact.account_id)
    if check_up is not None:
        service.look_again(tx, check_up)


def follow_allowlist(tx: Tx, fact: OfTenant, actor: Actor) -> None:
    """A tenant enforces its allowlist, perhaps: then that step is done for all of its accounts."""
    assert fact.tenant_id is not None, "BUG: an allowlist that belongs to no tenant"
    for check_up in store.open_of_tenant(tx.connection, tenant_id=fact.tenant_id, step=Step.NETWORKS):
        service.look_again(tx, check_up)
