"""What dunning remembers: what was said, what was frozen for, what people agreed to, and when to look again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.sql import upsert
from frostgate.base.wire import to_json
from frostgate.billing.dunning.model import Debt, Told
from frostgate.billing.dunning.policy import STANDARD, Policy
from frostgate.billing.dunning.records import (
    AgreedPause,
    PauseKind,
    PauseState,
    PauseUnknown,
    Release,
    ReleaseState,
    Unreached,
)
from frostgate.billing.ledger.documents import invoice_lines
from frostgate.directory.store import Bytewise, row_of
from frostgate.notices.model import State
from frostgate.notices.store import notices
from frostgate.standing.model import Service

# Tenants with something open or frozen, and no others: the pass over everybody is a look into one index.
looks = sa.Table(
    "dunning_looks",
    metadata,
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("next_look", Utc),
)
sa.Index("ix_dunning_looks_next", looks.c.next_look, looks.c.tenant_id)

# The key is the promise: never two of a step for one debt. A round has one last notice of its own.
told = sa.Table(
    "dunning_told",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("owed_at", Utc, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
)

# One message goes to several people; that it reached our own does not count.
letters = sa.Table(
    "dunning_letters",
    metadata,
    sa.Column("notice_id", sa.Text, sa.ForeignKey("notices.id"), primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
)
sa.Index("ix_dunning_letters_message", letters.c.tenant_id, letters.c.message_id)

freezes = sa.Table(
    "dunning_freezes",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("frozen_at", Utc, primary_key=True, autoincrement=False),
    sa.Column("hold_id", sa.Text),  # none where everything that it could take away is prepaid
    sa.Column("ended_at", Utc),
)

pauses = sa.Table(
    "dunning_pauses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("first", sa.Date),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("answer", sa.Text),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="ck_dunning_pauses_decided_by"),
    sa.CheckConstraint("(state = 'approved') = (first IS NOT NULL)", name="ck_dunning_pauses_first"),
    sa.CheckConstraint(
        "kind <> 'promise' OR state <> 'approved' OR decided_by <> proposed_by", name="ck_dunning_pauses_second_person"
    ),
)
sa.Index("ix_dunning_pauses_tenant", pauses.c.tenant_id, pauses.c.id)

unreached = sa.Table(
    "dunning_unreached",
    metadata,
    sa.Column("tenant_id", Bytewise, primary_key=True),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("reported_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("reason", sa.Text),
)

releases = sa.Table(
    "dunning_releases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint("(state = 'approved') = (decided_by IS NOT NULL)", name="ck_dunning_releases_decided_by"),
)
_read_policy = msgspec.json.Decoder(Policy).decode
_WAITS = releases.c.state == sa.literal_column("'open'")
sa.Index("uq_dunning_releases_open", releases.c.tenant_id, unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS)

policies = sa.Table(
    "dunning_policies",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)


# When to look again


def due(connection: sa.Connection, now: datetime, *, limit: int) -> list[str]:
    """The tenants at whom it is time to look, who waited longest first."""
    query = sa.select(looks.c.tenant_id).where(looks.c.next_look <= now)
    return [*connection.execute(query.order_by(looks.c.next_look, looks.c.tenant_id).limit(limit)).scalars()]


def looked_at_before(connection: sa.Connection, until: datetime, *, after: str, limit: int) -> list[str]:
    """The tenants for whom anything may happen before then, in order of their ids."""
    query = sa.select(looks.c.tenant_id).where(looks.c.next_look <= until, looks.c.tenant_id > after)
    return [*connection.execute(query.order_by(looks.c.tenant_id).limit(limit)).scalars()]


_IS_DEBTOR = sa.select(looks.c.tenant_id).where(looks.c.tenant_id == sa.bindparam("tenant"))


def is_debtor(connection: sa.Connection, *, tenant_id: str) -> bool:
    """Whether anything of this tenant's is open or frozen."""
    return connection.execute(_IS_DEBTOR, {"tenant": tenant_id}).first() is not None


def save_look(connection: sa.Connection, next_look: datetime | None, *, tenant_id: str) -> None:
    """Save when to look at a tenant again; None: not before something happens."""
    row = {"tenant_id": tenant_id, "next_look": next_look}
    upsert(connection, looks, [row], keys=["tenant_id"], update=["next_look"])


def forget_look(connection: sa.Connection, *, tenant_id: str) -> None:
    """Nothing is open or frozen any more."""
    connection.execute(looks.delete().where(looks.c.tenant_id == tenant_id))


# What was said


def add_told(connection: sa.Connection, new: Iterable[Told], message_id: str, *, tenant_id: str) -> None:
    """Save that something was said of some debts."""
    rows = [
        {
            "tenant_id": tenant_id,
            "invoice_id": each.debt.invoice_id,
            "part": each.debt.part,
            "step": each.step,
            "round": each.round,
            "owed_at": each.owed_at,
            "message_id": message_id,
        }
        for each in new
    ]
    connection.execute(told.insert(), rows)


def add_letters(
    connection: sa.Connection, notice_ids: Iterable[str], message_id: str, *, tenant_id: str, counts: bool
) -> None:
    """Save by which notices it was said; `counts`: the tenant has been told once one of them is delivered."""
    rows = [{"notice_id": n, "tenant_id": tenant_id, "message_id": message_id, "counts": counts} for n in notice_ids]
    if rows:
        connection.execute(letters.insert(), rows)


def add_instead(connection: sa.Connection, notice_id: str, instead_id: str, *, tenant_id: str) -> None:
    """Save that a letter goes out instead of one that did not arrive: it says the same of the same debts."""
    mine = letters.c.notice_id == notice_id, letters.c.tenant_id == tenant_id
    row = connection.execute(sa.select(letters).where(*mine)).one()
    connection.execute(letters.insert().values({**row._mapping, "notice_id": instead_id}))


def is_letter(connection: sa.Connection, notice_id: str, *, tenant_id: str) -> bool:
    """Whether a notice is one of dunning's."""
    query = sa.select(letters.c.notice_id).where(letters.c.notice_id == notice_id, letters.c.tenant_id == tenant_id)
    return connection.execute(query).first() is not None


def unsent(connection: sa.Connection, *, tenant_id: str) -> dict[str, set[Debt]]:
    """The notices of the sequence that have not left yet, and the debts that they speak of."""
    query = (
        sa.select(letters.c.notice_id, told.c.invoice_id, told.c.part)
        .join(notices, notices.c.id == letters.c.notice_id)
        .join(told, sa.and_(told.c.tenant_id == letters.c.tenant_id, told.c.message_id == letters.c.message_id))
        .where(letters.c.tenant_id == tenant_id, notices.c.state == State.OWED.value)
    )
    found: dict[str, set[Debt]] = {}
    for row in connection.execute(query):
        found.setdefault(row.notice_id, set()).add(Debt(row.invoice_id, row.part))
    return found


# Built once: every look asks for it. For each row by itself, so that it is found by key however many letters there are.
_ARRIVED = (
    sa.select(sa.func.min(notices.c.sent_at))
    .select_from(letters.join(notices, notices.c.id == letters.c.notice_id))
    .where(letters.c.tenant_id == told.c.tenant_id, letters.c.message_id == told.c.message_id, letters.c.counts)
    .where(notices.c.state != State.BOUNCED.value)
    .scalar_subquery()
)
_TOLD_OF_ALL = (
    sa.select(told, sa.type_coerce(_ARRIVED, Utc).label("delivered_at"))
    .where(told.c.tenant_id == sa.bindparam("tenant"))
    .order_by(told.c.owed_at, told.c.invoice_id, told.c.part)
)
_TOLD = _TOLD_OF_ALL.where(told.c.invoice_id.in_(sa.bindparam("invoices", expanding=True)))


def list_told(connection: sa.Connection, invoice_ids: Sequence[str] | None, *, tenant_id: str) -> list[Told]:
    """What was said of these invoices, or of all that there ever were, with when it first arrived; oldest first."""
    named = {} if invoice_ids is None else {"invoices": invoice_ids}
    query = _TOLD_OF_ALL if invoice_ids is None else _TOLD
    return [
        Told(
            step=row.step,
            debt=Debt(row.invoice_id, row.part),
            round=row.round,
            owed_at=row.owed_at,
            delivered_at=row.delivered_at,
        )
        for row in connection.execute(query, {"tenant": tenant_id, **named})
    ]


def services_of(connection: sa.Connection, invoice_ids: Sequence[str]) -> dict[str, frozenset[Service]]:
    """What some invoices are to be paid for."""
    query = (
        sa.select(invoice_lines.c.invoice_id, invoice_lines.c.service)
        .where(invoice_lines.c.invoice_id.in_(invoice_ids), sa.not_(invoice_lines.c.prepaid))
        .distinct()
    )
    found: dict[str, set[Service]] = {}
    for row in connection.execute(query):
        found.setdefault(row.invoice_id, set()).add(Service(row.service))
    return {name: frozenset(services) for name, services in found.items()}


# What was frozen for


def add_frozen(
    connection: sa.Connection, debts: Iterable[Debt], hold_id: str | None, *, tenant_id: str, at: datetime
) -> None:
    """Save for which debts something was frozen, and by which hold."""
    rows = [
        {"tenant_id": tenant_id, "invoice_id": d.invoice_id, "part": d.part, "frozen_at": at, "hold_id": hold_id}
        for d in debts
    ]
    connection.execute(freezes.insert(), rows)


def frozen_for(connection: sa.Connection, *, tenant_id: str) -> dict[Debt, str | None]:
    """For which debts something is frozen now, and by which hold."""
    query = sa.select(freezes).where(freezes.c.tenant_id == tenant_id, freezes.c.ended_at.is_(None))
    return {Debt(row.invoice_id, row.part): row.hold_id for row in connection.execute(query)}


def end_frozen(connection: sa.Connection, *, tenant_id: str, at: datetime) -> None:
    """Save that nothing is frozen any more."""
    change = freezes.update().where(freezes.c.tenant_id == tenant_id, freezes.c.ended_at.is_(None))
    connection.execute(change.values(ended_at=at))


# What people agreed to


def save_pause(connection: sa.Connection, pause: AgreedPause) -> None:
    """Save a pause; what was proposed stays as it was."""
    row = _texts(pause)
    decided = ["state", "first", "decided_by", "decided_at", "answer"]
    upsert(connection, pauses, [row], keys=["id"], update=decided)


def get_pause(connection: sa.Connection, pause_id: str, *, tenant_id: str) -> AgreedPause:
    """One pause.

    Raises:
        PauseUnknown: the tenant has none of this id.
    """
    query = sa.select(pauses).where(pauses.c.id == pause_id, pauses.c.tenant_id == tenant_id)
    row = connection.execute(query).first()
    if row is None:
        raise PauseUnknown
    return _pause(row)


def list_pauses(connection: sa.Connection, *, tenant_id: str) -> list[AgreedPause]:
    """A tenant's pauses, in the order in which they were proposed."""
    query = sa.select(pauses).where(pauses.c.tenant_id == tenant_id).order_by(pauses.c.id)
    return [_pause(row) for row in connection.execute(query)]


def save_unreached(connection: sa.Connection, known: Unreached) -> None:
    """Save that a last notice did not arrive, and what a person decided."""
    row = _texts(known) | {"invoice_id": known.debt.invoice_id, "part": known.debt.part}
    del row["debt"]
    keys = ["tenant_id", "invoice_id", "part"]
    upsert(connection, unreached, [row], keys=keys, update=row.keys() - set(keys))


def list_unreached(connection: sa.Connection, *, tenant_id: str) -> dict[Debt, Unreached]:
    """Which last notices did not arrive."""
    found = {}
    for row in connection.execute(sa.select(unreached).where(unreached.c.tenant_id == tenant_id)):
        values = dict(row._mapping)
        debt = Debt(values.pop("invoice_id"), values.pop("part"))
        found[debt] = Unreached(debt=debt, **_with_actors(values, "decided_by"))
    return found


def save_release(connection: sa.Connection, release: Release) -> None:
    """Save a release that waits for a person, or how it ended."""
    upsert(connection, releases, [_texts(release)], keys=["id"], update=["state", "decided_by", "decided_at", "reason"])


def waiting_release(connection: sa.Connection, *, tenant_id: str) -> Release | None:
    """The release of this tenant that waits for a person."""
    query = sa.select(releases).where(releases.c.tenant_id == tenant_id, _WAITS)
    row = connection.execute(query).first()
    if row is None:
        return None
    return Release(**{**_with_actors(dict(row._mapping), "decided_by"), "state": ReleaseState(row.state)})


# Policies


def save_policy(connection: sa.Connection, policy: Policy) -> None:
    """Save a policy, in place of one of the same name."""
    row = {"name": policy.name, "body": to_json(policy)}
    upsert(connection, policies, [row], keys=["name"], update=["body"])


def find_policy(connection: sa.Connection, name: str) -> Policy | None:
    """The policy of this name; the standard one is there from the beginning."""
    body = connection.execute(sa.select(policies.c.body).where(policies.c.name == name)).scalar()
    if body is not None:
        return _read_policy(body)
    return STANDARD if name == STANDARD.name else None


def _texts(value: msgspec.Struct) -> dict[str, Any]:
    return {name: str(each) if isinstance(each, Actor) else each for name, each in row_of(value).items()}


def _with_actors(values: dict[str, Any], *names: str) -> dict[str, Any]:
    parsed = {name: Actor.parse(values[name]) for name in names if values[name] is not None}
    return values | parsed


def _pause(row: Any) -> AgreedPause:
    values = _with_actors(dict(row._mapping), "proposed_by", "decided_by")
    return AgreedPause(**{**values, "kind": PauseKind(row.kind), "state": PauseState(row.state)})
