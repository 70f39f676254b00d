"""What limits refuse."""

from frostgate.base.errors import Conflict, NotFound, Refused


class LimitsExceeded(Refused):
    """A quota is used up; `retry_after` says in how many seconds the same take succeeds."""

    code = "limits.exceeded"


class CostTooLarge(Refused):
    """The take asks for more than the quota ever holds, so that waiting does not help."""

    code = "limits.cost_too_large"


class TenantMissing(Refused):
    """A caller that serves several tenants did not name one."""

    code = "limits.tenant_missing"


class PlanUnknown(NotFound):
    """There is no such plan."""

    code = "plan.unknown"


class PlanIdUnusable(Refused):
    """The text cannot be a plan's id."""

    code = "plan.id_unusable"


class PlanInUse(Conflict):
    """Tenants have this plan."""

    code = "plan.in_use"


class PlanMethodRepeated(Refused):
    """A plan gives one method two quotas, and we will not guess which counts."""

    code = "plan.method_repeated"


class PlanNotAssigned(NotFound):
    """The tenant has no plan."""

    code = "plan.not_assigned"


class QuotaTooSlow(Refused):
    """What is used up at once would take longer than a year to come back."""

    code = "quota.too_slow"


class OverrideUnknown(NotFound):
    """The tenant has no such quota of its own."""

    code = "quota.override_unknown"


class BatchWindowUnknown(NotFound):
    """The tenant declared no such batch window."""

    code = "batch_window.unknown"


class BatchWindowNotInPlan(Conflict):
    """The tenant's plan has no batch windows."""

    code = "batch_window.not_in_plan"


class BatchWindowWithoutQuota(Refused):
    """There is no quota of just this key and method that the window could make larger."""

    code = "batch_window.without_quota"


class BatchWindowDatesUnusable(Refused):
    """The last day comes before the first, or lies beyond any calendar that we keep."""

    code = "batch_window.dates_unusable"


class TooManyBatchWindows(Conflict):
    """The key has as many batch windows as we keep."""

    code = "batch_window.too_many"
