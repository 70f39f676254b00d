"""A platform with plans and tenants, on both databases, with a clock moved by hand."""

from typing import Any

from frostgate.app import Program
from frostgate.base.model import SYSTEM
from frostgate.directory.service import TenantChanges, change_tenant
from frostgate.limits import service
from frostgate.limits.meter import Take
from frostgate.limits.model import BatchWindow, MethodQuota, Quota
from frostgate.limits.service import PlanDraft, WindowDraft
from house import House


def quota(events: int, per_seconds: int = 60, burst: int | None = None) -> Quota:
    return Quota(events=events, per_seconds=per_seconds, burst=burst or events)


def for_method(method: str, each: Quota) -> MethodQuota:
    return MethodQuota(method=method, events=each.events, per_seconds=each.per_seconds, burst=each.burst)


class Platform(House):
    """What the platform sets and tenants declare, by short names."""

    def plan(self, plan_id: str = "standard", *, total: Quota | None = None, batch: int = 1, **quotas: Quota) -> None:
        """Methods are given by name; `any` stands for `*`."""
        named = tuple(for_method("*" if name == "any" else name, each) for name, each in quotas.items())
        draft = PlanDraft(name=plan_id, quotas=named, total=total, batch_multiplier=batch)
        with self.program.uow.begin() as tx:
            service.put_plan(tx, plan_id, draft, actor=SYSTEM)

    def gives(self, plan_id: str = "standard", *, tenant_id: str = "acme", total: Quota | None = None) -> None:
        with self.program.uow.begin() as tx:
            service.assign_plan(tx, plan_id, tenant_id=tenant_id, total=total, actor=SYSTEM)

    def overrides(self, each: Quota, *, key: str | None = None, method: str = "*", tenant_id: str = "acme") -> str:
        with self.program.uow.begin() as tx:
            made = service.override_quota(tx, each, tenant_id=tenant_id, key=key, method=method, actor=SYSTEM)
        return made.id

    def declares(self, starts: str, ends: str, multiplier: int = 10, **more: Any) -> BatchWindow:
        draft = WindowDraft(starts=starts, ends=ends, multiplier=multiplier, **{"key": "k", **more})
        with self.program.uow.begin() as tx:
            return service.declare_window(tx, draft, tenant_id="acme", actor=SYSTEM)

    def moves_to(self, time_zone: str) -> None:
        with self.program.uow.begin() as tx:
            change_tenant(tx, "acme", TenantChanges(time_zone=time_zone), actor=SYSTEM)

    def takes(
        self, cost: int = 1, *, key: str = "k", method: str = "send", by: Program | None = None, tenant_id: str = "acme"
    ) -> Take:
        return (by or self.program).meter.take(tenant_id, key, method, cost)

    def takes_all(self, most: int = 100_000, **named: Any) -> int:
        """How often one can be taken until it is refused."""
        return next(n for n in range(most) if not self.takes(**named).allowed)

    def left(self, *, key: str = "k", method: str = "send", by: Program | None = None) -> dict[str, int]:
        """What remains of each quota, by its name."""
        found = (by or self.program).meter.look("acme", key, method)
        return {each.applied.name: each.level.remaining for each in found}
