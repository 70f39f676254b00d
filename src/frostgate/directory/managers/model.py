"""Who of customer success looks after a tenant. Pure."""

from datetime import datetime

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Fact
from frostgate.directory.model import Operator
from frostgate.directory.permissions import Role


class ManagerUnusable(Refused):
    """An account manager is somebody active of customer success."""

    code = "manager.unusable"


class Manager(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks after a tenant."""

    tenant_id: str
    operator_id: str
    since: datetime


class ManagerChanged(Fact, frozen=True, kw_only=True):
    """Somebody else, or nobody, looks after a tenant from now on."""

    name = "tenant.manager_changed"

    before: str | None  # operators' ids
    after: str | None


def can_manage(operator: Operator) -> bool:
    """Whether this person can look after a tenant."""
    return operator.active and operator.role is Role.CUSTOMER_SUCCESS
