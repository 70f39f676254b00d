"""What is done in appeals by whoever came by the link. Each deed is one transaction."""

import sqlalchemy as sa

from frostgate.appeals import store
from frostgate.appeals.asking import Ask
from frostgate.appeals.door import Place
from frostgate.appeals.errors import (
    AnswerNeeded,
    AppealClosed,
    AppealUnknown,
    DocumentNeeded,
    HoldEnded,
)
from frostgate.appeals.letters import tell
from frostgate.appeals.model import (
    LONGEST_STATEMENT,
    Appeal,
    AppealAnswered,
    AppealHandedIn,
    AppealWithdrawn,
    Said,
    State,
    about,
    clean,
    may_begin,
    needs_news,
)
from frostgate.appeals.questions import asked_in_case, open_question
from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.cases import store as case_store
from frostgate.cases.clock import service as clock
from frostgate.cases.conditions import service as release_conditions
from frostgate.cases.conditions import store as conditions
from frostgate.cases.errors import ConditionUnknown
from frostgate.cases.terms import Term
from frostgate.documents import service as papers
from frostgate.documents.errors import DocumentUnknown
from frostgate.documents.kit import Documents
from frostgate.documents.model import Document, Examined, Purpose
from frostgate.notices.model import Audience, Template


def save_draft(tx: Tx, place: Place, *, statement: str, news: str) -> Appeal:
    """Keep what was written so far; the first time, the appeal begins.

    Raises:
        HoldEnded: there is nothing left to appeal against.
        AppealExists, TooManyAppeals: another cannot be begun.
        TooLong: nobody would read it.
    """
    if not place.hold.is_open:
        raise HoldEnded
    newest = place.appeal
    if newest is None or newest.state is not State.DRAFT:
        newest = _begin(tx, place)
    return store.save(tx.connection, newest.write(statement=statement, news=news, at=tx.now))


def hand_in(tx: Tx, place: Place, *, statement: str, news: str) -> Appeal:
    """Give the appeal to our people: the case's clock begins anew, and everybody who knows of the hold is told.

    Raises:
        HoldEnded, AppealExists, TooManyAppeals, TooLong: as for a draft.
        StatementNeeded, NewsNeeded: it says too little.
    """
    draft = save_draft(tx, place, statement=statement, news=news)
    appeal = store.save(tx.connection, draft.hand_in(at=tx.now))
    clock.restart(tx, appeal.case_id, tenant_id=appeal.tenant_id, actor=place.actor, why="an appeal was handed in")
    tx.state(AppealHandedIn(**about(appeal)), actor=place.actor)
    tell(tx, appeal, Template.APPEAL_RECEIVED, actor=place.actor)
    return appeal


def answer(tx: Tx, place: Place, words: str) -> None:
    """Answer what was asked, in the appeal or in the case itself: the case's clock goes on.

    Where a document was asked for, one that was handed in since is an answer without a word.

    Raises:
        AppealClosed: nothing was asked, or it is over.
        AnswerNeeded, DocumentNeeded, TooLong: it says nothing, or too much.
    """
    said = clean(words, LONGEST_STATEMENT)
    if not said:
        question = open_question(tx.connection, place)
        if question is None or question.wants is None:
            raise AnswerNeeded
        # Ids follow each other in time, also where two things happen in the same microsecond.
        if not any(each.id > question.asked.id for each in documents_of(tx.connection, place)):
            raise DocumentNeeded
    if open_question(tx.connection, place) or not asked_in_case(tx.connection, place, at=tx.now):
        appeal = store.save(tx.connection, _newest(place).answer(at=tx.now))
        say(tx, appeal, None, said, actor=place.actor)
        tx.state(AppealAnswered(**about(appeal)), actor=place.actor)
    clock.holder_answered(tx, place.hold.case_id, tenant_id=place.tenant.id, actor=place.actor, words=said)


def declare(tx: Tx, place: Place, condition_id: str, words: str) -> None:
    """Say that a condition of the release is met: the last one ends the hold.

    Raises:
        ConditionUnknown, ConditionSettled, ConditionNotYours, ConditionWordsNeeded, TooLong
        DocumentNeeded: people look at documents, and there is neither one nor a word.
    """
    said = clean(words, LONGEST_STATEMENT)
    case = case_store.get_case(tx.connection, place.hold.case_id, tenant_id=place.tenant.id, lock=True)
    if case.hold_id != place.hold.id:  # of a ban: the conditions are those of the freeze beside it
        raise ConditionUnknown
    known = conditions.get(tx.connection, condition_id, case=case)
    if known.term is Term.IDENTITY_PROVED and not said:
        if known.declared_at is None:  # a document that came with this form has been kept by now, and says so itself
            raise DocumentNeeded
        return
    release_conditions.declare(
        tx,
        case.id,
        condition_id,
        said,
        tenant_id=place.tenant.id,
        actor=place.actor,
        is_holder=place.notice.audience is Audience.HOLDER,
    )


def withdraw(tx: Tx, place: Place) -> Appeal:
    """Take the appeal back.

    Raises:
        AppealUnknown: there is none.
        AppealClosed: it is over.
    """
    appeal = _newest(place)
    saved = store.save(tx.connection, appeal.withdraw(at=tx.now))
    if appeal.state is State.ASKED:  # that was their answer
        clock.holder_answered(tx, saved.case_id, tenant_id=saved.tenant_id, actor=place.actor)
    if appeal.state is not State.DRAFT:
        settle(tx, saved, actor=place.actor)
    tx.state(AppealWithdrawn(**about(saved)), actor=place.actor)
    return saved


def keep_document(tx: Tx, place: Place, examined: Examined, purpose: Purpose, *, documents: Documents) -> Document:
    """Keep a file that was examined, in the case.

    Raises:
        HoldEnded: nobody needs it any more.
        DocumentsTooMany: the case has as many as one may have.
    """
    if not place.hold.is_open:
        raise HoldEnded
    return papers.keep(
        tx,
        examined,
        documents=documents,
        tenant_id=place.tenant.id,
        case_id=place.hold.case_id,
        account_id=place.hold.subject.account_id,
        purpose=purpose,
        actor=place.actor,
    )


def documents_of(connection: sa.Connection, place: Place) -> list[Document]:
    """What this visitor handed in and is still kept. What staff add to the case, and others hand in, is not theirs."""
    found = papers.list_of(connection, tenant_id=place.tenant.id, case_id=place.hold.case_id)
    return [each for each in found if each.handed_in_by == place.actor and each.deleted_at is None]


def remove_document(tx: Tx, place: Place, document_id: str) -> None:
    """Take back a file, as long as nobody has the appeal before them.

    Raises:
        DocumentUnknown: it is not this visitor's.
        AppealClosed: the appeal was handed in.
    """
    if document_id not in {each.id for each in documents_of(tx.connection, place)}:
        raise DocumentUnknown
    newest = place.appeal
    if newest is not None and newest.state in {State.HANDED_IN, State.ASKED}:
        raise AppealClosed(appeal=newest.id, state=newest.state.value)
    papers.remove(tx, document_id, tenant_id=place.tenant.id, actor=place.actor)


def settle(tx: Tx, appeal: Appeal, *, actor: Actor) -> None:
    """End the run that the appeal began, unless another appeal in the case goes on; conditions are awaited again."""
    if store.waiting_in(tx.connection, appeal.case_id, tenant_id=appeal.tenant_id):
        return
    clock.settle(tx, appeal.case_id, tenant_id=appeal.tenant_id, actor=actor)
    release_conditions.wait_again(tx, appeal.case_id, tenant_id=appeal.tenant_id, actor=actor)


def _begin(tx: Tx, place: Place) -> Appeal:
    may_begin(place.appeals, hold_id=place.hold.id)
    appeal = Appeal(
        id=tx.new_id(),
        tenant_id=place.tenant.id,
        case_id=place.hold.case_id,
        hold_id=place.hold.id,
        account_id=place.hold.subject.account_id,
        notice_id=place.notice.id,
        run=len(place.appeals) + 1,
        state=State.DRAFT,
        statement="",
        news="",
        needs_news=needs_news(place.appeals),
        started_at=tx.now,
        changed_at=tx.now,
    )
    store.add(tx.connection, appeal)
    return appeal


def _newest(place: Place) -> Appeal:
    if place.appeal is None:
        raise AppealUnknown
    return place.appeal


def say(tx: Tx, appeal: Appeal, code: Ask | None, words: str, *, actor: Actor, document_id: str | None = None) -> Said:
    said = Said(
        id=tx.new_id(),
        appeal_id=appeal.id,
        tenant_id=appeal.tenant_id,
        at=tx.now,
        actor=actor,
        code=code,
        words=words,
        document_id=document_id,
    )
    store.add_said(tx.connection, said)
    return said
