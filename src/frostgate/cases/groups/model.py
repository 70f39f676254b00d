"""One attack is one group of cases: which traces make cases belong together, and for how long. Pure.

A group has one trace that all of its cases share, so whoever reads "all from 203.0.113.0/24" can take it at its word.
Cases are never put together for several half reasons: of two that share nothing which stands here, each is alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from frostgate.base.errors import NotFound
from frostgate.base.model import ActorKind, Fact
from frostgate.base.wire import to_json
from frostgate.signals.traces import Trait
from frostgate.standing.model import Cause, Hold

# Which traces count for which cause, the most telling first. Who owes money or was held by hand is under no attack.
COUNTS: Mapping[Cause, tuple[Trait, ...]] = {
    Cause.ABNORMAL_LOGIN: (Trait.DEVICE, Trait.ADDRESS, Trait.NETWORK),
    Cause.BULK_OPERATION: (Trait.TEMPLATE, Trait.DEVICE, Trait.ADDRESS, Trait.NETWORK),
    Cause.VIOLATING_CONTENT: (Trait.TEMPLATE, Trait.DEVICE, Trait.ADDRESS, Trait.NETWORK),
    Cause.BYPASS_ATTEMPT: (Trait.DEVICE, Trait.ADDRESS, Trait.NETWORK),
    Cause.ARREARS: (),
    Cause.MANUAL: (),
}

# How long after the last case the next with the same trace still belongs to it. A network is shared by many people, so
# what comes from it the day after is more likely somebody else.
WITHIN: Mapping[Trait, timedelta] = {
    Trait.DEVICE: timedelta(hours=24),
    Trait.TEMPLATE: timedelta(hours=24),
    Trait.ADDRESS: timedelta(hours=24),
    Trait.NETWORK: timedelta(hours=6),
}
LONGEST = max(WITHIN.values())

# What lies in one address lies in its network: such a group may grow wider, and what it says stays true of every case.
WIDENS: Mapping[Trait, Trait] = {Trait.ADDRESS: Trait.NETWORK}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of one cause and rule that share one trace."""

    id: str
    cause: Cause
    rule: str
    trait: Trait
    value: str
    last_at: datetime  # when the last case joined


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One trace of a new case; `key` is equal where cause, rule and trace are."""

    key: str
    trait: Trait
    value: str


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Which case left a trace last, the group that is made of this very trace, and the group that the case is in."""

    key: str
    at: datetime
    case_id: str
    tenant_id: str
    account_id: str | None
    group_id: str | None = None
    case_group_id: str | None = None
    case_group_trait: Trait | None = None


class Joins(msgspec.Struct, frozen=True, kw_only=True):
    """The case belongs to a group by this trace; `widens`: of which the group is made from now on."""

    group_id: str
    trace: Trace
    widens: bool = False


class Begins(msgspec.Struct, frozen=True, kw_only=True):
    """The case is the second one with this trace, and a group begins of the two."""

    with_case: str
    trace: Trace


def traces_left(hold: Hold, traces: Mapping[str, str]) -> tuple[Trace, ...]:
    """The traces of a hold that count for its cause, the most telling first; none of what no rule has placed."""
    if hold.actor.kind is not ActorKind.RULE:
        return ()
    found = ((trait, traces[trait]) for trait in COUNTS[hold.cause] if trait in traces)
    return tuple(Trace(key=_key(hold, trait, value), trait=trait, value=value) for trait, value in found)


def belongs(hold: Hold, traces: Sequence[Trace], marks: Mapping[str, Mark], *, at: datetime) -> Joins | Begins | None:
    """Where the case of a new hold belongs by what was left before, by the traces' keys; None: it is alone.

    A group that is there goes before a new one, so that an attack does not fall to pieces; of two that are there, the
    one whose trace tells more. An account whose first hold was released is no second case: it is the same one again.
    """
    live = [(each, marks[each.key]) for each in traces if is_live(each, marks.get(each.key), at=at)]
    for trace, mark in live:
        if mark.group_id is not None:
            return Joins(group_id=mark.group_id, trace=trace)
    for trace, mark in live:
        if mark.case_group_trait is not None and WIDENS.get(mark.case_group_trait) is trace.trait:
            assert mark.case_group_id is not None, "BUG: a trait of no group"
            return Joins(group_id=mark.case_group_id, trace=trace, widens=True)
    for trace, mark in live:
        is_other = (mark.tenant_id, mark.account_id) != (hold.subject.tenant_id, hold.subject.account_id)
        if mark.case_group_id is None and is_other:
            return Begins(with_case=mark.case_id, trace=trace)
    return None


def is_live(trace: Trace, mark: Mark | None, *, at: datetime) -> bool:
    """Whether a case left this trace so lately that another one with it belongs to the same attack."""
    return mark is not None and at - mark.at <= WITHIN[trace.trait]


def _key(hold: Hold, trait: Trait, value: str) -> str:
    """Devices are named by the tenant's clients, and two tenants' `1` are two; everything else is the same for all."""
    whose = hold.subject.tenant_id if trait is Trait.DEVICE else ""
    said = to_json([hold.cause.value, hold.reason, trait.value, whose, value])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


class GroupBegun(Fact, frozen=True, kw_only=True):
    """Two cases share a trace, which the journal does not keep: it never forgets."""

    name = "case.group_begun"

    group_id: str
    trait: Trait
    case_id: str  # the case that was alone until now


class CaseGrouped(Fact, frozen=True, kw_only=True):
    """A case belongs to a group; `trait` is what it shares with the cases before it."""

    name = "case.grouped"

    case_id: str
    group_id: str
    trait: Trait


class CaseDuplicated(Fact, frozen=True, kw_only=True):
    """There is an open case of the same cause about the same account already."""

    name = "case.duplicate"

    case_id: str
    duplicate_of: str


class GroupUnknown(NotFound):
    """There is no such group, or none of its cases is for this reader."""

    code = "case.group_unknown"
