"""Tenants and accounts in the database, and the statements that both databases spell in their own way."""

import enum
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Language
from frostgate.base.sql import insert_new, upsert
from frostgate.directory.errors import AccountUnknown, TenantUnknown
from frostgate.directory.model import (
    Account,
    AccountKind,
    Tenant,
    UnknownAccounts,
    is_name,
    is_slug,
)

# Compared byte by byte on both databases, so that a prefix is a range and pages follow each other everywhere alike.
Bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LAST = "\U0010ffff"  # sorts after whatever follows a prefix

tenants = sa.Table(
    "tenants",
    metadata,
    sa.Column("id", Bytewise, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("contact_email", sa.Text, nullable=False),
    sa.Column("unknown_accounts", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("trips_need_approval", sa.Boolean, nullable=False, server_default=sa.false()),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("id", Bytewise, primary_key=True),
    sa.Column("display_name", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("mobile", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    # What people type into a search box, without regard to capitals.
    sa.Column("id_folded", Bytewise, nullable=False),
    sa.Column("name_folded", Bytewise),
)
sa.Index("ix_accounts_id_folded", accounts.c.tenant_id, accounts.c.id_folded)
sa.Index("ix_accounts_name_folded", accounts.c.tenant_id, accounts.c.name_folded)

# Bots and services are few among many people. Spelled out, because a database uses such an index only where the query
# says the same without a parameter in it.
_MACHINE = accounts.c.kind != sa.literal_column("'person'")
sa.Index("ix_accounts_machines", accounts.c.tenant_id, sqlite_where=_MACHINE, postgresql_where=_MACHINE)


# Built once: a freeze asks while its sender waits, and building statements would take most of that time.
_TENANT = sa.select(tenants).where(tenants.c.id == sa.bindparam("tenant"))
_HELD_TENANT = _TENANT.with_for_update(key_share=True)
_ACCOUNT = sa.select(accounts).where(
    accounts.c.tenant_id == sa.bindparam("tenant"), accounts.c.id == sa.bindparam("account")
)


# Tenants


def add_tenant(connection: sa.Connection, tenant: Tenant) -> bool:
    """Save a new tenant; false where the id is taken."""
    return upsert(connection, tenants, [row_of(tenant)], keys=["id"]) == 1


def save_tenant(connection: sa.Connection, tenant: Tenant) -> None:
    """Save a tenant's entry as it stands now."""
    connection.execute(tenants.update().where(tenants.c.id == tenant.id).values(row_of(tenant)))


def get_tenant(connection: sa.Connection, tenant_id: str) -> Tenant:
    """One tenant.

    Raises:
        TenantUnknown: there is none of this id.
    """
    return _one_tenant(connection, _TENANT, tenant_id)


def hold_tenant(connection: sa.Connection, tenant_id: str) -> Tenant:
    """One tenant, while others who hold it wait until the transaction ends; accounts may still be registered.

    Raises:
        TenantUnknown: there is none of this id.
    """
    return _one_tenant(connection, _HELD_TENANT, tenant_id)


def _one_tenant(connection: sa.Connection, query: sa.Select[Any], tenant_id: str) -> Tenant:
    if not is_slug(tenant_id):
        raise TenantUnknown
    row = connection.execute(query, {"tenant": tenant_id}).first()
    if row is None:
        raise TenantUnknown(tenant=tenant_id)
    return tenant_of(row)


def list_tenants(
    connection: sa.Connection, *, only: str | None = None, after: str = "", limit: int = 100
) -> list[Tenant]:
    """Tenants in order of their ids; `only` one of them, where the reader sees no others."""
    query = sa.select(tenants).where(tenants.c.id > after).order_by(tenants.c.id).limit(limit)
    if only is not None:
        query = query.where(tenants.c.id == only)
    return [tenant_of(row) for row in connection.execute(query)]


# Accounts


def save_accounts(connection: sa.Connection, values: Sequence[Account]) -> None:
    """Save accounts, new or known; when an account was first seen never changes."""
    rows = [_account_row(account) for account in values]
    kept = {"tenant_id", "id", "created_at"}
    upsert(
        connection,
        accounts,
        rows,
        keys=["tenant_id", "id"],
        update=[column.name for column in accounts.columns if column.name not in kept],
    )


def get_account(connection: sa.Connection, account_id: str, *, tenant_id: str) -> Account:
    """One account of a tenant.

    Raises:
        AccountUnknown: this tenant has none of this id.
    """
    if is_slug(tenant_id) and is_name(account_id):
        found = find_account(connection, account_id, tenant_id=tenant_id)
        if found is not None:
            return found
    raise AccountUnknown(account=account_id)


def find_account(connection: sa.Connection, account_id: str, *, tenant_id: str) -> Account | None:
    """As `get_account`, and None where there is none."""
    row = connection.execute(_ACCOUNT, {"tenant": tenant_id, "account": account_id}).first()
    return None if row is None else _account(row)


def add_account(connection: sa.Connection, account: Account) -> bool:
    """Save an account that nobody registered; false where it is there already, which leaves it as it is."""
    added = insert_new(accounts, connection.dialect.name)
    return connection.execute(added, _account_row(account)).first() is not None


def find_accounts(connection: sa.Connection, account_ids: Sequence[str], *, tenant_id: str) -> dict[str, Account]:
    """Those of the accounts that exist, by id."""
    found: dict[str, Account] = {}
    for start in range(0, len(account_ids), 500):
        some = account_ids[start : start + 500]
        query = sa.select(accounts).where(accounts.c.tenant_id == tenant_id, accounts.c.id.in_(some))
        found.update((row.id, _account(row)) for row in connection.execute(query))
    return found


def machines(connection: sa.Connection, *, tenant_id: str | None) -> list[tuple[str, str, AccountKind]]:
    """(tenant, account, kind) of what is no person: of one tenant, or of all for the memory of the deciding thread."""
    query = sa.select(accounts.c.tenant_id, accounts.c.id, accounts.c.kind).where(_MACHINE)
    if tenant_id is not None:
        query = query.where(accounts.c.tenant_id == tenant_id)
    return [(row.tenant_id, row.id, AccountKind(row.kind)) for row in connection.execute(query)]


def list_accounts(
    connection: sa.Connection, *, tenant_id: str, prefix: str = "", after: str = "", limit: int = 100
) -> list[Account]:
    """Accounts whose id or display name begins with `prefix`, in order of their ids, after the id `after`."""
    query = (
        sa.select(accounts)
        .where(accounts.c.tenant_id == tenant_id, accounts.c.id > after)
        .order_by(accounts.c.id)
        .limit(limit)
    )
    if prefix:
        folded = prefix.casefold()
        query = query.where(
            sa.or_(
                *(
                    sa.and_(column >= folded, column < folded + _LAST)
                    for column in (accounts.c.id_folded, accounts.c.name_folded)
                )
            )
        )
    return [_account(row) for row in connection.execute(query)]


# Rows and values


def row_of(value: msgspec.Struct) -> dict[str, Any]:
    """A value as a row of its table; their columns have the names of its fields."""
    fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return {name: field.value if isinstance(field, enum.Enum) else field for name, field in fields}


def _account_row(account: Account) -> dict[str, Any]:
    name = account.display_name
    return {
        **row_of(account),
        "id_folded": account.id.casefold(),
        "name_folded": None if name is None else name.casefold(),
    }


def tenant_of(row: Any) -> Tenant:
    """The tenant that a row stands for."""
    return Tenant(
        id=row.id,
        name=row.name,
        language=Language(row.language),
        time_zone=row.time_zone,
        contact_email=row.contact_email,
        unknown_accounts=UnknownAccounts(row.unknown_accounts),
        trips_need_approval=row.trips_need_approval,
        created_at=row.created_at,
    )


def _account(row: Any) -> Account:
    return Account(
        tenant_id=row.tenant_id,
        id=row.id,
        display_name=row.display_name,
        kind=AccountKind(row.kind),
        email=row.email,
        mobile=row.mobile,
        language=None if row.language is None else Language(row.language),
        created_at=row.created_at,
    )
