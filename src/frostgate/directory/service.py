"""Tenants, accounts and operators: each change states its fact, and none of the facts holds a secret."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from frostgate.base.model import SYSTEM, Actor, Language
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials, store
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.errors import (
    AccountIdUnusable,
    AccountRepeated,
    EmailTaken,
    EmailUnusable,
    GrantsTooMuch,
    LastOwner,
    LastSuperintendent,
    OperatorsAlreadyExist,
    TenantExists,
    TenantIdUnusable,
    TimeZoneUnknown,
    TooManyAccounts,
)
from frostgate.directory.model import (
    BATCH_LIMIT,
    Account,
    AccountChange,
    AccountDraft,
    AccountKind,
    AccountsChanged,
    AccountsRegistered,
    Email,
    Name,
    Operator,
    OperatorAdded,
    OperatorChanged,
    Principal,
    Tenant,
    TenantChanged,
    TenantCreated,
    UnknownAccounts,
    changed_fields,
    check_password,
    check_role,
    is_name,
    is_slug,
    normal_email,
)
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import PERMISSIONS, Role
from frostgate.directory.tokens import revoke_sessions


class TenantChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change of a tenant; what is left out stays."""

    name: Name | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    contact_email: Email | UnsetType = UNSET
    unknown_accounts: UnknownAccounts | UnsetType = UNSET
    trips_need_approval: bool | UnsetType = UNSET


class OperatorChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change of an operator; what is left out stays."""

    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    active: bool | UnsetType = UNSET


def create_tenant(
    tx: Tx,
    *,
    tenant_id: str,
    name: str,
    contact_email: str,
    language: Language = Language.ZH,
    time_zone: str = "Asia/Shanghai",
    unknown_accounts: UnknownAccounts = UnknownAccounts.ADMIT,
    trips_need_approval: bool = False,
    actor: Actor,
) -> Tenant:
    """Add a tenant.

    Raises:
        TenantExists: the id is taken.
        TenantIdUnusable, TimeZoneUnknown, EmailUnusable: a value cannot be used.
    """
    if not is_slug(tenant_id):
        raise TenantIdUnusable(pointer="/id")
    tenant = Tenant(
        id=tenant_id,
        name=name,
        language=language,
        time_zone=_time_zone(time_zone),
        contact_email=_contact(contact_email),
        unknown_accounts=unknown_accounts,
        trips_need_approval=trips_need_approval,
        created_at=tx.now,
    )
    if not store.add_tenant(tx.connection, tenant):
        raise TenantExists(pointer="/id", tenant=tenant_id)
    tx.state(TenantCreated(tenant_id=tenant_id, tenant=tenant), actor=actor)
    return tenant


def change_tenant(tx: Tx, tenant_id: str, changes: TenantChanges, *, actor: Actor) -> Tenant:
    """Change a tenant's entry; what is the same already is no change.

    Raises:
        TenantUnknown: there is no such tenant.
        TimeZoneUnknown, EmailUnusable: a value cannot be used.
    """
    before = store.hold_tenant(tx.connection, tenant_id)
    after = msgspec.structs.replace(before, **_given(changes))
    after = msgspec.structs.replace(
        after, time_zone=_time_zone(after.time_zone), contact_email=_contact(after.contact_email)
    )
    if fields := changed_fields(before, after):
        store.save_tenant(tx.connection, after)
        tx.state(TenantChanged(tenant_id=tenant_id, tenant=after, fields=fields), actor=actor)
    return after


def register_accounts(tx: Tx, drafts: Sequence[AccountDraft], *, tenant_id: str, actor: Actor) -> list[Account]:
    """Take over a tenant's descriptions of its accounts, new or known; all of them or none.

    Raises:
        TenantUnknown: there is no such tenant.
        TooManyAccounts, AccountRepeated, AccountIdUnusable: the batch cannot be used as it is.
    """
    _check_batch(drafts)
    store.get_tenant(tx.connection, tenant_id)
    known = store.find_accounts(tx.connection, [draft.id for draft in drafts], tenant_id=tenant_id)
    now = [_described(draft, known.get(draft.id), tenant_id=tenant_id, at=tx.now) for draft in drafts]
    new = [account for account in now if account.id not in known]
    changes = [(a, changed_fields(known[a.id], a)) for a in now if a.id in known]
    changed = [(account, fields) for account, fields in changes if fields]
    store.save_accounts(tx.connection, [*new, *(account for account, _ in changed)])
    if new:
        ids = tuple(account.id for account in new)
        machines = tuple(account.id for account in new if account.kind is not AccountKind.PERSON)
        tx.state(AccountsRegistered(tenant_id=tenant_id, account_ids=ids, machines=machines), actor=actor)
    if changed:
        what = tuple(AccountChange(account.id, fields) for account, fields in changed)
        tx.state(AccountsChanged(tenant_id=tenant_id, changes=what), actor=actor)
    return now


def ensure_account(tx: Tx, tenant_id: str, account_id: str) -> None:
    """Make a bare row for an account that nobody registered: a hold must have whom to stand against.

    It may state a fact of its own, so call it before stating the one that needs the account.

    Raises:
        AccountIdUnusable: no account can be called that.
    """
    _check_batch([AccountDraft(id=account_id)])
    if store.add_account(tx.connection, Account(tenant_id=tenant_id, id=account_id, created_at=tx.now)):
        tx.state(AccountsRegistered(tenant_id=tenant_id, account_ids=(account_id,)), actor=SYSTEM)


def add_operator(
    tx: Tx,
    *,
    email: str,
    name: str,
    role: Role,
    tenant_id: str | None,
    password_hash: str,
    by: Principal,
) -> Operator:
    """Let somebody sign in from now on. Hash and check the password before: that takes long (`new_password_hash`).

    Raises:
        EmailTaken: another operator has the address.
        GrantsTooMuch: the role may do more than `by`.
        RoleIsForMachines, RoleNeedsTenant, RoleIsForStaff: the role and the tenant do not go together.
        NotFound, TenantUnknown: `by` sees no such tenant.
    """
    by.within(tenant_id)
    check_role(role, tenant_id=tenant_id)
    if not by.outranks(PERMISSIONS[role]):
        raise GrantsTooMuch(pointer="/role")
    if tenant_id is not None:
        store.get_tenant(tx.connection, tenant_id)
    operator = Operator(
        id=tx.new_id(),
        email=normal_email(email),
        name=name,
        role=role,
        tenant_id=tenant_id,
        active=True,
        created_at=tx.now,
    )
    if not credentials.add_operator(tx.connection, operator, password_hash=password_hash):
        raise EmailTaken(pointer="/email")
    tx.state(OperatorAdded(tenant_id=tenant_id, operator=operator), actor=by.actor)
    return operator


def new_password_hash(password: str, *, email: str, passwords: Passwords) -> str:
    """Check a new password and hash it, outside of any transaction.

    Raises:
        PasswordWeak: it is too easily guessed.
    """
    check_password(password, email=normal_email(email))
    return passwords.hash(password)


def change_operator(tx: Tx, operator_id: str, changes: OperatorChanges, *, by: Principal) -> Operator:
    """Change an operator's name, role or activity. Who is no longer active is signed out at once.

    Raises:
        OperatorUnknown, NotFound: `by` sees no such operator.
        GrantsTooMuch: the operator may do, or would be able to do, more than `by`.
        LastSuperintendent, LastOwner: nobody would be left to manage the platform, or the tenant.
    """
    before = credentials.get_operator(tx.connection, operator_id, lock=True)
    by.within(before.tenant_id)
    after = msgspec.structs.replace(before, **_given(changes))
    check_role(after.role, tenant_id=after.tenant_id)
    if not by.outranks(PERMISSIONS[before.role] | PERMISSIONS[after.role]):
        raise GrantsTooMuch(pointer="/role")
    if before.active and not (after.active and after.role is before.role):
        _must_not_be_last(tx, before)
    if fields := changed_fields(before, after):
        credentials.save_operator(tx.connection, after)
        if not after.active:
            revoke_sessions(tx, operator_id, actor=by.actor)
        changed = OperatorChanged(tenant_id=after.tenant_id, before=before, operator=after, fields=fields)
        tx.state(changed, actor=by.actor)
    return after


# Roles of which somebody must be left: of the platform, and of each tenant that has one.
_MUST_STAY = {Role.SUPERINTENDENT: LastSuperintendent, Role.OWNER: LastOwner}


def _must_not_be_last(tx: Tx, operator: Operator) -> None:
    """Refuse to take this role from the last one who has it. All of them are locked until the end."""
    refusal = _MUST_STAY.get(operator.role)
    if refusal is None:
        return
    left = credentials.active_of_role(tx.connection, operator.role, tenant_id=operator.tenant_id, lock=True)
    if [each.id for each in left] == [operator.id]:
        raise refusal


def bootstrap(
    uow: UnitOfWork, *, email: str, password: str, name: str = "Superintendent", passwords: Passwords
) -> Operator:
    """Make the first superintendent of an empty house.

    Raises:
        OperatorsAlreadyExist: there is an operator already.
        PasswordWeak, EmailUnusable: a value cannot be used.
    """
    password_hash = new_password_hash(password, email=email, passwords=passwords)
    with uow.begin() as tx:
        if credentials.count_operators(tx.connection):
            raise OperatorsAlreadyExist
        operator = add_operator(
            tx,
            email=email,
            name=name,
            role=Role.SUPERINTENDENT,
            tenant_id=None,
            password_hash=password_hash,
            by=SYSTEM_PRINCIPAL,
        )
        # Counted again: stating the fact took the journal's head, which puts two bootstraps in a row.
        if credentials.count_operators(tx.connection) > 1:
            raise OperatorsAlreadyExist
    return operator


def _check_batch(drafts: Sequence[AccountDraft]) -> None:
    if len(drafts) > BATCH_LIMIT:
        raise TooManyAccounts(limit=BATCH_LIMIT)
    seen: set[str] = set()
    for place, draft in enumerate(drafts):
        if not is_name(draft.id):
            raise AccountIdUnusable(pointer=f"/accounts/{place}/id")
        if draft.id in seen:
            raise AccountRepeated(pointer=f"/accounts/{place}/id", account=draft.id)
        seen.add(draft.id)


def _described(draft: AccountDraft, known: Account | None, *, tenant_id: str, at: datetime) -> Account:
    return Account(
        tenant_id=tenant_id,
        id=draft.id,
        display_name=draft.display_name,
        kind=draft.kind,
        email=draft.email,
        mobile=draft.mobile,
        language=draft.language,
        created_at=known.created_at if known is not None else at,
    )


def _given(changes: TenantChanges | OperatorChanges) -> dict[str, object]:
    """The fields that were named."""
    fields = ((name, getattr(changes, name)) for name in changes.__struct_fields__)
    return {name: value for name, value in fields if value is not UNSET}


def _time_zone(key: str) -> str:
    try:
        ZoneInfo(key)
    except (ValueError, OSError, KeyError):  # it reads a file of that name, and says so in as many ways
        raise TimeZoneUnknown(pointer="/time_zone", time_zone=key[:64]) from None
    return key


def _contact(email: str) -> str:
    try:
        return normal_email(email)
    except EmailUnusable:
        raise EmailUnusable(pointer="/contact_email") from None
