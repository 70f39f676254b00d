"""Leaving a note, naming colleagues in it, and attaching papers to it."""

from collections.abc import Sequence

import sqlalchemy as sa

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.cases import store as cases
from frostgate.cases.actions import Did
from frostgate.cases.facts import CaseNoted
from frostgate.cases.model import Case
from frostgate.cases.notes import store
from frostgate.cases.notes.model import (
    MOST_MENTIONED,
    AttachmentUnknown,
    CaseMentioned,
    Mention,
    MentionUnknown,
    TooManyMentions,
    addresses_in,
    may_read,
)
from frostgate.cases.reactions import act
from frostgate.cases.reasons import reason_of
from frostgate.directory import credentials
from frostgate.directory.errors import OperatorUnknown
from frostgate.directory.model import Operator
from frostgate.documents import store as papers
from frostgate.documents.errors import DocumentUnknown
from frostgate.documents.model import Purpose


def leave_note(
    tx: Tx,
    case_id: str,
    text: str,
    *,
    mentions: Sequence[str] = (),
    attachments: Sequence[str] = (),
    tenant_id: str | None,
    actor: Actor,
) -> Case:
    """Leave a note for whoever reads the case next, also in one that is decided; whoever it names is told.

    Raises:
        CaseUnknown, ReasonRequired
        MentionUnknown: somebody who is named may not read the case, or does not exist.
        TooManyMentions
        AttachmentUnknown: a paper is none that staff attached to this case.
    """
    words, case = reason_of(text), cases.get_case(tx.connection, case_id, tenant_id=tenant_id, lock=True)
    people = _people(tx.connection, case, words, mentions)
    papers_of = [_paper(tx.connection, case, each, place) for place, each in enumerate(dict.fromkeys(attachments))]
    action = act(tx, case, Did.NOTED, actor=actor, reason=words)
    store.add_attachments(tx.connection, case, action.id, papers_of)
    tx.state(CaseNoted(tenant_id=case.tenant_id, case_id=case.id), actor=actor)
    others = [person.id for person in people if actor != Actor(ActorKind.OPERATOR, person.id)]
    if others:
        named = [
            Mention(
                id=tx.new_id(),
                tenant_id=case.tenant_id,
                case_id=case.id,
                action_id=action.id,
                operator_id=each,
                by=actor,
                at=tx.now,
            )
            for each in others
        ]
        store.add_mentions(tx.connection, named)
        fact = CaseMentioned(tenant_id=case.tenant_id, case_id=case.id, operator_ids=tuple(others))
        tx.state(fact, actor=actor)
    return case


def _people(connection: sa.Connection, case: Case, text: str, mentions: Sequence[str]) -> list[Operator]:
    """Everybody whom a note names, by id or in its text, each once."""
    found: dict[str, Operator] = {}
    for place, operator_id in enumerate(mentions):
        person = _by_id(connection, operator_id)
        if person is None or not may_read(person, tenant_id=case.tenant_id):
            raise MentionUnknown(pointer=f"/mentions/{place}", who=operator_id)
        found[person.id] = person
    for address in addresses_in(text):
        known = credentials.find_credentials(connection, email=address)
        if known is None or not may_read(known[0], tenant_id=case.tenant_id):
            raise MentionUnknown(pointer="/text", who=address)
        found[known[0].id] = known[0]
    if len(found) > MOST_MENTIONED:
        raise TooManyMentions(pointer="/text", most=MOST_MENTIONED)
    return [*found.values()]


def _by_id(connection: sa.Connection, operator_id: str) -> Operator | None:
    try:
        return credentials.get_operator(connection, operator_id)
    except OperatorUnknown:
        return None


def _paper(connection: sa.Connection, case: Case, document_id: str, place: int) -> str:
    """A paper of staff in this case: what its holder handed in belongs to the appeal."""
    pointer = f"/attachments/{place}"
    try:
        document = papers.get(connection, document_id, tenant_id=case.tenant_id)
    except DocumentUnknown:
        raise AttachmentUnknown(pointer=pointer) from None
    is_staffs = document.purpose is Purpose.ATTACHMENT and document.handed_in_by.kind is not ActorKind.HOLDER
    if document.case_id != case.id or not is_staffs or document.deleted_at is not None:
        raise AttachmentUnknown(pointer=pointer)
    return document.id
