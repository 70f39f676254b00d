"""Declaring what a bot or service is for, and taking it back: each change states its fact."""

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory.profiles import store
from frostgate.directory.profiles.model import (
    Profile,
    ProfileDeclared,
    ProfileDraft,
    ProfileRemoved,
    ProfileUnknown,
    declare,
)
from frostgate.directory.store import get_account, hold_tenant


def declare_profile(tx: Tx, draft: ProfileDraft, *, tenant_id: str, account_id: str, actor: Actor) -> Profile:
    """Declare a profile, or declare it anew; what is the same already is no change.

    Raises:
        TenantUnknown, AccountUnknown: there is no such tenant, or it registered no such account.
        ProfileForPerson: the account is registered as a person's.
        CidrUnusable, HostBits, TooBroad: a network cannot be declared.
    """
    hold_tenant(tx.connection, tenant_id)
    account = get_account(tx.connection, account_id, tenant_id=tenant_id)
    profile = declare(draft, account, by=actor, at=tx.now)
    before = store.find_profile(tx.connection, account_id, tenant_id=tenant_id)
    if before is not None and _says_the_same(before, profile):
        return before
    store.save(tx.connection, profile)
    tx.state(ProfileDeclared(tenant_id=tenant_id, profile=profile), actor=actor)
    return profile


def read_profile(connection: sa.Connection, *, tenant_id: str, account_id: str) -> Profile:
    """The profile of an account. It has no effect while the account is registered as a person's.

    Raises:
        AccountUnknown: the tenant registered no such account.
        ProfileUnknown: nobody declared one.
    """
    get_account(connection, account_id, tenant_id=tenant_id)
    profile = store.find_profile(connection, account_id, tenant_id=tenant_id)
    if profile is None:
        raise ProfileUnknown
    return profile


def remove_profile(tx: Tx, *, tenant_id: str, account_id: str, actor: Actor) -> None:
    """Take a profile back, also one of an account that became a person's.

    Raises:
        TenantUnknown, AccountUnknown: there is no such tenant, or it registered no such account.
        ProfileUnknown: nobody declared one.
    """
    hold_tenant(tx.connection, tenant_id)
    read_profile(tx.connection, tenant_id=tenant_id, account_id=account_id)
    store.remove(tx.connection, account_id, tenant_id=tenant_id)
    tx.state(ProfileRemoved(tenant_id=tenant_id, account_id=account_id), actor=actor)


def _says_the_same(before: Profile, after: Profile) -> bool:
    """Whether two profiles differ in nothing but who declared them when."""
    return before == msgspec.structs.replace(after, declared_by=before.declared_by, declared_at=before.declared_at)
