"""Cases over HTTP: the queue, the file, and the decisions that people take in it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from frostgate.base.model import Actor
from frostgate.base.web import NEEDS
from frostgate.cases import service, store
from frostgate.cases.model import Action, Case, CaseKind, State
from frostgate.cases.service import Evidence
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.standing.model import Cause, Finding
from frostgate.standing.routes import HoldView
from frostgate.standing.routes import view as view_hold

CaseId = FromPath[str]
Book = NamedDependency[Evidence]


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the queue. Send `version` back with a decision, and it is refused if somebody was faster."""

    id: str
    tenant_id: str
    kind: str
    hold: str | None
    account_id: str | None
    cause: str | None
    state: str
    outcome: str | None
    decision: str | None
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    confirmed_by: str | None
    released_by: str | None
    ban_pending: bool
    ban_proposed_by: str | None
    ban_approved_by: str | None
    ban_hold: str | None
    appeal_upheld_by: str | None
    version: int


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what in the case, and why."""

    at: datetime
    actor: str
    action: str
    reason: str


class CaseFileView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a reviewer looks at before deciding; `decision` only for who may read decisions."""

    case: CaseView
    hold: HoldView | None
    ban: HoldView | None
    actions: list[ActionView]
    decision: Any
    events: list[Any]


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision needs a reason; an empty one is refused as `case.reason_required`."""

    reason: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    version: int | None = None


class Release(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Was it a mistake, or has what the hold waited for come true?"""

    finding: Literal["mistake", "condition_met"]


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words for whoever reads the case next."""

    text: Annotated[str, msgspec.Meta(max_length=4000)] = ""


@get(
    "/cases",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="The queue of cases, oldest first",
    tags=["cases"],
)
def list_cases(
    *,
    work: Work,
    principal: Who,
    tenant: FromQuery[str | None] = None,
    case_state: Annotated[State | None, QueryParameter(name="state")] = None,
    kind: FromQuery[CaseKind | None] = None,
    cause: FromQuery[Cause | None] = None,
    account: FromQuery[str | None] = None,
    ban_pending: FromQuery[bool] = False,
    order: FromQuery[Literal["oldest", "newest"]] = "oldest",
    after: After = None,
    limit: Limit = 50,
) -> Page[CaseView]:
    """Of every tenant that the reader sees, or of one."""
    if tenant is not None:
        principal.within(tenant)
    with work.look() as connection:
        found = store.list_cases(
            connection,
            tenant_id=tenant if tenant is not None else principal.tenant_id,
            state=case_state,
            kind=kind,
            cause=cause.value if cause else None,
            account_id=account,
            ban_pending=ban_pending,
            newest=order == "newest",
            after=after,
            limit=limit + 1,
        )
    return page_of([view(case) for case in found], limit)


@get(
    "/cases/{case_id:str}",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="One case with its evidence; the journal keeps who looked",
    tags=["cases"],
)
def read_case(case_id: CaseId, work: Work, principal: Who, evidence: Book) -> CaseFileView:
    """The hold, which rule fired on which values, what the account did around then, and what was decided."""
    found = service.read_case(work, case_id, tenant_id=principal.tenant_id, actor=principal.actor, evidence=evidence)
    return CaseFileView(
        case=view(found.case),
        hold=view_hold(found.hold, reader=principal) if found.hold else None,
        ban=view_hold(found.ban, reader=principal) if found.ban else None,
        actions=[_action(action) for action in found.actions],
        decision=found.decision if principal.may(Permission.DECISIONS_READ) else None,
        events=list(found.events),
    )


@post(
    "/cases/{case_id:str}/confirm",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Find that the hold was right",
    tags=["cases"],
)
def confirm(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """The hold stays. Somebody else may still release it, and a ban that was proposed is declined."""
    with work.begin() as tx:
        case = service.confirm(tx, case_id, **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/release",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Release the hold",
    tags=["cases"],
)
def release(case_id: CaseId, data: JSONBody[Release], work: Work, principal: Who) -> CaseView:
    """That hold and no other; whoever confirmed it cannot."""
    with work.begin() as tx:
        case = service.release(tx, case_id, finding=Finding(data.finding), **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/ban-proposal",
    opt={NEEDS: Permission.BANS_PROPOSE},
    sync_to_thread=True,
    status_code=200,
    summary="Propose a ban",
    tags=["cases"],
)
def propose_ban(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """Only for an open freeze of a grave cause; nothing happens until somebody else approves."""
    with work.begin() as tx:
        case = service.propose_ban(tx, case_id, **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/ban-approval",
    opt={NEEDS: Permission.BANS_APPROVE},
    sync_to_thread=True,
    status_code=200,
    summary="Approve the ban that somebody else proposed",
    tags=["cases"],
)
def approve_ban(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """Whoever proposed it, or confirmed the freeze, cannot."""
    with work.begin() as tx:
        case = service.approve_ban(tx, case_id, **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/appeal-upheld",
    opt={NEEDS: Permission.BANS_APPROVE},
    sync_to_thread=True,
    status_code=200,
    summary="Uphold an appeal and lift the ban",
    tags=["cases"],
)
def uphold_appeal(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """By somebody who neither proposed nor approved the ban."""
    with work.begin() as tx:
        case = service.uphold_appeal(tx, case_id, **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/done",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Say that a task is done, and how",
    tags=["cases"],
)
def finish(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """For tasks: a notice that reached nobody."""
    with work.begin() as tx:
        case = service.finish(tx, case_id, **_decision(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/notes",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    summary="Leave a note",
    tags=["cases"],
)
def add_note(case_id: CaseId, data: JSONBody[Note], work: Work, principal: Who) -> CaseView:
    """Also in a case that is decided."""
    with work.begin() as tx:
        case = service.note(tx, case_id, tenant_id=principal.tenant_id, actor=principal.actor, reason=data.text)
    return view(case)


def view(case: Case) -> CaseView:
    """The case for staff."""
    return CaseView(
        id=case.id,
        tenant_id=case.tenant_id,
        kind=case.kind.value,
        hold=case.hold_id,
        account_id=case.account_id,
        cause=case.cause,
        state=case.state.value,
        outcome=case.outcome.value if case.outcome else None,
        decision=case.decision_id,
        opened_at=case.opened_at,
        decided_at=case.decided_at,
        decided_by=_name(case.decided_by),
        confirmed_by=_name(case.confirmed_by),
        released_by=_name(case.released_by),
        ban_pending=case.ban_pending,
        ban_proposed_by=_name(case.ban_proposed_by),
        ban_approved_by=_name(case.ban_approved_by),
        ban_hold=case.ban_hold_id,
        appeal_upheld_by=_name(case.appeal_upheld_by),
        version=case.version,
    )


def _decision(data: Decision, principal: Principal) -> dict[str, Any]:
    """Who decides, where they may, and what they saw when they did."""
    return {
        "tenant_id": principal.tenant_id,
        "actor": principal.actor,
        "reason": data.reason,
        "version": data.version,
    }


def _name(actor: Actor | None) -> str | None:
    return None if actor is None else str(actor)


def _action(action: Action) -> ActionView:
    return ActionView(at=action.at, actor=str(action.actor), action=action.action.value, reason=action.reason)


ROUTES = Router(
    "/",
    route_handlers=[
        list_cases,
        read_case,
        confirm,
        release,
        propose_ban,
        approve_ban,
        uphold_appeal,
        finish,
        add_note,
    ],
)
