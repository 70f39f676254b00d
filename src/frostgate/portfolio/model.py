"""How one tenant fares, for whoever looks after it. Pure."""

import enum
from datetime import timedelta

import msgspec

NEAR = timedelta(hours=6)  # a promise that must be kept within so long is worth a look today
UNDELIVERED_FOR = timedelta(days=30)  # a notice that did not get through half a year ago is no news


class Whose(enum.StrEnum):
    """Which tenants somebody asks for."""

    MINE = "mine"
    NOBODYS = "nobodys"  # that have no account manager
    ALL = "all"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant, in figures of now."""

    id: str
    name: str
    account_manager: str | None  # an operator's id
    open_cases: int
    late_cases: int  # of them: something should have happened by now
    near_cases: int  # of them: something must happen within six hours; where we wait for the holder, none
    undelivered_notices: int  # of the last 30 days: tried in vain so far, given up, or without a usable address
    frozen_accounts: int  # frozen or banned
    frozen_tenant: bool  # the whole tenant is
