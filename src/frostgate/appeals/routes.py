"""Appeals over HTTP for our people: the queue, the file, questions and the decision."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import sqlalchemy as sa
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from frostgate.appeals import deciding, store
from frostgate.appeals.asking import Ask
from frostgate.appeals.model import Appeal, Decision, Ground, Outcome, Said, State
from frostgate.base.errors import Forbidden
from frostgate.base.looks import SHOWS
from frostgate.base.web import NEEDS
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.standing import store as holds
from frostgate.standing.model import Finding, Kind

AppealId = FromPath[str]
Text = Annotated[str, msgspec.Meta(max_length=4000)]


class AppealView(msgspec.Struct, frozen=True, kw_only=True):
    """An appeal in the queue. Send `version` back with what you do, and it is refused if somebody was faster."""

    id: str
    tenant_id: str
    case: str
    hold: str
    account_id: str | None
    notice: str
    run: int
    state: State
    handed_in_at: datetime | None
    changed_at: datetime
    outcome: Outcome | None
    reason_code: Ground | None
    decided_at: datetime | None
    decided_by: str | None
    version: int


class SaidView(msgspec.Struct, frozen=True, kw_only=True):
    """A question of ours, with its code and the document that it is about, or an answer."""

    at: datetime
    actor: str
    reason_code: Ask | None
    document: str | None
    words: str


class AppealFileView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was said: the statement, what is new since the one before, questions, answers, the decision."""

    appeal: AppealView
    statement: str
    news: str
    said: list[SaidView]
    words: str
    reason: str


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is missing: the code says it in the holder's language, and `words` may add to it.

    `document` is the one that will not do; then the holder is asked for another in its place.
    """

    reason_code: Ask
    words: Text = ""
    document: str | None = None
    version: int | None = None


class DecisionDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Upheld, or refused with a code that says why; `reason` is for staff alone, `words` are for who appealed.

    `finding` says why a hold that is no ban ends: it was a mistake, or what it waited for has come true.
    """

    outcome: Outcome
    reason: Text = ""
    reason_code: Ground | None = None
    words: Text = ""
    finding: Literal["mistake", "condition_met"] = "mistake"
    version: int | None = None


@get(
    "/appeals",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="The queue of appeals, oldest first",
)
def list_appeals(
    *,
    work: Work,
    principal: Who,
    tenant: FromQuery[str | None] = None,
    appeal_state: Annotated[State | None, QueryParameter(name="state")] = None,
    case: FromQuery[str | None] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[AppealView]:
    """Those that were handed in: of every tenant that the reader sees, or of one; in one state, or of one case."""
    if tenant is not None:
        principal.within(tenant)
    with work.look() as connection:
        found = store.list_appeals(
            connection,
            tenant_id=tenant if tenant is not None else principal.tenant_id,
            state=appeal_state,
            case_id=case,
            after=after,
            limit=limit + 1,
        )
    return page_of([view(appeal) for appeal in found], limit)


@get(
    "/appeals/{appeal_id:str}",
    opt={NEEDS: Permission.CASES_READ, SHOWS: "appeal"},
    sync_to_thread=True,
    summary="One appeal with everything that was said; the journal keeps who looked",
)
def read_appeal(appeal_id: AppealId, work: Work, principal: Who) -> AppealFileView:
    """The case that it belongs to has the evidence."""
    found = deciding.read_appeal(work, appeal_id, tenant_id=principal.tenant_id, actor=principal.actor)
    return AppealFileView(
        appeal=view(found.appeal),
        statement=found.appeal.statement,
        news=found.appeal.news,
        said=[_said(each) for each in found.said],
        words=found.appeal.words,
        reason=found.appeal.reason,
    )


@post(
    "/appeals/{appeal_id:str}/questions",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Ask for what is missing",
)
def ask(appeal_id: AppealId, data: JSONBody[Question], work: Work, principal: Who) -> AppealView:
    """Everybody who was told of the hold is asked; until an answer comes, the case's clock stands still."""
    with work.begin() as tx:
        appeal = deciding.ask(
            tx,
            appeal_id,
            data.reason_code,
            data.words,
            tenant_id=principal.tenant_id,
            actor=principal.actor,
            document_id=data.document,
            version=data.version,
        )
    return view(appeal)


@post(
    "/appeals/{appeal_id:str}/decision",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Uphold an appeal, or refuse it",
)
def decide(appeal_id: AppealId, data: JSONBody[DecisionDraft], work: Work, principal: Who) -> AppealView:
    """Upheld, just this hold ends. Whoever found before that it was right cannot decide; a ban's takes a lead."""
    with work.begin() as tx:
        _may_decide(tx.connection, appeal_id, principal)
        appeal = deciding.decide(
            tx,
            appeal_id,
            Decision(outcome=data.outcome, ground=data.reason_code, words=data.words, reason=data.reason),
            finding=Finding(data.finding),
            tenant_id=principal.tenant_id,
            actor=principal.actor,
            version=data.version,
        )
    return view(appeal)


def _may_decide(connection: sa.Connection, appeal_id: str, principal: Principal) -> None:
    """A ban was approved by somebody who may; whoever lifts it, or leaves it, must be no less."""
    appeal = store.get_appeal(connection, appeal_id, tenant_id=principal.tenant_id)
    hold = holds.get_hold(connection, appeal.hold_id, tenant_id=appeal.tenant_id)
    if hold.kind is Kind.BAN and not principal.may(Permission.BANS_APPROVE):
        raise Forbidden(needed=Permission.BANS_APPROVE.value)


def view(appeal: Appeal) -> AppealView:
    """The appeal for staff."""
    return AppealView(
        id=appeal.id,
        tenant_id=appeal.tenant_id,
        case=appeal.case_id,
        hold=appeal.hold_id,
        account_id=appeal.account_id,
        notice=appeal.notice_id,
        run=appeal.run,
        state=appeal.state,
        handed_in_at=appeal.handed_in_at,
        changed_at=appeal.changed_at,
        outcome=appeal.outcome,
        reason_code=appeal.ground,
        decided_at=appeal.decided_at,
        decided_by=None if appeal.decided_by is None else str(appeal.decided_by),
        version=appeal.version,
    )


def _said(said: Said) -> SaidView:
    return SaidView(
        at=said.at, actor=str(said.actor), reason_code=said.code, document=said.document_id, words=said.words
    )


ROUTES = Router("/", tags=["appeals"], route_handlers=[list_appeals, read_appeal, ask, decide])
