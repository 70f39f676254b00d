"""Giving a tenant to somebody of customer success, and taking it back when they leave."""

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory import credentials
from frostgate.directory import store as directory
from frostgate.directory.errors import OperatorUnknown
from frostgate.directory.managers import store
from frostgate.directory.managers.model import Manager, ManagerChanged, ManagerUnusable, can_manage
from frostgate.directory.model import OperatorChanged


def set_manager(tx: Tx, operator_id: str | None, *, tenant_id: str, actor: Actor) -> None:
    """Say who looks after a tenant from now on; None: nobody, so that all of customer success do.

    Raises:
        TenantUnknown: there is no such tenant.
        ManagerUnusable: it is nobody active of customer success.
    """
    directory.hold_tenant(tx.connection, tenant_id)
    if operator_id is not None:
        try:  # locked, so that they cannot leave meanwhile
            operator = credentials.get_operator(tx.connection, operator_id, lock=True)
        except OperatorUnknown:
            raise ManagerUnusable(pointer="/operator_id") from None
        if not can_manage(operator):
            raise ManagerUnusable(pointer="/operator_id")
    before = store.find(tx.connection, tenant_id=tenant_id)
    was = before.operator_id if before else None
    if was == operator_id:
        return
    if operator_id is None:
        store.remove(tx.connection, tenant_id=tenant_id)
    else:
        store.save(tx.connection, Manager(tenant_id=tenant_id, operator_id=operator_id, since=tx.now))
    tx.state(ManagerChanged(tenant_id=tenant_id, before=was, after=operator_id), actor=actor)


def release_tenants(tx: Tx, fact: OperatorChanged, actor: Actor) -> None:
    """Reaction: whoever leaves customer success looks after nobody any more."""
    if can_manage(fact.operator) or not can_manage(fact.before):
        return
    for manager in store.of_person(tx.connection, fact.operator.id):
        set_manager(tx, None, tenant_id=manager.tenant_id, actor=actor)
