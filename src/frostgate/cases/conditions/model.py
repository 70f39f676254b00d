"""A condition that was set for the end of a hold: whether it is met, on whose word, and who may say so. Pure."""

import enum
from collections.abc import Collection
from datetime import datetime

import msgspec

from frostgate.base.model import Actor
from frostgate.cases.errors import ConditionNotDeclared, ConditionNotYours, ConditionSettled, ConditionWordsNeeded
from frostgate.cases.terms import TELLS, Teller, Term
from frostgate.standing.model import SecondPersonNeeded


class State(enum.StrEnum):
    """How a condition stands."""

    OPEN = "open"
    MET = "met"
    WAIVED = "waived"  # by a person, who says why
    LAPSED = "lapsed"  # its time was over
    OVERTAKEN = "overtaken"  # the hold ended otherwise


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a case. Who proposed it is copied in: the table itself then refuses that they settle it."""

    id: str
    case_id: str
    tenant_id: str
    term: Term
    zh: str  # what `other` asks for; "" where the term says it
    en: str
    state: State
    set_at: datetime
    proposed_by: Actor | None
    declared_at: datetime | None = None  # by the holder, and not looked at yet
    words: str = ""  # of the holder
    missing: str = ""  # what our people told the holder when they found that it was not done
    told_by: Teller | None = None  # on whose word it is met
    settled_at: datetime | None = None
    settled_by: Actor | None = None
    reason: str = ""  # of our people, for our people

    @property
    def holder_settles(self) -> bool:
        """Whether the holder's word is enough."""
        return Teller.HOLDER in TELLS[self.term]

    @property
    def people_look(self) -> bool:
        """Whether the holder's word brings it before our people."""
        return TELLS[self.term] == {Teller.STAFF}

    def declare(self, words: str, *, actor: Actor, at: datetime) -> "Condition":
        """The holder says that it is done: then it is met, or people have to look.

        Raises:
            ConditionSettled
            ConditionNotYours: we see it ourselves, whatever anybody says.
            ConditionWordsNeeded: it asks for words.
        """
        self._is_open()
        if self.term is Term.STATEMENT and not words:
            raise ConditionWordsNeeded(pointer="/words")
        if self.holder_settles:
            return self._met(Teller.HOLDER, words=words, actor=actor, at=at)
        if self.people_look:
            return msgspec.structs.replace(self, declared_at=at, words=words or self.words, missing="")
        raise ConditionNotYours

    def seen(self, *, actor: Actor, at: datetime) -> "Condition":
        """We see ourselves that it is met."""
        assert Teller.SYSTEM in TELLS[self.term], "BUG: nothing of ours can see that"
        return self._met(Teller.SYSTEM, words=self.words, actor=actor, at=at)

    def found_met(self, *, actor: Actor, at: datetime, reason: str, confirmed: Collection[Actor]) -> "Condition":
        """One of our people finds that it is met; `confirmed` are those who found the hold right before.

        Raises:
            ConditionSettled
            ConditionNotYours: nobody can say it for the holder.
            SecondPersonNeeded: the actor proposed this release, or found before that the hold was right.
        """
        self._is_open()
        if Teller.STAFF not in TELLS[self.term]:
            raise ConditionNotYours
        self._by_another(actor, confirmed)
        return msgspec.structs.replace(self._met(Teller.STAFF, words=self.words, actor=actor, at=at), reason=reason)

    def waive(self, *, actor: Actor, at: datetime, reason: str, confirmed: Collection[Actor]) -> "Condition":
        """One of our people asks for it no longer.

        Raises:
            ConditionSettled
            SecondPersonNeeded: as for `found_met`.
        """
        self._is_open()
        self._by_another(actor, confirmed)
        return msgspec.structs.replace(self, state=State.WAIVED, settled_at=at, settled_by=actor, reason=reason)

    def found_not_done(self, missing: str) -> "Condition":
        """One of our people looked, and it is not done: it is the holder's turn again, who is told what is missing.

        Raises:
            ConditionSettled
            ConditionNotDeclared: nobody says that it is done.
        """
        self._is_open()
        if self.declared_at is None:
            raise ConditionNotDeclared
        return msgspec.structs.replace(self, declared_at=None, missing=missing)

    def end(self, state: State, *, actor: Actor, at: datetime) -> "Condition":
        """It came to nothing: its time was over, or the hold ended otherwise."""
        assert state in {State.LAPSED, State.OVERTAKEN}, "BUG: an end that is somebody's word"
        return msgspec.structs.replace(self, state=state, settled_at=at, settled_by=actor)

    def _met(self, told_by: Teller, *, words: str, actor: Actor, at: datetime) -> "Condition":
        self._is_open()
        met = msgspec.structs.replace(self, state=State.MET, told_by=told_by, words=words)
        return msgspec.structs.replace(met, settled_at=at, settled_by=actor)

    def _by_another(self, actor: Actor, confirmed: Collection[Actor]) -> None:
        if actor == self.proposed_by or actor in confirmed:
            raise SecondPersonNeeded

    def _is_open(self) -> None:
        if self.state is not State.OPEN:
            raise ConditionSettled(condition=self.id, state=self.state.value)
