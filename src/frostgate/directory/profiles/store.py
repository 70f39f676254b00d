"""Profiles in the database."""

from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json
from frostgate.directory.profiles.model import Profile
from frostgate.directory.store import Bytewise, row_of

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("account_id", Bytewise, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("messages_a_minute", sa.Integer),
    sa.Column("recipients_an_hour", sa.Integer),
    sa.Column("api_calls_a_minute", sa.Integer),
    sa.Column("networks", sa.Text, nullable=False),
    sa.Column("declared_by", sa.Text, nullable=False),
    sa.Column("declared_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"]),
)

_networks = msgspec.json.Decoder(tuple[str, ...])


def save(connection: sa.Connection, profile: Profile) -> None:
    """Save a profile, new or known."""
    row = {**row_of(profile), "networks": to_json(profile.networks), "declared_by": str(profile.declared_by)}
    keys = ["tenant_id", "account_id"]
    upsert(connection, profiles, [row], keys=keys, update=[name for name in row if name not in keys])


def find_profile(connection: sa.Connection, account_id: str, *, tenant_id: str) -> Profile | None:
    """The profile of an account, where somebody declared one."""
    query = sa.select(profiles).where(profiles.c.tenant_id == tenant_id, profiles.c.account_id == account_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _profile(row)


def remove(connection: sa.Connection, account_id: str, *, tenant_id: str) -> None:
    """Delete a profile; the journal keeps that it was there."""
    connection.execute(profiles.delete().where(profiles.c.tenant_id == tenant_id, profiles.c.account_id == account_id))


def all_profiles(connection: sa.Connection, *, tenant_id: str | None) -> list[Profile]:
    """The profiles of one tenant, or of all for the memory of the deciding thread."""
    query = sa.select(profiles)
    if tenant_id is not None:
        query = query.where(profiles.c.tenant_id == tenant_id)
    return [_profile(row) for row in connection.execute(query)]


def _profile(row: Any) -> Profile:
    return Profile(
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        purpose=row.purpose,
        messages_a_minute=row.messages_a_minute,
        recipients_an_hour=row.recipients_an_hour,
        api_calls_a_minute=row.api_calls_a_minute,
        networks=_networks.decode(row.networks),
        declared_by=Actor.parse(row.declared_by),
        declared_at=row.declared_at,
    )
