"""A group as staff see it. Its `value` is evidence: it is shown where the journal keeps who looked."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from frostgate.base.texts import both
from frostgate.cases.groups.model import Group
from frostgate.cases.groups.store import Count
from frostgate.cases.severity import Severity


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group in a list: how many cases of the reader's tenants it has, and how grave the gravest is."""

    id: str
    cause: str
    rule: str
    trait: str  # what all of its cases share
    severity: str
    cases: int
    open: int
    tenants: int
    first_at: datetime
    last_at: datetime


class GroupView(GroupLine, frozen=True, kw_only=True):
    """The same with what its cases share, in words."""

    value: str
    says: Mapping[str, str]  # per language


def line_of(group: Group, count: Count) -> GroupLine:
    """The group in a list."""
    return GroupLine(
        id=group.id,
        cause=group.cause.value,
        rule=group.rule,
        trait=group.trait.value,
        severity=Severity(count.severity).word,
        cases=count.cases,
        open=count.open,
        tenants=count.tenants,
        first_at=count.first_at,
        last_at=count.last_at,
    )


def view_group(group: Group, count: Count) -> GroupView:
    """The group with what its cases share."""
    line = msgspec.structs.asdict(line_of(group, count))
    return GroupView(**line, value=group.value, says=both(f"group.{group.trait.value}", value=group.value))
