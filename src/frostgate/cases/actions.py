"""What was done in a case: its history, from which it is told who may do what next. Pure."""

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from frostgate.base.model import Actor
from frostgate.standing.model import SecondPersonNeeded


class Did(enum.StrEnum):
    """What somebody did in a case."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    RELEASE_PROPOSED = "release_proposed"
    KEEP_PROPOSED = "keep_proposed"  # until a time, when the hold ends by itself
    KEPT_LONGER = "kept_longer"  # because of what was decided about another hold
    RELEASED = "released"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    CONDITIONS_SET = "conditions_set"  # and agreed to: once they are met, the hold ends
    CONDITION_MET = "condition_met"
    CONDITION_WAIVED = "condition_waived"
    CONDITION_NOT_DONE = "condition_not_done"  # though its holder said so
    CONDITIONS_LAPSED = "conditions_lapsed"  # their time was over
    BYPASS_FOUND = "bypass_found"  # the holder went on with another account
    ENDED = "ended"
    BAN_PROPOSED = "ban_proposed"
    BAN_APPROVED = "ban_approved"
    APPEAL_UPHELD = "appeal_upheld"
    ASKED = "asked"  # the holder, for something that is missing
    ANSWERED = "answered"  # by the holder
    NOTED = "noted"
    DUPLICATED = "duplicated"  # another case was opened about the same; the reason is its id
    DONE = "done"


# By these it is settled how things stand: what comes between, like a proposal, changes nothing yet.
DECISIONS = frozenset({Did.CONFIRMED, Did.RELEASED, Did.CONDITIONS_SET, Did.ENDED, Did.BAN_APPROVED, Did.APPEAL_UPHELD})

# Whoever did one of these found before that the hold was right, and is not the second person who ends it.
FOUND_RIGHT = frozenset({Did.CONFIRMED, Did.BAN_APPROVED})


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a case's history; none is ever changed."""

    id: str
    case_id: str
    at: datetime
    actor: Actor
    action: Did
    reason: str


def who(actions: Iterable[Action], *did: Did) -> frozenset[Actor]:
    """Everybody who ever did one of these things in the case."""
    return frozenset(action.actor for action in actions if action.action in did)


def last_decision(actions: Iterable[Action]) -> Action | None:
    """What people decided last in the case, if anything."""
    return max((each for each in actions if each.action in DECISIONS), key=lambda each: each.id, default=None)


def must_be_another(actor: Actor, *, than: frozenset[Actor]) -> None:
    """Pass where somebody is none of those who had a hand in it before.

    Raises:
        SecondPersonNeeded
    """
    if actor in than:
        raise SecondPersonNeeded
