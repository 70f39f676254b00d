"""What happened to a hold, told to its holder: what they were asked and answered, and what people decided."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

import msgspec
import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.appeals.door import Place
from frostgate.appeals.model import Appeal, Outcome, Said, State
from frostgate.base.model import ActorKind, Language
from frostgate.base.texts import moment, say
from frostgate.cases import store as cases
from frostgate.cases.actions import Action, Did
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.model import Pause
from frostgate.cases.conditions.model import Condition
from frostgate.cases.model import Case

Event = tuple[datetime, str, str]  # when, what sort of thing, and what was said


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: `sort` is what, `words` what was said."""

    at: str
    sort: str
    words: str = ""


def history(
    connection: sa.Connection, place: Place, case: Case | None, agreed: Sequence[Condition], language: Language
) -> tuple[Line, ...]:
    """What happened to this hold, in its case since it was placed and in all appeals against it, oldest first."""
    found: list[Event] = [(place.hold.placed_at, "placed", "")]
    found += [(at, "conditions", "") for at in {each.set_at for each in agreed}]
    for appeal in place.appeals:
        found += _in_appeal(connection, appeal, language)
    if case is not None:  # what is told of an appeal, and is of its case as well, is told once
        told = {at for at, sort, _ in found if sort in {"answered", "refused"}}
        for event in _in_case(connection, place, case):
            if event[0] >= place.hold.placed_at and not (event[1] in {"answered", "confirmed"} and event[0] in told):
                found.append(event)
    if place.hold.released_at is not None:
        found.append((place.hold.released_at, "ended", ""))
    zone = place.tenant.time_zone
    return tuple(
        Line(at=moment(at, zone, language), sort=sort, words=words)
        for at, sort, words in sorted(found, key=lambda event: event[0])
    )


def words_of(said: Said, language: Language) -> str:
    """A question in an appeal with its sentence, or an answer."""
    sentence = say(f"appeal.ask.{said.code.value}", language) if said.code else ""
    return f"{sentence}\n\n{said.words}".strip()


def _in_case(connection: sa.Connection, place: Place, case: Case) -> Iterator[Event]:
    """What was asked by a notice, what was answered, and that people looked: staff's own reasons are not here."""
    actions = cases.actions_of(connection, case)
    pauses = [pause for run in clocks.runs(connection, case.id, tenant_id=case.tenant_id) for pause in run.pauses]
    for pause, after in zip_longest(pauses, pauses[1:]):
        if pause.asked:
            during = _during(actions, pause, after)
            yield from _questions(during, pause)
            yield from _answer(during, place)
    for action in actions:
        if action.action is Did.CONFIRMED:
            yield action.at, "confirmed", ""


def _during(actions: Iterable[Action], pause: Pause, after: Pause | None) -> list[Action]:
    """What was done since we began to ask, until we did so anew: an answer may come late."""
    until = None if after is None else after.began_at
    return [each for each in actions if pause.began_at <= each.at and (until is None or each.at < until)]


def _questions(actions: Iterable[Action], pause: Pause) -> Iterator[Event]:
    """Each when it was asked. What an appeal asks is told with the appeal."""
    for action in actions:
        if action.action is Did.ASKED and action.reason in pause.asked:
            yield action.at, "asked", action.reason


def _answer(actions: Iterable[Action], place: Place) -> Iterator[Event]:
    """The first answer. Others may have given it: then its words are theirs."""
    for action in actions:
        if action.action is Did.ANSWERED:
            yield action.at, "answered", action.reason if action.actor == place.actor else ""
            return


def _in_appeal(connection: sa.Connection, appeal: Appeal, language: Language) -> Iterator[Event]:
    if appeal.handed_in_at is not None:
        yield appeal.handed_in_at, "handed_in", f"{appeal.statement}\n\n{appeal.news}".strip()
    for said in store.said_in(connection, appeal):
        sort = "asked" if said.actor.kind is ActorKind.OPERATOR else "answered"
        yield said.at, sort, words_of(said, language)
    if (end := _end(appeal, language)) is not None:
        yield appeal.changed_at, *end


def _end(appeal: Appeal, language: Language) -> tuple[str, str] | None:
    """How it ended: what to call that, and what was said."""
    if appeal.state is State.DECIDED:
        assert appeal.outcome is not None, "BUG: decided without an outcome"
        sentence = say(f"appeal.ground.{appeal.ground.value}", language) if appeal.ground else ""
        sort = "upheld" if appeal.outcome is Outcome.UPHELD else "refused"
        return sort, f"{sentence}\n\n{appeal.words}".strip()
    if appeal.state in {State.WITHDRAWN, State.OVERTAKEN}:
        return appeal.state.value, ""
    return None
