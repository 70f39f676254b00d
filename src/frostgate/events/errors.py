"""Why an event is not taken."""

from frostgate.base.errors import Conflict, Refused


class EventRefused(Refused):
    """An event that we cannot take; the others of its batch are not touched by it."""

    code = "event.data_invalid"


class TypeUnknown(EventRefused):
    """The CloudEvents type is none of ours."""

    code = "event.type_unknown"


class TimeInFuture(EventRefused):
    """The event says that it will happen later: the sender's clock is wrong."""

    code = "event.time_in_future"


class TooOld(EventRefused):
    """The event happened before anything that we still judge."""

    code = "event.too_old"


class TenantMissing(EventRefused):
    """The sender speaks for many tenants and did not say for which."""

    code = "event.tenant_missing"


class TenantMismatch(EventRefused):
    """The event names a tenant that the sender does not speak for."""

    code = "event.tenant_mismatch"


class TenantUnknown(EventRefused):
    """The event names a tenant that does not exist."""

    code = "tenant.unknown"


class AccountUnknown(EventRefused):
    """This tenant takes events of registered accounts only."""

    code = "account.unknown"


class IdReused(EventRefused, Conflict):
    """The same source and id came before with other content."""

    code = "event.id_reused"
