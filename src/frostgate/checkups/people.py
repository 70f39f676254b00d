"""The people of a tenant who look after it here, read in one place: who they are changes with the table of roles."""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.checkups.model import CheckUp, Machine, Person
from frostgate.directory.credentials import operators, tokens
from frostgate.directory.model import SESSIONS, Purpose
from frostgate.directory.permissions import PERMISSIONS, Permission, Role
from frostgate.directory.store import find_account
from frostgate.directory.uses import token_uses


def people_of(connection: sa.Connection, tenant_ids: Collection[str]) -> list[Person]:
    """Everybody of these tenants who can sign in, or could, in the order in which they were added: one statement."""
    opened = (
        sa.select(tokens.c.operator_id, sa.func.max(tokens.c.created_at).label("at"))
        .where(tokens.c.purpose == Purpose.SESSION.value, tokens.c.tenant_id.in_(tenant_ids))
        .group_by(tokens.c.operator_id)
        .subquery()
    )
    query = (
        sa.select(operators, opened.c.at)
        .select_from(operators.outerjoin(opened, opened.c.operator_id == operators.c.id))
        .where(operators.c.tenant_id.in_(tenant_ids))
    )
    return [
        Person(
            id=row.id,
            tenant_id=row.tenant_id,
            email=row.email,
            name=row.name,
            role=row.role,
            active=row.active,
            signed_in_at=row.at,
        )
        for row in connection.execute(query.order_by(operators.c.id))
    ]


def machines_of(connection: sa.Connection, tenant_ids: Collection[str], *, at: datetime) -> list[Machine]:
    """The tokens of these tenants that count, but those of people, in the order of issue: one statement."""
    used = tokens.outerjoin(token_uses, token_uses.c.token_id == tokens.c.id)
    query = (
        sa.select(tokens, token_uses.c.used_at)
        .select_from(used)
        .where(
            tokens.c.tenant_id.in_(tenant_ids),
            tokens.c.purpose.not_in([purpose.value for purpose in SESSIONS]),
            tokens.c.revoked_at.is_(None),
            sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > at),
        )
    )
    return [
        Machine(**{name: row._mapping[name] for name in Machine.__struct_fields__})
        for row in connection.execute(query.order_by(tokens.c.id))
    ]


def looks_after(connection: sa.Connection, tenant_id: str, email: str | None) -> bool:
    """Whether whoever reads this address looks after the tenant's check-ups here: not everybody who signs in does."""
    address = (email or "").strip().lower()
    return bool(address) and any(
        person.active and person.email == address and Permission.CHECK_UPS_TENANT in PERMISSIONS[Role(person.role)]
        for person in people_of(connection, [tenant_id])
    )


def as_of_now(connection: sa.Connection, check_up: CheckUp) -> CheckUp:
    """The check-up for its holder as they are now: who looked after the tenant when it began may have left since."""
    if not check_up.of_tenant_person or check_up.account_id is None:
        return check_up
    account = find_account(connection, check_up.account_id, tenant_id=check_up.tenant_id)
    still = account is not None and looks_after(connection, check_up.tenant_id, account.email)
    return msgspec.structs.replace(check_up, of_tenant_person=still)
