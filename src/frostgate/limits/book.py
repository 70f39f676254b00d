"""Which quotas apply to a take: all plans, overrides and batch windows in memory, because the event loop asks."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from frostgate.base.database import from_micros, micros
from frostgate.base.journal import last_number, told_since
from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.model import TenantChanged
from frostgate.limits import store
from frostgate.limits.batch import NOTHING, Applies, applies, next_change
from frostgate.limits.model import ANY, CHANGES, BatchWindow, Found, Plan, Quota, TenantPlan, find, find_total

Bucket = tuple[str, str, str]  # tenant, key ("": all keys), method ("": the total)

_FACTS = frozenset({*(fact.name for fact in CHANGES), TenantChanged.name})  # after these, everything is read again
_REMEMBERED = 20_000  # answers; when there are more, all of them are worked out again
_NEVER = micros(datetime(9999, 1, 1, tzinfo=UTC))


class Applied(msgspec.Struct, frozen=True):
    """A quota as it applies to one bucket, until before `until` (microseconds)."""

    name: str  # in header fields
    bucket: Bucket
    found: Found
    quota: Quota  # with what a batch window makes of it
    batch: Applies
    until: int
    policy: str  # as an item of RateLimit-Policy

    @property
    def changes_at(self) -> datetime | None:
        """When another quota will apply; None: as far as is known, never."""
        return None if self.until == _NEVER else from_micros(self.until)


class _Remembered(msgspec.Struct, frozen=True):
    """An answer, and from when until before when it holds."""

    since: int
    until: int
    applied: tuple[Applied, ...]


class TenantQuotas(msgspec.Struct, frozen=True):
    """What applies to one tenant."""

    zone: str
    plan: Plan | None
    assigned: TenantPlan | None
    overrides: Mapping[tuple[str | None, str], Quota]
    windows: Mapping[str, Sequence[BatchWindow]]  # by key


class Book:
    """Answers from memory which quotas apply. It is read again after every change here, and when others changed it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._turn = threading.Lock()
        self._seen = 0  # the journal's number up to which this is known
        self._tenants: Mapping[str, TenantQuotas] = {}
        self._remembered: dict[tuple[str, str, str], _Remembered] = {}

    def applied(self, tenant_id: str, key: str | None, method: str, now: int) -> tuple[Applied, ...]:
        """The quotas that a take needs, the key's own and the tenant's total, as they are at `now` (microseconds).

        Neither: nothing limits it. Without a key: the total alone.
        """
        remembered, asked = self._remembered, (tenant_id, key or "", method)
        known = remembered.get(asked)
        if known is not None and known.since <= now < known.until:
            return known.applied
        quotas = self._tenants.get(tenant_id)
        found = () if quotas is None else _applied(quotas, tenant_id, key, method, now)
        if len(remembered) >= _REMEMBERED:
            remembered.clear()  # not replaced: who reads everything again meanwhile has put another in its place
        until = min((each.until for each in found), default=_NEVER)
        remembered[asked] = _Remembered(now, until, found)
        return found

    def next(self, tenant_id: str, applied: Applied) -> Applied | None:
        """The same quota as it will apply after `applied.until`; None: nothing is going to change."""
        if applied.changes_at is None:
            return None
        quotas = self._tenants.get(tenant_id)
        return None if quotas is None else _as_it_is(quotas, applied.bucket, applied.found, applied.until)

    def plan_of(self, tenant_id: str) -> str | None:
        """The id of the plan that the tenant has."""
        quotas = self._tenants.get(tenant_id)
        return None if quotas is None or quotas.plan is None else quotas.plan.id

    def reload(self) -> None:
        """Read everything and replace it at once; never from the event loop.

        Raises:
            StoreUnavailable: the database cannot be reached; what was known stays.
        """
        with self._turn:
            self._read()

    def follow(self) -> None:
        """Read everything again where another process, or this one, changed anything since.

        Raises:
            StoreUnavailable: the database cannot be reached; what was known stays.
        """
        with self._turn:
            with self._uow.look() as connection:
                number = last_number(connection)
                is_behind = number > self._seen and bool(told_since(connection, self._seen, _FACTS))
            if is_behind:
                self._read()
            else:
                self._seen = max(self._seen, number)

    def reload_after(self, tx: Tx, _fact: Fact, _actor: Actor) -> None:
        """Reaction to whatever changes quotas."""
        tx.after_commit(self.reload)

    def _read(self) -> None:
        with self._uow.look() as connection:
            self._seen, found = last_number(connection), store.everything(connection)
        self._tenants = _by_tenant(found)
        self._remembered = {}


def _by_tenant(found: store.Everything) -> dict[str, TenantQuotas]:
    plans = {plan.id: plan for plan in found.plans}
    assigned = {each.tenant_id: each for each in found.assigned}
    overrides: dict[str, dict[tuple[str | None, str], Quota]] = {}
    for each in found.overrides:
        overrides.setdefault(each.tenant_id, {})[each.key, each.method] = each.quota
    windows: dict[str, dict[str, list[BatchWindow]]] = {}
    for window in found.windows:
        windows.setdefault(window.tenant_id, {}).setdefault(window.key, []).append(window)
    return {
        tenant_id: TenantQuotas(
            zone,
            plans.get(assigned[tenant_id].plan_id) if tenant_id in assigned else None,
            assigned.get(tenant_id),
            overrides.get(tenant_id, {}),
            windows.get(tenant_id, {}),
        )
        for tenant_id, zone in found.zones.items()
        if tenant_id in assigned or tenant_id in overrides
    }


def _applied(quotas: TenantQuotas, tenant_id: str, key: str | None, method: str, now: int) -> tuple[Applied, ...]:
    own = None if key is None else find(quotas.plan, quotas.overrides, key=key, method=method)
    total = find_total(quotas.plan, quotas.assigned)
    buckets = [((tenant_id, key or "", own.method or ""), own)] if own is not None else []
    if total is not None:
        buckets.append(((tenant_id, "", ""), total))
    return tuple(_as_it_is(quotas, bucket, found, now) for bucket, found in buckets)


def _as_it_is(quotas: TenantQuotas, bucket: Bucket, found: Found, now: int) -> Applied:
    """The quota with its batch windows. A window for one method widens only a quota of that method's own."""
    _, key, _ = bucket
    most = 1 if quotas.plan is None else quotas.plan.batch_multiplier
    declared = () if found.method is None or most == 1 else quotas.windows.get(key, ())
    windows = [window for window in declared if window.method in (ANY, found.method)]
    batch, until = NOTHING, None
    if windows:
        at, zone = from_micros(now), ZoneInfo(quotas.zone)
        batch, until = applies(windows, zone, at, most=most), next_change(windows, zone, at, most=most)
    quota = found.quota.times(batch.multiplier)
    name = "total" if found.method is None else "key" if found.method == ANY else f"key:{found.method}"
    policy = f'"{name}";q={quota.events};w={quota.per_seconds};frostgate-burst={quota.burst}'
    return Applied(name, bucket, found, quota, batch, _NEVER if until is None else micros(until), policy)
