"""Groups, and who left which trace last, in the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.sql import upsert
from frostgate.cases.groups.model import Group, GroupUnknown, Mark, Trace
from frostgate.cases.model import Case, CaseKind
from frostgate.cases.store import UNDECIDED, case_of, cases, scoped
from frostgate.signals.traces import Trait
from frostgate.standing.model import Cause

groups = sa.Table(
    "case_groups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("trait", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("last_at", Utc, nullable=False),
)
sa.Index("ix_case_groups_last", groups.c.last_at, groups.c.id)

# One row for each trace, however many cases left it: that of the last one. It is all that a new case is compared with.
traces = sa.Table(
    "case_traces",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("at", Utc, nullable=False),
)
sa.Index("ix_case_traces_at", traces.c.at)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of a group a reader may see, in how many tenants, and how they stand."""

    cases: int
    open: int
    tenants: int
    severity: int  # of the gravest
    first_at: datetime
    last_at: datetime


# Built once: each hold asks this while its sender waits.
_MARKS = (
    sa.select(
        traces.c.key,
        traces.c.at,
        traces.c.case_id,
        traces.c.group_id,
        cases.c.tenant_id,
        cases.c.account_id,
        cases.c.group_id.label("case_group_id"),
        groups.c.trait.label("case_group_trait"),
    )
    .join(cases, cases.c.id == traces.c.case_id)
    .outerjoin(groups, groups.c.id == cases.c.group_id)
    .where(traces.c.key.in_(sa.bindparam("keys", expanding=True)))
)
_ORIGINAL = (
    sa.select(cases)
    .where(
        cases.c.tenant_id == sa.bindparam("tenant"),
        cases.c.account_id == sa.bindparam("account"),
        UNDECIDED,
        cases.c.kind == CaseKind.HOLD.value,
        cases.c.cause == sa.bindparam("cause"),
        cases.c.id != sa.bindparam("case"),
    )
    .order_by(cases.c.id)
    .limit(1)
)
_JOIN = cases.update().where(cases.c.id == sa.bindparam("case")).values(group_id=sa.bindparam("group"))
_REPEAT = (
    cases.update()
    .where(cases.c.id == sa.bindparam("case"), cases.c.tenant_id == sa.bindparam("tenant"))
    .values(duplicate_of=sa.bindparam("original"))
)
_GROW = groups.update().where(groups.c.id == sa.bindparam("group")).values(last_at=sa.bindparam("at"))


def marks_of(connection: sa.Connection, left: Sequence[Trace]) -> dict[str, Mark]:
    """Who left these traces last, by the traces' keys. Whoever asks has the journal's head, so nobody else does."""
    rows = connection.execute(_MARKS, {"keys": [trace.key for trace in left]})
    found = [row._mapping for row in rows]
    return {
        row["key"]: Mark(
            **{**row, "case_group_trait": Trait(row["case_group_trait"]) if row["case_group_trait"] else None}
        )
        for row in found
    }


def mark(connection: sa.Connection, trace: Trace, case: Case, *, group_id: str | None, at: datetime) -> None:
    """This case left the trace last; `group_id` is the group that is made of this trace, if there is one."""
    row = {"key": trace.key, "case_id": case.id, "group_id": group_id, "at": at}
    upsert(connection, traces, [row], keys=["key"], update=["case_id", "group_id", "at"])


def forget_before(connection: sa.Connection, at: datetime) -> int:
    """Forget traces that are too old to make anything belong together; how many."""
    return connection.execute(traces.delete().where(traces.c.at < at)).rowcount


def add(connection: sa.Connection, group: Group) -> None:
    """Save a new group."""
    row = {**msgspec.structs.asdict(group), "cause": group.cause.value, "trait": group.trait.value}
    connection.execute(groups.insert(), row)


def grow(connection: sa.Connection, group_id: str, wider: Trace | None, *, at: datetime) -> None:
    """A case joined; where the group became `wider` by it, that is what it is made of from now on."""
    connection.execute(_GROW, {"group": group_id, "at": at})
    if wider is not None:
        widened = groups.update().where(groups.c.id == group_id)
        connection.execute(widened.values(trait=wider.trait.value, value=wider.value))


def join(connection: sa.Connection, case_id: str, *, group_id: str) -> None:
    """A case, of whichever tenant, belongs to a group. Nobody's decision rests on that, so its version stays."""
    connection.execute(_JOIN, {"case": case_id, "group": group_id})


def save_duplicate(connection: sa.Connection, case: Case, *, of: Case) -> None:
    """The case is another one about what a case is open about already."""
    connection.execute(_REPEAT, {"case": case.id, "tenant": case.tenant_id, "original": of.id})


def find_original(connection: sa.Connection, case: Case) -> Case | None:
    """The oldest other open case of the same cause about the same account."""
    asked = {"tenant": case.tenant_id, "account": case.account_id, "cause": case.cause, "case": case.id}
    row = connection.execute(_ORIGINAL, asked).first()
    return None if row is None else case_of(row)


def duplicates_of(connection: sa.Connection, case: Case) -> list[str]:
    """The cases that are duplicates of this one, oldest first."""
    query = sa.select(cases.c.id).where(
        cases.c.tenant_id == case.tenant_id,
        cases.c.account_id == case.account_id,
        cases.c.duplicate_of == case.id,
    )
    return [*connection.execute(query.order_by(cases.c.id)).scalars()]


def get_group(connection: sa.Connection, group_id: str, *, tenant_id: str | None) -> tuple[Group, Count]:
    """One group with what this reader may see of it.

    Raises:
        GroupUnknown: there is none, or it has no case of this tenant.
    """
    row = connection.execute(sa.select(groups).where(groups.c.id == group_id)).one_or_none()
    count = counts_of(connection, [group_id], tenant_id=tenant_id).get(group_id)
    if row is None or count is None:
        raise GroupUnknown
    return _group(row), count


def list_groups(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    cause: Cause | None,
    is_open: bool | None,
    before: str | None,
    limit: int,
) -> list[Group]:
    """Groups with a case of this tenant, those that grew last first; `is_open`: with a case that is not over."""
    query = sa.select(groups).order_by(groups.c.last_at.desc(), groups.c.id.desc()).limit(limit)
    if cause is not None:
        query = query.where(groups.c.cause == cause.value)
    if before is not None:
        last = sa.select(groups.c.last_at).where(groups.c.id == before).scalar_subquery()
        query = query.where(sa.tuple_(groups.c.last_at, groups.c.id) < sa.tuple_(last, sa.literal(before)))
    some = scoped(sa.select(sa.literal(1)).where(cases.c.group_id == groups.c.id), tenant_id)
    if is_open is not None:
        waits = some.where(UNDECIDED).exists()
        query = query.where(waits if is_open else ~waits)
    if tenant_id is not None:
        query = query.where(some.exists())
    return [_group(row) for row in connection.execute(query)]


def counts_of(connection: sa.Connection, ids: Collection[str], *, tenant_id: str | None) -> dict[str, Count]:
    """What a reader may see of each of these groups; nothing of one without a case for them."""
    is_open = sa.case((UNDECIDED, 1), else_=0)
    query = scoped(
        sa.select(
            cases.c.group_id,
            sa.func.count().label("cases"),
            sa.func.sum(is_open).label("open"),
            sa.func.count(sa.distinct(cases.c.tenant_id)).label("tenants"),
            sa.func.max(cases.c.severity).label("severity"),
            sa.type_coerce(sa.func.min(cases.c.opened_at), Utc).label("first_at"),
            sa.type_coerce(sa.func.max(cases.c.opened_at), Utc).label("last_at"),
        ).where(cases.c.group_id.in_(ids)),
        tenant_id,
    ).group_by(cases.c.group_id)
    found = [dict(row._mapping) for row in connection.execute(query)]
    return {row.pop("group_id"): Count(**row) for row in found}


def sizes_of(connection: sa.Connection, found: Collection[Case], *, tenant_id: str | None) -> dict[str, int]:
    """How many cases each group has that one of these cases is in, for this reader."""
    ids = {case.group_id for case in found if case.group_id is not None}
    if not ids:
        return {}
    query = scoped(sa.select(cases.c.group_id, sa.func.count()).where(cases.c.group_id.in_(ids)), tenant_id)
    return {row[0]: row[1] for row in connection.execute(query.group_by(cases.c.group_id))}


def tenants_of(connection: sa.Connection, group_id: str, *, tenant_id: str | None) -> Mapping[str, tuple[int, int]]:
    """How many cases a group has in each tenant, and how many of them are open."""
    is_open = sa.func.sum(sa.case((UNDECIDED, 1), else_=0))
    query = scoped(
        sa.select(cases.c.tenant_id, sa.func.count(), is_open).where(cases.c.group_id == group_id), tenant_id
    )
    rows = connection.execute(query.group_by(cases.c.tenant_id).order_by(cases.c.tenant_id))
    return {tenant: (count, waits) for tenant, count, waits in rows}


def _group(row: sa.Row[Any]) -> Group:
    return Group(**{**row._mapping, "cause": Cause(row.cause), "trait": Trait(row.trait)})
