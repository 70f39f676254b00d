"""Limits as `GET /v1/limits` shows them: what applies now, what is left of it, and what comes next."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from frostgate.limits.book import Applied, Book
from frostgate.limits.meter import Reading
from frostgate.limits.model import Quota, Source


class AppliesView(msgspec.Struct, frozen=True, kw_only=True):
    """A quota at one time, with the batch window that makes it larger, if one does."""

    quota: Quota
    multiplier: int
    batch_window: str | None  # its id
    label: str | None


class NowView(AppliesView, frozen=True, kw_only=True):
    """What applies now."""

    until: datetime | None


class NextView(AppliesView, frozen=True, kw_only=True):
    """What comes next."""

    at: datetime


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """One quota that a take needs: where it comes from, what is left of it, what applies now and next."""

    name: str
    source: str  # key, tenant or plan
    plan: str | None
    method: str | None  # the pattern; null: the total
    quota: Quota  # without any batch window
    remaining: int
    full_at: datetime
    now: NowView
    next: NextView | None


class LimitsView(msgspec.Struct, frozen=True, kw_only=True):
    """What limits a key of a tenant now; no limits: nothing does."""

    tenant_id: str
    key: str | None
    method: str
    at: datetime
    limits: list[LimitView]


def limit_view(reading: Reading, book: Book, tenant_id: str, at: datetime) -> LimitView:
    """A reading, with what is going to change."""
    applied = reading.applied
    following = book.next(tenant_id, applied)
    following_view = None
    if following is not None and applied.changes_at is not None:
        following_view = NextView(at=applied.changes_at, **_at_one_time(following))
    return LimitView(
        name=applied.name,
        source=applied.found.source.value,
        plan=book.plan_of(tenant_id) if applied.found.source is Source.PLAN else None,
        method=applied.found.method,
        quota=applied.found.quota,
        remaining=reading.level.remaining,
        full_at=at + timedelta(microseconds=reading.level.reset),
        now=NowView(until=applied.changes_at, **_at_one_time(applied)),
        next=following_view,
    )


def _at_one_time(applied: Applied) -> dict[str, Any]:
    window = applied.batch.window
    return {
        "quota": applied.quota,
        "multiplier": applied.batch.multiplier,
        "batch_window": None if window is None else window.id,
        "label": None if window is None else window.label,
    }
