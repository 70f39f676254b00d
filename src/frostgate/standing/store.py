"""Holds in the database. Rows are added and closed, never deleted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import insert_new
from frostgate.standing.model import Cause, Condition, Finding, Hold, HoldUnknown, Kind, Service, Subject

# A hold on a whole tenant has no account; "" stands for none, because NULLs are never equal in a unique index.
WHOLE_TENANT = ""

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("services", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("evidence_key", sa.Text, nullable=False),
    sa.Column("decision_id", sa.Text),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("placed_at", Utc, nullable=False),
    sa.Column("guard_seconds", sa.Integer, nullable=False),
    sa.Column("released_at", Utc),
    sa.Column("released_by", sa.Text),
    sa.Column("finding", sa.Text),
    sa.Column("release_reason", sa.Text),
)

# The same reason is open once: a flood of matching events adds no second hold to release.
_OPEN = holds.c.released_at.is_(None)
sa.Index(
    "uq_holds_open",
    holds.c.tenant_id,
    holds.c.account_id,
    holds.c.cause,
    holds.c.kind,
    holds.c.services,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

sa.Index("ix_holds_released", holds.c.released_at)  # every process asks often what was released lately

# What a hold rests on beside its own key, and of a released one everything, with the time until which it is guarded.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("hold_id", sa.Text, primary_key=True),
    sa.Column("evidence_key", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("guard_seconds", sa.Integer, nullable=False),
    sa.Column("until", Utc),
)
sa.Index("ix_evidence_account", evidence.c.tenant_id, evidence.c.account_id, evidence.c.evidence_key)


def add(connection: sa.Connection, hold: Hold) -> bool:
    """Save a new hold; false where another process has just saved one that says the same."""
    return connection.execute(insert_new(holds, connection.dialect.name), _row(hold)).first() is not None


def save_release(connection: sa.Connection, hold: Hold) -> None:
    """Save that a hold ended; its reason and evidence stay as they were."""
    connection.execute(
        holds.update()
        .where(holds.c.id == hold.id, holds.c.tenant_id == hold.subject.tenant_id)
        .values(
            released_at=hold.released_at,
            released_by=str(hold.released_by),
            finding=hold.finding.value if hold.finding else None,
            release_reason=hold.release_reason,
        )
    )


def get_hold(connection: sa.Connection, hold_id: str, *, tenant_id: str, lock: bool = False) -> Hold:
    """One hold of this tenant, locked until the transaction ends where somebody is about to change it.

    Raises:
        HoldUnknown: there is none in this tenant.
    """
    query = sa.select(holds).where(holds.c.id == hold_id, holds.c.tenant_id == tenant_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise HoldUnknown(hold=hold_id)
    return _hold(row)


def find_same(connection: sa.Connection, hold: Hold) -> Hold | None:
    """The open hold that says just what this one says, if there is one."""
    says = {
        "tenant": hold.subject.tenant_id,
        "account": hold.subject.account_id or WHOLE_TENANT,
        "kind": hold.kind.value,
        "cause": hold.cause.value,
        "services": _services(hold.services),
    }
    row = connection.execute(_SAME, says).one_or_none()
    return None if row is None else _hold(row)


def open_holds(connection: sa.Connection, subject: Subject) -> list[Hold]:
    """What is open against this very subject: a tenant's holds are asked for on their own."""
    return list_holds(connection, tenant_id=subject.tenant_id, account_id=subject.account_id or WHOLE_TENANT)


def list_holds(
    connection: sa.Connection, *, tenant_id: str, account_id: str, include_released: bool = False
) -> list[Hold]:
    """An account's holds, oldest first (`WHOLE_TENANT` for the tenant's own)."""
    query = _HOLDS if include_released else _OPEN_HOLDS
    return [_hold(row) for row in connection.execute(query, {"tenant": tenant_id, "account": account_id})]


def released_as_own(connection: sa.Connection, *, since: datetime) -> list[Hold]:
    """Holds whose sign-in turned out to be the holder's own: what that taught must survive a restart."""
    query = sa.select(holds).where(holds.c.released_at >= since)
    return [hold for hold in map(_hold, connection.execute(query)) if hold.was_own_sign_in]


def add_evidence(connection: sa.Connection, hold_id: str, other: Hold) -> None:
    """Remember that an open hold rests on another's evidence, too: the rule of that one asked for the same."""
    connection.execute(insert_new(evidence, connection.dialect.name), _evidence(other) | {"hold_id": hold_id})


def spend(connection: sa.Connection, hold: Hold, *, at: datetime) -> None:
    """Remember that everything that a hold rested on was dealt with; each piece counts as long as it is guarded."""
    if hold.evidence_key:
        connection.execute(insert_new(evidence, connection.dialect.name), _evidence(hold))
    of_hold = evidence.c.hold_id == hold.id
    for guard in connection.execute(sa.select(evidence.c.guard_seconds).where(of_hold).distinct()).scalars().all():
        until = at + timedelta(seconds=guard) if guard else None
        connection.execute(
            evidence.update()
            .where(of_hold, evidence.c.tenant_id == hold.subject.tenant_id, evidence.c.guard_seconds == guard)
            .values(until=until)
        )


def _evidence(hold: Hold) -> dict[str, Any]:
    return {
        "hold_id": hold.id,
        "evidence_key": hold.evidence_key,
        "tenant_id": hold.subject.tenant_id,
        "account_id": hold.subject.account_id or WHOLE_TENANT,
        "guard_seconds": hold.guard_seconds,
    }


def is_spent(connection: sa.Connection, subject: Subject, evidence_key: str, *, at: datetime) -> bool:
    """Whether this evidence was dealt with and is still guarded."""
    asked = {"tenant": subject.tenant_id, "account": subject.account_id or WHOLE_TENANT, "key": evidence_key, "at": at}
    return connection.execute(_SPENT, asked).first() is not None


# Built once: what a freeze asks while its sender waits, and what each further try of somebody frozen asks again.
# Building statements would take most of that time.
_HOLDS = (
    sa.select(holds)
    .where(holds.c.tenant_id == sa.bindparam("tenant"), holds.c.account_id == sa.bindparam("account"))
    .order_by(holds.c.placed_at, holds.c.id)
)
_OPEN_HOLDS = _HOLDS.where(_OPEN)
_SAME = _OPEN_HOLDS.where(
    holds.c.kind == sa.bindparam("kind"),
    holds.c.cause == sa.bindparam("cause"),
    holds.c.services == sa.bindparam("services"),
)
_SPENT = (
    sa.select(sa.literal(1))
    .where(
        evidence.c.tenant_id == sa.bindparam("tenant"),
        evidence.c.account_id == sa.bindparam("account"),
        evidence.c.evidence_key == sa.bindparam("key"),
        evidence.c.until > sa.bindparam("at"),
    )
    .limit(1)
)


def _services(services: Iterable[Service]) -> str:
    return ",".join(sorted(service.value for service in services))


def _row(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "tenant_id": hold.subject.tenant_id,
        "account_id": hold.subject.account_id or WHOLE_TENANT,
        "kind": hold.kind.value,
        "cause": hold.cause.value,
        "services": _services(hold.services),
        "condition": hold.condition.value,
        "actor": str(hold.actor),
        "reason": hold.reason,
        "evidence_key": hold.evidence_key,
        "decision_id": hold.decision_id,
        "case_id": hold.case_id,
        "placed_at": hold.placed_at,
        "guard_seconds": hold.guard_seconds,
    }


def _hold(row: sa.Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        subject=Subject(tenant_id=row.tenant_id, account_id=row.account_id or None),
        kind=Kind(row.kind),
        cause=Cause(row.cause),
        services=frozenset(Service(name) for name in row.services.split(",")),
        condition=Condition(row.condition),
        actor=Actor.parse(row.actor),
        reason=row.reason,
        evidence_key=row.evidence_key,
        decision_id=row.decision_id,
        case_id=row.case_id,
        placed_at=row.placed_at,
        guard_seconds=row.guard_seconds,
        released_at=row.released_at,
        released_by=Actor.parse(row.released_by) if row.released_by else None,
        finding=Finding(row.finding) if row.finding else None,
        release_reason=row.release_reason,
    )
