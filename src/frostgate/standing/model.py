"""Holds, and what they add up to. Pure: no clock, no database, no network."""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from frostgate.base.errors import Conflict, Refused
from frostgate.base.model import Actor, Fact


class Service(enum.StrEnum):
    """What an account can use. A freeze stops all of them."""

    LOGIN = "login"
    MESSAGING = "messaging"
    VOICE = "voice"
    VIDEO = "video"
    LIVE = "live"
    CONVERSATIONAL_AI = "conversational_ai"


class Permit(enum.IntEnum):
    """What standing says of one service, mildest first."""

    ALLOWED = 0
    CHALLENGE = 1
    DENIED = 2

    @property
    def word(self) -> str:
        """The name on the wire."""
        return self.name.lower()


class Kind(enum.IntEnum):
    """How much a hold takes away, mildest first."""

    CHALLENGE = 1
    LIMIT = 2
    FREEZE = 3
    BAN = 4

    @property
    def word(self) -> str:
        """The name on the wire."""
        return self.name.lower()


class Cause(enum.StrEnum):
    """Why a hold was placed."""

    ABNORMAL_LOGIN = "abnormal_login"
    VIOLATING_CONTENT = "violating_content"
    ARREARS = "arrears"
    BULK_OPERATION = "bulk_operation"
    MANUAL = "manual"
    BYPASS_ATTEMPT = "bypass_attempt"


class Condition(enum.StrEnum):
    """What a hold waits for. Each hold ends by its own and by no other's."""

    IDENTITY_VERIFIED = "identity_verified"
    CONTENT_DEALT_WITH = "content_dealt_with"
    PAID = "paid"
    COOLED_DOWN = "cooled_down"
    REVIEWED = "reviewed"
    APPEAL_UPHELD = "appeal_upheld"


class Finding(enum.StrEnum):
    """Why somebody may release a hold: its condition came true, or it should never have been placed."""

    MISTAKE = "mistake"
    CONDITION_MET = "condition_met"
    APPEAL_UPHELD = "appeal_upheld"


# What each cause waits for. A ban waits for an upheld appeal whatever its cause, and a challenge for an identity.
WAITS_FOR: Mapping[Cause, Condition] = {
    Cause.ABNORMAL_LOGIN: Condition.IDENTITY_VERIFIED,
    Cause.VIOLATING_CONTENT: Condition.CONTENT_DEALT_WITH,
    Cause.ARREARS: Condition.PAID,
    Cause.BULK_OPERATION: Condition.COOLED_DOWN,
    Cause.MANUAL: Condition.REVIEWED,
    Cause.BYPASS_ATTEMPT: Condition.REVIEWED,
}

# The one capability table: what a kind of hold leaves of a service on which it bites.
CAPABILITIES: Mapping[Kind, Mapping[Service, Permit]] = {
    Kind.CHALLENGE: dict.fromkeys(Service, Permit.CHALLENGE),
    Kind.LIMIT: dict.fromkeys(Service, Permit.DENIED),
    Kind.FREEZE: dict.fromkeys(Service, Permit.DENIED),
    Kind.BAN: dict.fromkeys(Service, Permit.DENIED),
}

EVERY_SERVICE = frozenset(Service)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a hold is against: one account, or a whole tenant where `account_id` is None."""

    tenant_id: str
    account_id: str | None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One open reason against a subject. It ends only by its own release condition."""

    id: str
    subject: Subject
    kind: Kind
    cause: Cause
    services: frozenset[Service]  # where it bites; a freeze and a ban bite everywhere
    condition: Condition
    actor: Actor  # who placed it
    reason: str  # the rule's id, or an operator's words
    evidence_key: str  # equal for equal evidence; what the guard after a thaw compares
    decision_id: str | None  # the first decision that asked for it
    case_id: str
    placed_at: datetime
    guard_seconds: int = 0  # after a release its evidence counts as dealt with for so long
    released_at: datetime | None = None
    released_by: Actor | None = None
    finding: Finding | None = None
    release_reason: str | None = None

    def __post_init__(self) -> None:
        if self.kind >= Kind.FREEZE:
            assert self.services == EVERY_SERVICE, "BUG: a freeze that does not bite everywhere"
        assert self.services, "BUG: a hold that bites nowhere"

    @property
    def is_open(self) -> bool:
        """Whether it still counts."""
        return self.released_at is None

    @property
    def was_own_sign_in(self) -> bool:
        """Whether its end says that the sign-in behind it was the holder's own.

        A mistake says so. So does a passed challenge: whoever signed in proved who they are. A freeze whose holder
        proved it does not, because there the password may well have been stolen.
        """
        verified = self.kind is Kind.CHALLENGE and self.finding is Finding.CONDITION_MET
        return self.cause is Cause.ABNORMAL_LOGIN and (self.finding is Finding.MISTAKE or verified)

    @property
    def calls_for_check_up(self) -> bool:
        """Whether its end is a reason to look after the account: somebody was in it, or could be again.

        Who was kept out for a bill, or answered a challenge, has nothing to look after.
        """
        return self.kind >= Kind.FREEZE and self.cause is not Cause.ARREARS

    @property
    def spends_evidence(self) -> bool:
        """Whether its end says that the evidence behind it has been dealt with, so that the guard may go by it.

        Not where a holder proved who they are to end a freeze for a sign-in: they have their account back, and
        whoever did sign in is still out there and may try just the same again.
        """
        stranger = self.cause is Cause.ABNORMAL_LOGIN and self.kind is Kind.FREEZE
        return not (stranger and self.finding is Finding.CONDITION_MET)

    def release(self, *, finding: Finding, actor: Actor, reason: str, at: datetime) -> "Hold":
        """The hold, ended.

        Raises:
            HoldClosed: it was released before.
            ConditionNotMet: a ban ends by an upheld appeal and nothing else; nothing else ends by one.
        """
        if not self.is_open:
            raise HoldClosed(hold=self.id)
        if (self.condition is Condition.APPEAL_UPHELD) != (finding is Finding.APPEAL_UPHELD):
            raise ConditionNotMet(hold=self.id, missing=self.condition.value)
        return msgspec.structs.replace(self, released_at=at, released_by=actor, finding=finding, release_reason=reason)


class Standing(msgspec.Struct, frozen=True):
    """What every service still permits, and the open holds that say so, most severe first."""

    permits: Mapping[Service, Permit]
    holds: tuple[Hold, ...] = ()

    def deciding(self, service: Service) -> Hold | None:
        """The hold that a refusal of this service should name: the most severe that bites there."""
        return next((hold for hold in self.holds if service in hold.services), None)


def standing(holds: Iterable[Hold]) -> Standing:
    """Fold open holds into what each service still permits; the most severe hold on a service decides.

    The order of the holds never matters, and a tenant's holds count like the account's own.
    """
    permits = dict.fromkeys(Service, Permit.ALLOWED)
    biting = sorted((h for h in holds if h.is_open), key=lambda h: (-h.kind, h.placed_at, h.id))
    for hold in biting:
        for service in hold.services:
            permits[service] = max(permits[service], CAPABILITIES[hold.kind][service])
    return Standing(permits, tuple(biting))


def condition_of(kind: Kind, cause: Cause) -> Condition:
    """What a new hold of this kind and cause will wait for. A challenge asks who somebody is, whatever the cause."""
    return {Kind.BAN: Condition.APPEAL_UPHELD, Kind.CHALLENGE: Condition.IDENTITY_VERIFIED}.get(kind, WAITS_FOR[cause])


class Glimpse(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder may see beside the hold itself: never a rule, a threshold, an address or a device."""

    places: Mapping[str, tuple[str, ...]] = {}  # per language, in the order of the journey
    at: datetime | None = None
    until: datetime | None = None  # it ends by itself then, where that is known already


class HoldPlaced(Fact, frozen=True, kw_only=True):
    """A hold was placed: a case, notices and enforcement follow."""

    name = "hold.placed"

    hold: Hold
    glimpse: Glimpse = Glimpse()
    traces: Mapping[str, str] = {}  # what whoever is behind it left, by sort; never for the holder

    def recorded(self) -> "HoldPlaced":
        """Without where somebody was and what they left: the decision keeps that, for as long as policy says."""
        return msgspec.structs.replace(self, glimpse=Glimpse(), traces={})


class HoldReleased(Fact, frozen=True, kw_only=True):
    """A hold was released, and only that one."""

    name = "hold.released"

    hold: Hold


class HoldUnknown(Refused):
    """There is no such hold in this tenant."""

    code = "hold.unknown"


class HoldClosed(Conflict):
    """The hold was released before."""

    code = "hold.closed"


class ConditionNotMet(Refused):
    """What this hold waits for has not happened; `missing` says what."""

    code = "hold.condition_not_met"


class BanNeedsCase(Refused):
    """A ban is a punishment that people decide in a case; nothing else places one."""

    code = "ban.needs_case"


class SecondPersonNeeded(Refused):
    """Somebody who has had no part in this must do it."""

    code = "approval.second_person_needed"


class ServicesNeeded(Refused):
    """A limit must name the services that it takes away."""

    code = "hold.services_needed"


class ServicesNotForFreeze(Refused):
    """A freeze bites everywhere; whoever names some services means a limit."""

    code = "hold.services_not_for_freeze"
