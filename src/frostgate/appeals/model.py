"""An appeal: what somebody says against one hold, and what people make of it. Pure.

Each step is a transition of the appeal: it refuses, or returns the appeal as it is afterwards. So whoever decides and
whoever withdraws at the same moment never both do.
"""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from frostgate.appeals.asking import Ask
from frostgate.appeals.errors import (
    AppealClosed,
    AppealExists,
    GroundNeeded,
    NewsNeeded,
    StatementNeeded,
    TooLong,
    TooManyAppeals,
)
from frostgate.base.model import Actor, ActorKind, Fact
from frostgate.cases.errors import PersonNeeded
from frostgate.standing.model import SecondPersonNeeded

LONGEST_STATEMENT = 5000
LONGEST_WORDS = 1000
MOST = 10  # appeals that are handed in against one hold, in its whole life; each is read by a person
_MOST_DRAFTS = 100  # begun against one hold, with those that were withdrawn
READABLE_AFTER = timedelta(days=7)  # the outcome can be read for so long after the hold has ended


class State(enum.StrEnum):
    """Whose move it is."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    ASKED = "asked"  # we wait for an answer
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # the hold ended without it


UNDER_WAY = frozenset({State.DRAFT, State.HANDED_IN, State.ASKED})


class Outcome(enum.StrEnum):
    """How an appeal was decided."""

    UPHELD = "upheld"
    REFUSED = "refused"


class Ground(enum.StrEnum):
    """Why an appeal was refused; each has its sentence, which says what can still be done."""

    EVIDENCE_STANDS = "evidence_stands"
    NOT_PROVEN = "not_proven"
    CONTENT_NOT_DEALT_WITH = "content_not_dealt_with"
    PAYMENT_NOT_RECEIVED = "payment_not_received"
    NOTHING_NEW = "nothing_new"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One question or answer in an appeal; none is ever changed. An answer has no `code`.

    `document_id` is the document that a question is about, if it is about one.
    """

    id: str
    appeal_id: str
    tenant_id: str
    at: datetime
    actor: Actor
    code: Ask | None
    words: str
    document_id: str | None = None


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against one hold. `run` counts the appeals against it; `version` grows with every change.

    Who confirmed the freeze, proposed and approved the ban is copied in when it is decided: the table itself then
    refuses that one of them decided.
    """

    id: str
    tenant_id: str
    case_id: str
    hold_id: str
    account_id: str | None  # None: the hold is on the whole tenant
    notice_id: str  # by whose link it was begun
    run: int
    state: State
    statement: str
    news: str  # what was not known when the one before was decided
    started_at: datetime
    changed_at: datetime
    needs_news: bool = False
    handed_in_at: datetime | None = None
    outcome: Outcome | None = None
    ground: Ground | None = None
    words: str = ""  # to the holder, from who decided
    reason: str = ""  # for staff alone
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    confirmed_by: Actor | None = None
    ban_proposed_by: Actor | None = None
    ban_approved_by: Actor | None = None
    version: int = 1

    @property
    def is_under_way(self) -> bool:
        """Whether anything can still come of it."""
        return self.state in UNDER_WAY

    def write(self, *, statement: str, news: str, at: datetime) -> "Appeal":
        """Keep what was written so far.

        Raises:
            AppealClosed: it was handed in, or is over.
            TooLong: nobody would read it.
        """
        self._is(State.DRAFT)
        statement, news = clean(statement, LONGEST_STATEMENT), clean(news, LONGEST_STATEMENT)
        return self._change(statement=statement, news=news, changed_at=at)

    def hand_in(self, *, at: datetime) -> "Appeal":
        """Give it to our people.

        Raises:
            AppealClosed: it was handed in before, or is over.
            StatementNeeded: it says nothing.
            NewsNeeded: one was decided before, and this one does not say what is new.
        """
        self._is(State.DRAFT)
        if not self.statement:
            raise StatementNeeded
        if self.needs_news and not self.news:
            raise NewsNeeded
        return self._change(state=State.HANDED_IN, handed_in_at=at, changed_at=at)

    def ask(self, *, actor: Actor, at: datetime) -> "Appeal":
        """Ask for what is missing: from now on we wait.

        Raises:
            AppealClosed: it is not handed in, waits already, or is over.
            PersonNeeded: a token is nobody.
        """
        self._is(State.HANDED_IN)
        _is_person(self, actor)
        return self._change(state=State.ASKED, changed_at=at)

    def answer(self, *, at: datetime) -> "Appeal":
        """What was asked for came.

        Raises:
            AppealClosed: nothing was asked, or it is over.
        """
        self._is(State.ASKED)
        return self._change(state=State.HANDED_IN, changed_at=at)

    def withdraw(self, *, at: datetime) -> "Appeal":
        """Take it back.

        Raises:
            AppealClosed: it is over.
        """
        self._is(*UNDER_WAY)
        return self._change(state=State.WITHDRAWN, changed_at=at)

    def decide(self, decision: "Decision", part: "Part", *, actor: Actor, at: datetime) -> "Appeal":
        """Uphold or refuse it. An answer that we still wait for need not have come.

        Raises:
            AppealClosed: it is not handed in, or is over.
            PersonNeeded: a token is nobody.
            SecondPersonNeeded: the actor took part in what it is about.
            GroundNeeded: refused without saying why.
        """
        self._is(State.HANDED_IN, State.ASKED)
        _is_person(self, actor)
        if actor in part.everybody:
            raise SecondPersonNeeded
        if (decision.outcome is Outcome.REFUSED) != (decision.ground is not None):
            raise GroundNeeded(pointer="/reason_code")
        return self._change(
            state=State.DECIDED,
            outcome=decision.outcome,
            ground=decision.ground,
            words=clean(decision.words, LONGEST_WORDS),
            reason=decision.reason,
            decided_at=at,
            decided_by=actor,
            confirmed_by=part.confirmed_by,
            ban_proposed_by=part.ban_proposed_by,
            ban_approved_by=part.ban_approved_by,
            changed_at=at,
        )

    def overtake(self, *, at: datetime) -> "Appeal":
        """The hold ended without it: paid, verified, or released by people of their own accord."""
        assert self.is_under_way, "BUG: an appeal that is over was overtaken"
        return self._change(state=State.OVERTAKEN, changed_at=at)

    def _is(self, *states: State) -> None:
        if self.state not in states:
            raise AppealClosed(appeal=self.id, state=self.state.value)

    def _change(self, **changes: object) -> "Appeal":
        return msgspec.structs.replace(self, **changes)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody makes of an appeal: `reason` is for staff alone, ground and `words` are for who appealed."""

    outcome: Outcome
    ground: Ground | None
    words: str
    reason: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Who took part in what an appeal is about; the three are those of now, `everybody` those of always."""

    everybody: frozenset[Actor]
    confirmed_by: Actor | None
    ban_proposed_by: Actor | None
    ban_approved_by: Actor | None


def may_begin(before: Sequence[Appeal], *, hold_id: str) -> None:
    """Pass where another appeal against a hold may be begun, after these.

    Raises:
        AppealExists: one is under way.
        TooManyAppeals: there were enough.
    """
    if any(each.is_under_way for each in before):
        raise AppealExists(hold=hold_id)
    if not is_room(before):
        raise TooManyAppeals(most=MOST)


def is_room(before: Sequence[Appeal]) -> bool:
    """Whether another may begin. Drafts that nobody read count for little, so that they use up nobody's appeals."""
    handed_in = sum(each.handed_in_at is not None for each in before)
    return handed_in < MOST and len(before) < _MOST_DRAFTS


def needs_news(before: Sequence[Appeal]) -> bool:
    """Whether the next appeal must say what is new: one was decided, and was not upheld."""
    return any(each.outcome is Outcome.REFUSED for each in before)


def link_counts(
    *, owed_at: datetime, ended_at: datetime | None, touched_at: datetime | None, lasts: timedelta, at: datetime
) -> bool:
    """Whether the link of a notice still opens anything.

    For `lasts` since the notice became owed or the appeal last changed. Once the hold has ended, only for a few days
    more, in which the outcome can be read.
    """
    if ended_at is not None and at >= ended_at + READABLE_AFTER:
        return False
    return at < max(owed_at, touched_at or owed_at) + lasts


def clean(text: str, longest: int) -> str:
    """What people typed, without signs that hide or turn something; lines stay.

    Raises:
        TooLong: more than anybody reads.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cleaned = "\n".join("".join(sign if sign.isprintable() else " " for sign in line).rstrip() for line in lines)
    if len(cleaned.strip()) > longest:
        raise TooLong(limit=longest)
    return cleaned.strip()


def _is_person(appeal: Appeal, actor: Actor) -> None:
    # A token would let one person be two: their own and their program's.
    if actor.kind is not ActorKind.OPERATOR:
        raise PersonNeeded(case=appeal.case_id)


class _AppealFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of an appeal: which, and against what; its words stand in the appeal alone."""

    appeal_id: str
    case_id: str
    hold_id: str
    account_id: str | None
    run: int


def about(appeal: Appeal) -> dict[str, Any]:
    """What every fact about an appeal says of it."""
    return {
        "tenant_id": appeal.tenant_id,
        "appeal_id": appeal.id,
        "case_id": appeal.case_id,
        "hold_id": appeal.hold_id,
        "account_id": appeal.account_id,
        "run": appeal.run,
    }


class AppealHandedIn(_AppealFact, frozen=True, kw_only=True):
    """Somebody appealed."""

    name = "appeal.handed_in"


class AppealAsked(_AppealFact, frozen=True, kw_only=True):
    """Something is missing, and whoever appealed was asked for it."""

    name = "appeal.asked"

    reason_code: Ask


class AppealAnswered(_AppealFact, frozen=True, kw_only=True):
    """What was asked for came."""

    name = "appeal.answered"


class AppealDecided(_AppealFact, frozen=True, kw_only=True):
    """People decided; where they upheld it, the hold has ended."""

    name = "appeal.decided"

    outcome: Outcome
    reason_code: Ground | None
    reason: str


class AppealWithdrawn(_AppealFact, frozen=True, kw_only=True):
    """Whoever appealed took it back."""

    name = "appeal.withdrawn"


class AppealOvertaken(_AppealFact, frozen=True, kw_only=True):
    """The hold ended before anybody decided."""

    name = "appeal.overtaken"


class AppealRead(_AppealFact, frozen=True, kw_only=True):
    """Somebody of our people looked into an appeal: it holds what people said about themselves."""

    name = "appeal.read"


class _DoorFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of who comes by the link of which notice."""

    notice_id: str
    hold_id: str
    account_id: str | None


class AppealCodeSent(_DoorFact, frozen=True, kw_only=True):
    """Somebody with the link of a notice had a code sent to where that notice went."""

    name = "appeal.code_sent"


class AppealOpened(_DoorFact, frozen=True, kw_only=True):
    """Somebody proved with the code that they read there, and may now appeal."""

    name = "appeal.opened"


# What people are told of, or get a code by.
NOTICED: tuple[type[Fact], ...] = (AppealCodeSent, AppealHandedIn, AppealAsked, AppealDecided)
