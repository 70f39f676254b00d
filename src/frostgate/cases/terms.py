"""On what terms a hold ends: what stays behind, or what must happen first. Pure.

What may be asked for is one closed table: each condition has its sentence in both languages, and says who may tell
that it is met. Whoever sets one therefore knows, before they do, on whose word the hold will end.
"""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from frostgate.cases.errors import ConditionMisfit, ConditionsUnusable, UntilUnusable
from frostgate.standing.model import Hold, Service

LONGEST_UNTIL = timedelta(days=180)  # what people keep, or limit, for a time; after that they must look again
MOST_CONDITIONS = 8  # nobody does more at once, and a longer list is a refusal in disguise
LONGEST_WORDS = 500  # of what somebody asks for in words of their own


class LimitInstead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stays when a hold ends: some services, for a time."""

    services: tuple[Service, ...]
    until: datetime


class Term(enum.StrEnum):
    """One thing that must happen before a hold ends."""

    SECOND_FACTOR = "second_factor"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no password, but that there is another
    SESSIONS_ENDED = "sessions_ended"
    KEYS_ROTATED = "keys_rotated"
    IDENTITY_PROVED = "identity_proved"
    PAID = "paid"
    STATEMENT = "statement"
    OTHER = "other"


class Teller(enum.StrEnum):
    """On whose word a condition is met."""

    SYSTEM = "system"  # we see it ourselves
    HOLDER = "holder"  # they declare it
    STAFF = "staff"


# The one table of who may tell. Where staff alone may, the holder's word brings it before them; where neither the
# holder's nor anybody's does, we see it ourselves. Whether documents prove an identity is never a machine's to say.
TELLS: Mapping[Term, frozenset[Teller]] = {
    Term.SECOND_FACTOR: frozenset({Teller.SYSTEM, Teller.STAFF}),
    Term.PASSWORD_CHANGED: frozenset({Teller.HOLDER, Teller.STAFF}),
    Term.SESSIONS_ENDED: frozenset({Teller.SYSTEM, Teller.HOLDER, Teller.STAFF}),
    Term.KEYS_ROTATED: frozenset({Teller.SYSTEM, Teller.HOLDER, Teller.STAFF}),
    Term.IDENTITY_PROVED: frozenset({Teller.STAFF}),
    Term.PAID: frozenset({Teller.SYSTEM, Teller.STAFF}),
    Term.STATEMENT: frozenset({Teller.HOLDER}),
    Term.OTHER: frozenset({Teller.STAFF}),
}
# What only a single account has: a whole tenant has neither a second factor nor a password.
OF_AN_ACCOUNT = frozenset({Term.SECOND_FACTOR, Term.PASSWORD_CHANGED, Term.SESSIONS_ENDED})


class Demand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition as it is set. `other` is in words of the reviewer's own, in both languages; nothing else is."""

    term: Term
    zh: str = ""
    en: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must happen before a hold ends, and by when; after that people look again."""

    demands: tuple[Demand, ...]
    until: datetime


def checked_terms(terms: Terms, hold: Hold, *, at: datetime, longest: timedelta) -> Terms:
    """The terms with their words tidied, where they can be set for this hold.

    Raises:
        ConditionsUnusable: there are none or too many, one stands there twice, or words are missing or too long.
        ConditionMisfit: a whole tenant cannot meet it.
        UntilUnusable: the time is past, or further away than policy allows.
    """
    demands = tuple(msgspec.structs.replace(each, zh=each.zh.strip(), en=each.en.strip()) for each in terms.demands)
    if not 1 <= len(demands) <= MOST_CONDITIONS:
        raise ConditionsUnusable(pointer="/conditions", most=MOST_CONDITIONS)
    named = [each.term for each in demands]
    for number, demand in enumerate(demands):
        has_words = bool(demand.zh) and bool(demand.en) if demand.term is Term.OTHER else not (demand.zh or demand.en)
        is_short = max(len(demand.zh), len(demand.en)) <= LONGEST_WORDS
        is_twice = demand.term is not Term.OTHER and named.count(demand.term) > 1
        if not has_words or not is_short or is_twice:
            raise ConditionsUnusable(pointer=f"/conditions/{number}", most=MOST_CONDITIONS)
        if demand.term in OF_AN_ACCOUNT and hold.subject.account_id is None:
            raise ConditionMisfit(pointer=f"/conditions/{number}", condition=demand.term.value)
    usable_until(terms.until, at=at, longest=longest)
    return Terms(demands=demands, until=terms.until)


def usable_until(until: datetime | None, *, at: datetime, longest: timedelta = LONGEST_UNTIL) -> None:
    """Pass where it is no time at all, or one that comes and is not too far away.

    Raises:
        UntilUnusable
    """
    if until is not None and not at < until <= at + longest:
        raise UntilUnusable(pointer="/until", days=longest.days)
