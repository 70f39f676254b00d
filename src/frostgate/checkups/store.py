"""Check-ups, their steps and the sign-ins that they ask about, in the database."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.errors import Conflict
from frostgate.base.model import Actor
from frostgate.checkups.errors import CheckUpUnknown
from frostgate.checkups.model import CheckUp, Item, Own, Reminder, SignIn, State, Step, StepState
from frostgate.directory.store import Bytewise
from frostgate.standing.model import Cause

check_ups = sa.Table(
    "check_ups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("account_id", Bytewise),
    sa.Column("hold_id", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("of_tenant_person", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("reminded", sa.Integer, nullable=False),
    sa.Column("look_at", Utc),
    sa.Column("closed_at", Utc),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("hold_id", name="uq_check_ups_hold"),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_check_ups_closed"),
    sa.CheckConstraint("(state = 'open') = (look_at IS NOT NULL)", name="ck_check_ups_look_at"),
)
sa.Index("ix_check_ups_tenant", check_ups.c.tenant_id, check_ups.c.id)
_OPEN = check_ups.c.state == sa.literal_column("'open'")
sa.Index("ix_check_ups_look_at", check_ups.c.look_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
# One at a time for one account: a later thaw takes over what is open.
sa.Index(
    "uq_check_ups_open",
    check_ups.c.tenant_id,
    check_ups.c.account_id,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

steps = sa.Table(
    "check_up_steps",
    metadata,
    sa.Column("check_up_id", sa.Text, sa.ForeignKey("check_ups.id"), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("at", Utc),
    sa.Column("by", sa.Text),
    sa.CheckConstraint("(state = 'open') = (at IS NULL)", name="ck_check_up_steps_at"),
    sa.CheckConstraint("(state = 'open') = (\"by\" IS NULL)", name="ck_check_up_steps_by"),
)

sign_ins = sa.Table(
    "check_up_sign_ins",
    metadata,
    sa.Column("check_up_id", sa.Text, sa.ForeignKey("check_ups.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("decision_id", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("country", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("device", sa.Text),
    sa.Column("own", sa.Text),
    sa.Column("answered_at", Utc),
    sa.CheckConstraint("(own IS NULL) = (answered_at IS NULL)", name="ck_check_up_sign_ins_answered"),
)

_WHOLE = ("items", "sign_ins")


def add(connection: sa.Connection, check_up: CheckUp) -> None:
    """Save a new check-up with everything that it asks."""
    connection.execute(check_ups.insert(), _row(check_up))
    _add_items(connection, check_up)
    if check_up.sign_ins:
        connection.execute(sign_ins.insert(), [_sign_in_row(check_up, each) for each in check_up.sign_ins])


def save(connection: sa.Connection, before: CheckUp, after: CheckUp) -> CheckUp:
    """Save a check-up as it is now; the check-up with its new version.

    Raises:
        Conflict: somebody else changed it since it was read.
    """
    saved = msgspec.structs.replace(after, version=before.version + 1)
    mine = check_ups.c.id == before.id, check_ups.c.tenant_id == before.tenant_id
    known = check_ups.c.version == before.version
    if connection.execute(check_ups.update().where(*mine, known).values(_row(saved))).rowcount != 1:
        raise Conflict(check_up=before.id)
    if after.items != before.items:
        connection.execute(
            steps.delete().where(steps.c.check_up_id == before.id, steps.c.tenant_id == before.tenant_id)
        )
        _add_items(connection, after)
    for each in set(after.sign_ins) - set(before.sign_ins):
        connection.execute(
            sign_ins.update()
            .where(
                sign_ins.c.check_up_id == before.id,
                sign_ins.c.tenant_id == before.tenant_id,
                sign_ins.c.number == each.number,
            )
            .values(_sign_in_row(after, each))
        )
    return saved


def get(connection: sa.Connection, check_up_id: str, *, tenant_id: str, account_id: str | None = None) -> CheckUp:
    """One check-up of this tenant, or of this account where one is named.

    Raises:
        CheckUpUnknown: there is none.
    """
    query = sa.select(check_ups).where(check_ups.c.id == check_up_id, check_ups.c.tenant_id == tenant_id)
    if account_id is not None:
        query = query.where(check_ups.c.account_id == account_id)
    found = _read(connection, query)
    if not found:
        raise CheckUpUnknown
    return found[0]


def find_of_hold(connection: sa.Connection, hold_id: str, *, tenant_id: str) -> CheckUp | None:
    """The check-up after this hold."""
    query = sa.select(check_ups).where(check_ups.c.hold_id == hold_id, check_ups.c.tenant_id == tenant_id)
    return next(iter(_read(connection, query)), None)


def find_open(connection: sa.Connection, *, tenant_id: str, account_id: str | None) -> CheckUp | None:
    """The open check-up of an account, or of a whole tenant (None)."""
    query = sa.select(check_ups).where(
        check_ups.c.tenant_id == tenant_id, _OPEN, check_ups.c.account_id.is_not_distinct_from(account_id)
    )
    return next(iter(_read(connection, query)), None)


def list_check_ups(
    connection: sa.Connection,
    *,
    tenant_id: str,
    account_id: str | None = None,
    state: State | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[CheckUp]:
    """A page of a tenant's check-ups, or of one account's, the newest first."""
    query = sa.select(check_ups).where(check_ups.c.tenant_id == tenant_id)
    if account_id is not None:
        query = query.where(check_ups.c.account_id == account_id)
    if state is not None:
        query = query.where(check_ups.c.state == state.value)
    if before is not None:
        query = query.where(check_ups.c.id < before)
    return _read(connection, query.order_by(check_ups.c.id.desc()).limit(limit))


def open_of_tenant(connection: sa.Connection, *, tenant_id: str, step: Step) -> list[CheckUp]:
    """Every open check-up of a tenant in which this step is open."""
    waiting = sa.select(steps.c.check_up_id).where(
        steps.c.tenant_id == tenant_id, steps.c.step == step.value, steps.c.state == StepState.OPEN.value
    )
    query = sa.select(check_ups).where(check_ups.c.tenant_id == tenant_id, _OPEN, check_ups.c.id.in_(waiting))
    return _read(connection, query.order_by(check_ups.c.id))


def due(connection: sa.Connection, at: datetime, *, limit: int) -> list[tuple[str, str]]:
    """(tenant, check-up) of those for whom it is time."""
    query = sa.select(check_ups.c.tenant_id, check_ups.c.id).where(_OPEN, check_ups.c.look_at <= at)
    return [(row.tenant_id, row.id) for row in connection.execute(query.order_by(check_ups.c.look_at).limit(limit))]


def forget_sign_ins(connection: sa.Connection, *, closed_before: datetime) -> int:
    """Forget where people signed in, of check-ups that are long over; how many lines. The journal has the answers."""
    over = sa.select(check_ups.c.id).where(check_ups.c.closed_at < closed_before)
    return connection.execute(sign_ins.delete().where(sign_ins.c.check_up_id.in_(over))).rowcount


def _read(connection: sa.Connection, query: sa.Select[Any]) -> list[CheckUp]:
    """Check-ups with what belongs to them: three statements, however many they are."""
    rows = connection.execute(query).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    items: dict[str, list[Item]] = {}
    asked: dict[str, list[SignIn]] = {}
    for row in connection.execute(sa.select(steps).where(steps.c.check_up_id.in_(ids)).order_by(steps.c.place)):
        by = Actor.parse(row.by) if row.by else None
        items.setdefault(row.check_up_id, []).append(
            Item(step=Step(row.step), state=StepState(row.state), at=row.at, by=by)
        )
    for row in connection.execute(
        sa.select(sign_ins).where(sign_ins.c.check_up_id.in_(ids)).order_by(sign_ins.c.number)
    ):
        asked.setdefault(row.check_up_id, []).append(
            SignIn(
                number=row.number,
                decision_id=row.decision_id,
                at=row.at,
                country=row.country,
                city=row.city,
                device=row.device,
                own=Own(row.own) if row.own else None,
                answered_at=row.answered_at,
            )
        )
    return [
        CheckUp(
            **{
                **row._mapping,
                "cause": Cause(row.cause),
                "state": State(row.state),
                "reminded": Reminder(row.reminded),
                "items": tuple(items.get(row.id, ())),
                "sign_ins": tuple(asked.get(row.id, ())),
            }
        )
        for row in rows
    ]


def _add_items(connection: sa.Connection, check_up: CheckUp) -> None:
    if check_up.items:
        connection.execute(steps.insert(), [*_item_rows(check_up)])


def _item_rows(check_up: CheckUp) -> Iterable[dict[str, Any]]:
    for place, item in enumerate(check_up.items):
        yield {
            "check_up_id": check_up.id,
            "tenant_id": check_up.tenant_id,
            "place": place,
            "step": item.step.value,
            "state": item.state.value,
            "at": item.at,
            "by": None if item.by is None else str(item.by),
        }


def _sign_in_row(check_up: CheckUp, each: SignIn) -> dict[str, Any]:
    row = msgspec.structs.asdict(each)
    return {
        **row,
        "check_up_id": check_up.id,
        "tenant_id": check_up.tenant_id,
        "own": each.own.value if each.own else None,
    }


def _row(check_up: CheckUp) -> dict[str, Any]:
    row = {name: value for name, value in msgspec.structs.asdict(check_up).items() if name not in _WHOLE}
    return {
        **row,
        "cause": check_up.cause.value,
        "state": check_up.state.value,
        "reminded": check_up.reminded.value,
    }
