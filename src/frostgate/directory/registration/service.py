"""Recording who a tenant is in the register of companies: each change states its fact, with before and after."""

import sqlalchemy as sa

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory.registration import store
from frostgate.directory.registration.model import (
    Registration,
    RegistrationDraft,
    RegistrationRecorded,
    RegistrationUnknown,
    record,
)
from frostgate.directory.store import get_tenant, hold_tenant


def record_registration(tx: Tx, draft: RegistrationDraft, *, tenant_id: str, actor: Actor) -> Registration:
    """Record a tenant's registration, or correct it; what is the same already is no change.

    Raises:
        TenantUnknown: there is no such tenant.
        CodeLength, CodeCharacters, CodeCheckDigit: there is no such code.
    """
    hold_tenant(tx.connection, tenant_id)
    after = record(draft, tenant_id=tenant_id, by=actor, at=tx.now)
    before = store.find(tx.connection, tenant_id=tenant_id)
    if before is not None and before.told == after.told:
        return before
    store.save(tx.connection, after)
    tx.state(RegistrationRecorded(tenant_id=tenant_id, before=before, after=after), actor=actor)
    return after


def read_registration(connection: sa.Connection, *, tenant_id: str) -> Registration:
    """A tenant's registration.

    Raises:
        TenantUnknown: there is no such tenant.
        RegistrationUnknown: nobody recorded it.
    """
    get_tenant(connection, tenant_id)
    found = store.find(connection, tenant_id=tenant_id)
    if found is None:
        raise RegistrationUnknown
    return found
