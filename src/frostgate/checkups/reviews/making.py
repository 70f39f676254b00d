"""Making the reviews of the quarter that ended, and telling whoever is to be told of those that wait."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

import structlog

from frostgate.base.calendar import FURTHEST_EAST, Calendar
from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.checkups.people import machines_of, people_of
from frostgate.checkups.reviews import store
from frostgate.checkups.reviews.counting import count_sign_ins
from frostgate.checkups.reviews.letters import ask, ask_again, tell_customer_success
from frostgate.checkups.reviews.model import (
    DUE_AFTER,
    REMIND_AFTER,
    Count,
    Quarter,
    Review,
    ReviewMade,
    ReviewOverdue,
    ReviewReminded,
    Snapshot,
    Statement,
    changes,
    last_day_of,
    person_line,
    token_line,
)
from frostgate.checkups.reviews.removing import settle_all
from frostgate.directory.model import Tenant

log = structlog.get_logger("frostgate.reviews")

AT_ONCE = 100  # tenants in one transaction
PAGE = 1000


def run_reviews(uow: UnitOfWork, *, home: Calendar) -> int:
    """Make what is to be made and tell what is to be told; how many reviews were made or told of.

    `home` is the platform's own calendar: tenants in its zone have its public holidays, others work Monday to Friday.
    """
    settle_all(uow)
    return _make_all(uow, home) + _tell_all(uow)


def make(tx: Tx, found: Sequence[Tenant], quarter: Quarter, counted: Mapping[str, tuple[Count, ...]]) -> list[Review]:
    """Make the reviews of tenants, whose sign-ins were counted: one statement for each part, however many they are."""
    ids = [tenant.id for tenant in found]
    before = store.newest_of(tx.connection, ids)
    people, tokens = people_of(tx.connection, ids), machines_of(tx.connection, ids, at=tx.now)
    made = []
    for tenant in found:
        persons = tuple(person_line(each) for each in people if each.tenant_id == tenant.id)
        machines = tuple(token_line(each) for each in tokens if each.tenant_id == tenant.id)
        last = before.get(tenant.id)
        lines = {each.line for each in persons} | {each.line for each in machines}
        snapshot = Snapshot(
            tenant_id=tenant.id,
            tenant_name=tenant.name,
            quarter=quarter.name,
            first_day=quarter.first,
            last_day=last_day_of(quarter),
            time_zone=tenant.time_zone,
            made_at=tx.now,
            compared_with=last.quarter if last else None,
            sign_ins=counted.get(tenant.id, ()),
            people=persons,
            tokens=machines,
            changes=changes(last.snapshot, (*persons, *machines)) if last else (),
            should_be_gone=tuple(
                line
                for line, said in (last.statements if last else {}).items()
                if said is Statement.REMOVE and line in lines
            ),
        )
        made.append(
            store.review_of(snapshot, tx.new_id(), due_at=tx.now + DUE_AFTER, look_at=tx.now + min(REMIND_AFTER))
        )
    store.add_all(tx.connection, made)
    for tenant, review in zip(found, made, strict=True):
        tx.state(
            ReviewMade(tenant_id=tenant.id, review_id=review.id, quarter=quarter.name, digest=review.digest),
            actor=SYSTEM,
        )
        ask(tx, tenant, review)
    return made


def _make_all(uow: UnitOfWork, home: Calendar) -> int:
    made, after = 0, ""
    while True:
        now = uow.clock.now()
        quarter = Quarter.of((now + FURTHEST_EAST).date()).before
        over = datetime.combine(quarter.end, time(), UTC)
        with uow.look() as connection:
            page = store.not_reviewed(connection, quarter, before=over, after=after, limit=PAGE)
        zones: dict[str, list[Tenant]] = {}
        for tenant in page:
            zones.setdefault(tenant.time_zone, []).append(tenant)
        for zone, found in zones.items():
            calendar = Calendar(time_zone=zone, region=home.region if zone == home.time_zone else None)
            if calendar.day_of(now) < quarter.reviewed_on(calendar):
                continue
            for start in range(0, len(found), AT_ONCE):
                made += _make(uow, found[start : start + AT_ONCE], quarter, calendar)
        if len(page) < PAGE:
            return made
        after = page[-1].id


def _make(uow: UnitOfWork, found: Sequence[Tenant], quarter: Quarter, calendar: Calendar) -> int:
    """Make some together; where one of them fails, each alone, so that it holds up nobody else.

    The sign-ins are counted beforehand: the quarter is over, so they are the same a moment later, and whoever reads
    through three months of events must not keep everybody else from writing meanwhile.
    """
    since, until = calendar.instant(quarter.first), calendar.instant(quarter.end)
    try:
        with uow.look() as connection:
            counted = count_sign_ins(connection, [tenant.id for tenant in found], since=since, until=until)
        with uow.begin() as tx:
            return len(make(tx, found, quarter, counted))
    except Exception as error:
        if len(found) == 1:
            log.exception("review failed", tenant=found[0].id, quarter=quarter.name, error=type(error).__name__)
            return 0
        return sum(_make(uow, [tenant], quarter, calendar) for tenant in found)


def _tell_all(uow: UnitOfWork) -> int:
    seen: set[tuple[str, str]] = set()
    while True:
        with uow.look() as connection:
            found = store.due(connection, uow.clock.now(), limit=PAGE + len(seen))
        new = [each for each in found if each not in seen]
        if not new:
            return len(seen)
        for tenant_id, quarter in new:
            seen.add((tenant_id, quarter))
            try:
                with uow.begin() as tx:
                    _tell(tx, quarter, tenant_id=tenant_id)
            except Exception as error:
                log.exception("review not told of", tenant=tenant_id, quarter=quarter, error=type(error).__name__)


def _tell(tx: Tx, quarter: str, *, tenant_id: str) -> None:
    review = store.get(tx.connection, quarter, tenant_id=tenant_id, lock=True)
    looked = review.look(tx.now)
    store.save(tx.connection, looked)
    about = {"tenant_id": tenant_id, "review_id": review.id, "quarter": quarter}
    if looked.escalated_at != review.escalated_at:
        tell_customer_success(tx, looked)
        tx.state(ReviewOverdue(**about), actor=SYSTEM)
    elif looked.told != review.told:
        ask_again(tx, looked)
        tx.state(ReviewReminded(**about, told=looked.told), actor=SYSTEM)
