"""What somebody who came by the link sees: the hold, why, what releases it, the clock, and how far the appeal is.

No rule, threshold, address or device is here: the words are those of the letters, which help no attacker.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.appeals.asking import Ask
from frostgate.appeals.door import Place
from frostgate.appeals.history import Line, history, words_of
from frostgate.appeals.model import State, is_room, needs_news
from frostgate.appeals.questions import asked_in_case, open_question
from frostgate.appeals.service import documents_of
from frostgate.base.model import Language
from frostgate.base.texts import moment, say, word
from frostgate.cases import store as cases
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.model import ForHolder, for_holder
from frostgate.cases.conditions import store as conditions
from frostgate.cases.conditions.model import Condition
from frostgate.cases.conditions.model import State as Met
from frostgate.cases.terms import Term
from frostgate.documents.model import Document
from frostgate.notices.model import Audience
from frostgate.notices.render import Explanation, Renderer, service_words
from frostgate.standing import store as holds
from frostgate.standing.model import Hold, Subject


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A hold as its holder may see it."""

    kind: str
    cause: str
    since: str
    services: tuple[str, ...]
    waits_for: str
    ended: str = ""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the visitor handed in."""

    id: str
    name: str
    purpose: str
    at: str
    pages: int
    will_not_do: str  # why our people asked for another, or ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a release as its holder sees it."""

    id: str
    words: str
    state: str  # in words
    is_open: bool
    how: str  # "button", "words", "paper", "look" (people look at it), or "": we see it ourselves
    said: str  # what the holder wrote to it
    missing: str  # what our people told them is missing


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page shows."""

    hold: Shown
    told: Explanation
    seen_at: str
    case_id: str
    until: str  # people keep the hold until then and no longer; "" where they did not say
    others: tuple[Shown, ...]
    state: str  # of the newest appeal, or ""
    is_open: bool  # whether the hold is
    may_write: bool
    needs_news: bool
    statement: str
    news: str
    outcome: str
    refusal: str  # what was said when an appeal was refused last
    question: str  # what our people asked and nobody answered yet
    wants: str  # for which purpose a document would answer it, or "": words do
    wants_named: str  # the same in words
    conditions: tuple[Wanted, ...]  # of a release that people agreed to
    met_by: str  # until when they are awaited; "" where none are
    clock: ForHolder | None
    answer_by: str
    decision_by: str
    waits_until: str
    papers: tuple[Paper, ...]
    history: tuple[Line, ...]


def sight(connection: sa.Connection, place: Place, renderer: Renderer, language: Language, *, at: datetime) -> Sight:
    """What the page at this place shows, in the reader's language and on the tenant's clock."""
    appeal, zone = place.appeal, place.tenant.time_zone
    case = cases.find_case(connection, place.hold.case_id, tenant_id=place.tenant.id)
    agreed = conditions.of_case(connection, case) if case is not None and case.hold_id == place.hold.id else []
    lines = history(connection, place, case, agreed, language)
    run = clocks.last_run(connection, place.hold.case_id, tenant_id=place.tenant.id)
    clock = for_holder(run, at) if run is not None and run.ended_at is None else None
    question = open_question(connection, place)
    asked = [words_of(question.asked, language)] if question else []
    asked += filter(None, [asked_in_case(connection, place, at=at)])  # one answer is for both
    wants = question.wants if question else None

    def told(when: datetime | None) -> str:
        return moment(when, zone, language) if when is not None else ""

    draft = appeal if appeal is not None and appeal.state is State.DRAFT else None
    return Sight(
        hold=_shown(place.hold, zone, language),
        told=renderer.explanation(place.notice, language),
        seen_at=told(place.notice.params.seen_at),
        case_id=place.hold.case_id,
        until=told(case.ends_at if case is not None and place.hold.is_open else None),
        others=tuple(_shown(each, zone, language) for each in _others(connection, place)),
        state=appeal.state.value if appeal else "",
        is_open=place.hold.is_open,
        may_write=_may_write(place),
        needs_news=needs_news(place.appeals),
        statement=draft.statement if draft else "",
        news=draft.news if draft else "",
        outcome=appeal.outcome.value if appeal and appeal.outcome else "",
        refusal=_last(lines, "refused"),
        question="\n\n".join(asked),
        wants=wants.value if wants else "",
        wants_named=say(f"appeal.paper.{wants.value}", language) if wants else "",
        conditions=_wanted(agreed, place, language),
        met_by=told(case.waiting_until if case is not None else None),
        clock=clock,
        answer_by=told(clock.first_answer_by if clock else None),
        decision_by=told(clock.decision_by if clock else None),
        waits_until=told(clock.waits_until if clock else None),
        papers=_papers(connection, place, zone, language),
        history=lines,
    )


def _last(lines: Sequence[Line], sort: str) -> str:
    """What was said when such a thing happened last; "" where none did."""
    return next((line.words for line in reversed(lines) if line.sort == sort), "")


def _wanted(agreed: Sequence[Condition], place: Place, language: Language) -> tuple[Wanted, ...]:
    """What was last agreed for the release of this hold; what lapsed before is history."""
    last = max((each.set_at for each in agreed), default=None)
    return tuple(_one_wanted(each, place, language) for each in agreed if each.set_at == last)


def _one_wanted(each: Condition, place: Place, language: Language) -> Wanted:
    is_open = each.state is Met.OPEN
    own = each.zh if language is Language.ZH else each.en
    looks = is_open and each.declared_at is not None
    return Wanted(
        id=each.id,
        words=own or say(f"condition.do.{each.term.value}", language),
        state=say("condition.state.declared" if looks else f"condition.state.{each.state.value}", language),
        is_open=is_open,
        how=_how(each, place) if is_open else "",
        said=each.words,
        missing=say("condition.missing", language, missing=each.missing) if is_open and each.missing else "",
    )


def _how(each: Condition, place: Place) -> str:
    """By what the visitor says that it is done."""
    if each.term is Term.STATEMENT:
        is_theirs = place.notice.audience is Audience.HOLDER or place.hold.subject.account_id is None
        return "words" if is_theirs else ""
    if each.term is Term.IDENTITY_PROVED:
        return "paper"
    if each.people_look:
        return "look"
    return "button" if each.holder_settles else ""


def _may_write(place: Place) -> bool:
    under_way = any(each.is_under_way and each.state is not State.DRAFT for each in place.appeals)
    is_draft = place.appeal is not None and place.appeal.state is State.DRAFT
    return place.hold.is_open and not under_way and (is_draft or is_room(place.appeals))


def _others(connection: sa.Connection, place: Place) -> list[Hold]:
    """What else is open against the account or its whole tenant: each has its own way out, and its own notice."""
    subjects = {place.hold.subject, Subject(tenant_id=place.tenant.id, account_id=None)}
    found = [hold for subject in subjects for hold in holds.open_holds(connection, subject)]
    return sorted((hold for hold in found if hold.id != place.hold.id), key=lambda hold: hold.placed_at)


def _papers(connection: sa.Connection, place: Place, zone: str, language: Language) -> tuple[Paper, ...]:
    said = [each for appeal in place.appeals for each in store.said_in(connection, appeal)]
    refused = {each.document_id: each.code for each in said if each.document_id is not None}
    return tuple(_paper(each, refused.get(each.id), zone, language) for each in documents_of(connection, place))


def _paper(document: Document, refused: Ask | None, zone: str, language: Language) -> Paper:
    return Paper(
        id=document.id,
        name=document.name,
        purpose=say(f"appeal.paper.{document.purpose.value}", language),
        at=moment(document.handed_in_at, zone, language),
        pages=document.pages,
        will_not_do=say(f"appeal.ask.{refused.value}", language) if refused else "",
    )


def _shown(hold: Hold, zone: str, language: Language) -> Shown:
    return Shown(
        kind=word(hold.kind.word, language),
        cause=word(hold.cause.value, language),
        since=moment(hold.placed_at, zone, language),
        services=tuple(service_words([service.value for service in hold.services], language)),
        waits_for=word(hold.condition.value, language),
        ended=moment(hold.released_at, zone, language) if hold.released_at else "",
    )
