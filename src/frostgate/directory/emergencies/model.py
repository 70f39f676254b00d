"""An emergency: who took more power than their role gives, over what, why, and until when. Pure."""

import enum
from datetime import datetime, timedelta

import msgspec

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused
from frostgate.base.model import Fact
from frostgate.directory.model import Operator
from frostgate.directory.permissions import PERMISSIONS, Permission, Role

NEVER_LONGER = timedelta(hours=24)  # whatever the settings say; the store refuses more, too
SHORTEST = timedelta(minutes=1)
REASON_LEAST = 10  # signs: a word is no reason


class EmergencyUnknown(NotFound):
    """There is no such emergency."""

    code = "emergency.unknown"


class EmergencyTooLong(Refused):
    """It would last longer than the settings allow; `hours` says how long that is."""

    code = "emergency.too_long"


class EmergencyTooShort(Refused):
    """It would be over before anything could be done in it."""

    code = "emergency.too_short"


class EmergencyReasonNeeded(Refused):
    """The reason says too little for those who are told of it; `least` says how many signs it takes."""

    code = "emergency.reason_needed"


class EmergencyNotNeeded(Conflict):
    """Whoever asks may all of that anyway."""

    code = "emergency.not_needed"


class SecondFactorMissing(Forbidden):
    """Nobody breaks the glass with a session alone, and this person has nothing else to prove who they are."""

    code = "emergency.second_factor_missing"


class EmergencyProofNeeded(Forbidden):
    """A second factor proves, now, that it is the person themselves who breaks the glass."""

    code = "emergency.proof_needed"


class Stands(enum.StrEnum):
    """How an emergency stands."""

    OPEN = "open"
    ENDED = "ended"  # by hand, or with the person's account
    EXPIRED = "expired"


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """One breaking of the glass. Its id is that of the token under which its requests come."""

    id: str
    operator_id: str
    tenant_id: str | None  # None: the whole platform
    role: Role  # whose powers it gives
    reason: str
    on_the_machine: bool  # opened by a command on the server, and not by somebody who was signed in
    began_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    requests: int = 0  # that were let through so far

    def stands(self, at: datetime) -> Stands:
        """How it stands at an instant."""
        if self.ended_at is not None:
            return Stands.ENDED
        return Stands.OPEN if at < self.expires_at else Stands.EXPIRED


def role_of(tenant_id: str | None) -> Role:
    """Whose powers an emergency gives: over one tenant its owner's, over the platform a superintendent's."""
    return Role.SUPERINTENDENT if tenant_id is None else Role.OWNER


def opener(tenant_id: str | None) -> Permission:
    """What it takes to open one."""
    return Permission.EMERGENCIES_OPEN_ALL if tenant_id is None else Permission.EMERGENCIES_OPEN


def may_go_on(operator: Operator, *, tenant_id: str | None, on_the_machine: bool) -> bool:
    """Whether this person may be in such an emergency now: a role that was lost meanwhile ends it."""
    return operator.active and (on_the_machine or opener(tenant_id) in PERMISSIONS[operator.role])


def checked_span(span: timedelta, *, at_most: timedelta) -> timedelta:
    """How long it shall last.

    Raises:
        EmergencyTooLong, EmergencyTooShort
    """
    if span < SHORTEST:
        raise EmergencyTooShort(pointer="/hours")
    if span > min(at_most, NEVER_LONGER):
        raise EmergencyTooLong(pointer="/hours", hours=f"{min(at_most, NEVER_LONGER) / timedelta(hours=1):g}")
    return span


def checked_reason(reason: str) -> str:
    """The reason as it is kept: blanks around it say nothing.

    Raises:
        EmergencyReasonNeeded
    """
    if len(stripped := reason.strip()) < REASON_LEAST:
        raise EmergencyReasonNeeded(pointer="/reason", least=REASON_LEAST)
    return stripped


class EmergencyOpened(Fact, frozen=True, kw_only=True):
    """Somebody broke the glass. Their own people, and the tenant's, are told at once."""

    name = "emergency.opened"

    emergency: Emergency


class EmergencyProofFailed(Fact, frozen=True, kw_only=True):
    """Somebody wanted to break the glass in an operator's session, and did not prove to be that operator."""

    name = "emergency.proof_failed"

    operator_id: str
    left: int  # how many more wrong answers there may be


class EmergencyUsed(Fact, frozen=True, kw_only=True):
    """A request was let through by an emergency; what it changed is journalled after it, under the same actor."""

    name = "emergency.used"

    emergency_id: str
    method: str
    path: str


class EmergencyEnded(Fact, frozen=True, kw_only=True):
    """An emergency ended before its time: by hand, or because the person was signed out everywhere."""

    name = "emergency.ended"

    emergency: Emergency
