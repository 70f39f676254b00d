"""Sign-ins through a provider that have begun, and whose identity is whose, in the database."""

from datetime import datetime

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert

oidc_sign_ins = sa.Table(
    "oidc_sign_ins",
    metadata,
    sa.Column("state_hash", sa.Text, primary_key=True),
    sa.Column("expires_at", Utc, nullable=False, index=True),
)

oidc_identities = sa.Table(
    "oidc_identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("operator_id", sa.Text, sa.ForeignKey("operators.id"), nullable=False),
    sa.UniqueConstraint("issuer", "operator_id", name="uq_oidc_identities_issuer_operator_id"),
)


def use_up(connection: sa.Connection, state_hash: str, *, at: datetime, expires_at: datetime) -> bool:
    """Note that the answer to a sign-in came; false where it came before. Those that are over go."""
    connection.execute(oidc_sign_ins.delete().where(oidc_sign_ins.c.expires_at <= at))
    row = {"state_hash": state_hash, "expires_at": expires_at}
    return upsert(connection, oidc_sign_ins, [row], keys=["state_hash"]) == 1


def find_operator(connection: sa.Connection, *, issuer: str, subject: str) -> str | None:
    """Whose identity it is."""
    query = sa.select(oidc_identities.c.operator_id).where(
        oidc_identities.c.issuer == issuer, oidc_identities.c.subject == subject
    )
    return connection.execute(query).scalar_one_or_none()


def link(connection: sa.Connection, operator_id: str, *, issuer: str, subject: str) -> bool:
    """Let an identity be an operator's; false where they have another one of this provider."""
    row = {"issuer": issuer, "subject": subject, "operator_id": operator_id}
    return upsert(connection, oidc_identities, [row], keys=["issuer", "operator_id"]) == 1
