"""Cases over HTTP: the queue, the file, and the decisions that people take in it."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from frostgate.base.looks import SHOWS
from frostgate.base.model import Actor
from frostgate.base.web import NEEDS
from frostgate.cases import service, store
from frostgate.cases.actions import Action
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.views import ClockView, view_clock
from frostgate.cases.conditions.model import Condition
from frostgate.cases.desk import store as leases
from frostgate.cases.desk.model import Lease
from frostgate.cases.groups import store as groups
from frostgate.cases.groups.views import GroupView, view_group
from frostgate.cases.model import Case, CaseKind, State
from frostgate.cases.notes.store import NOTHING, Beside
from frostgate.cases.service import Evidence
from frostgate.cases.terms import TELLS, LimitInstead, Teller, Term, Terms
from frostgate.directory.model import Principal
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.standing.model import Cause
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
    severity: str
    state: str
    outcome: str | None
    decision: str | None
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    confirmed_by: str | None
    released_by: str | None
    keep_until: datetime | None  # a confirmed hold ends by itself then
    keep_proposed_by: str | None  # who asked for that end, where two agreed to it
    keep_approved_by: str | None
    needs_two: bool  # people, to release it
    release_pending: bool
    release_proposed_by: str | None
    release_finding: str | None
    release_limit: LimitInstead | None
    release_until: datetime | None  # what is proposed is to keep the hold until then
    release_terms: Terms | None  # as they are proposed: conditions, and until when they are awaited
    waiting_until: datetime | None  # the hold ends once conditions are met, and people decide afresh after that
    conditions_by: str | None
    ban_pending: bool
    ban_proposed_by: str | None
    ban_approved_by: str | None
    ban_hold: str | None
    appeal_upheld_by: str | None
    group: str | None  # of the attack that it is part of
    group_size: int | None  # how many cases that has, in the queue and in the file
    duplicate_of: str | None  # the case that was open about the same account and cause already
    taken_by: str | None
    taken_until: datetime | None
    clock: ClockView | None  # in the queue, in the file and where it is handed out
    version: int


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what in the case, and why."""

    at: datetime
    actor: str
    action: str
    reason: str
    mentions: list[str]  # operators who were told of a note
    attachments: list[str]  # documents that belong to it


class ConditionView(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a release; `state`: open, met, waived, lapsed, overtaken. `may_tell`: on whose word it is met.

    `declared_at` is since when the holder says that it is done, where our people have to look; `missing` is what these
    told them when it was not.
    """

    id: str
    condition: Term
    zh: str
    en: str
    may_tell: list[Teller]
    state: str
    set_at: datetime
    declared_at: datetime | None
    words: str
    missing: str
    told_by: Teller | None
    settled_at: datetime | None
    settled_by: str | None
    reason: str


class CaseFileView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a reviewer looks at before deciding; `decision` only for who may read decisions."""

    case: CaseView
    hold: HoldView | None
    ban: HoldView | None
    actions: list[ActionView]
    conditions: list[ConditionView]  # that were ever set for a release, in their order
    group: GroupView | None
    duplicates: list[str]  # cases that were opened about the same account and cause since
    decision: Any
    events: list[Any]


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision needs a reason; an empty one is refused as `case.reason_required`."""

    reason: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    version: int | None = None


class Confirmation(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the hold stays, where that is known: it ends by itself then."""

    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


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
    group: FromQuery[str | None] = None,
    ban_pending: FromQuery[bool] = False,
    release_pending: FromQuery[bool] = False,
    late: FromQuery[bool] = False,
    order: FromQuery[Literal["oldest", "newest", "due"]] = "oldest",
    after: After = None,
    limit: Limit = 50,
) -> Page[CaseView]:
    """Of every tenant that the reader sees, or of one. By `due`, what must happen next comes first."""
    if tenant is not None:
        principal.within(tenant)
    now = work.clock.now()
    with work.look() as connection:
        found = store.list_cases(
            connection,
            tenant_id=tenant if tenant is not None else principal.tenant_id,
            state=case_state,
            kind=kind,
            cause=cause.value if cause else None,
            account_id=account,
            group_id=group,
            ban_pending=ban_pending,
            release_pending=release_pending,
            late_at=now if late else None,
            order=order,
            after=after,
            limit=limit + 1,
        )
        held = leases.live_of(connection, found, at=now)
        runs = clocks.last_runs(connection, [case.id for case in found])
        sizes = groups.sizes_of(connection, found, tenant_id=principal.tenant_id)
    shown = {case_id: view_clock(clock, now) for case_id, clock in runs.items()}
    seen = [view(case, held.get(case.id), shown.get(case.id), sizes.get(case.group_id or "")) for case in found]
    return page_of(seen, limit)


@get(
    "/cases/{case_id:str}",
    opt={NEEDS: Permission.CASES_READ, SHOWS: "case"},
    sync_to_thread=True,
    summary="One case with its evidence; the journal keeps who looked",
    tags=["cases"],
)
def read_case(case_id: CaseId, work: Work, principal: Who, evidence: Book) -> CaseFileView:
    """The hold, which rule fired on which values, what the account did around then, and what was decided."""
    found = service.read_case(work, case_id, tenant_id=principal.tenant_id, actor=principal.actor, evidence=evidence)
    clock = view_clock(found.clock, work.clock.now()) if found.clock else None
    size = found.group[1].cases if found.group else None
    return CaseFileView(
        case=view(found.case, found.lease, clock, size),
        hold=view_hold(found.hold, reader=principal) if found.hold else None,
        ban=view_hold(found.ban, reader=principal) if found.ban else None,
        actions=[_action(action, found.beside.get(action.id, NOTHING)) for action in found.actions],
        conditions=[_condition(each) for each in found.conditions],
        group=view_group(*found.group) if found.group else None,
        duplicates=list(found.duplicates),
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
def confirm(case_id: CaseId, data: JSONBody[Confirmation], work: Work, principal: Who) -> CaseView:
    """The hold stays, or stays `until` then, which for a violation two people say; what was proposed is declined."""
    with work.begin() as tx:
        case = service.confirm(tx, case_id, until=data.until, **decision_of(data, principal))
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
        case = service.propose_ban(tx, case_id, **decision_of(data, principal))
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
        case = service.approve_ban(tx, case_id, **decision_of(data, principal))
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
        case = service.uphold_appeal(tx, case_id, **decision_of(data, principal))
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
        case = service.finish(tx, case_id, **decision_of(data, principal))
    return view(case)


def view(case: Case, lease: Lease | None = None, clock: ClockView | None = None, size: int | None = None) -> CaseView:
    """The case for staff, who has it in hand, how its clock stands, and the size of its group."""
    return CaseView(
        id=case.id,
        tenant_id=case.tenant_id,
        kind=case.kind.value,
        hold=case.hold_id,
        account_id=case.account_id,
        cause=case.cause,
        severity=case.severity.word,
        state=case.state.value,
        outcome=case.outcome.value if case.outcome else None,
        decision=case.decision_id,
        opened_at=case.opened_at,
        decided_at=case.decided_at,
        decided_by=_name(case.decided_by),
        confirmed_by=_name(case.confirmed_by),
        released_by=_name(case.released_by),
        keep_until=case.ends_at,
        keep_proposed_by=_name(case.keep_proposed_by),
        keep_approved_by=_name(case.keep_approved_by),
        needs_two=case.needs_two,
        release_pending=case.release_pending,
        release_proposed_by=_name(case.release_proposed_by),
        release_finding=case.release_finding.value if case.release_finding else None,
        release_limit=case.release_limit,
        release_until=case.release_until,
        release_terms=case.release_terms,
        waiting_until=case.waiting_until,
        conditions_by=_name(case.conditions_by),
        ban_pending=case.ban_pending,
        ban_proposed_by=_name(case.ban_proposed_by),
        ban_approved_by=_name(case.ban_approved_by),
        ban_hold=case.ban_hold_id,
        appeal_upheld_by=_name(case.appeal_upheld_by),
        group=case.group_id,
        group_size=size,
        duplicate_of=case.duplicate_of,
        taken_by=_name(lease.actor) if lease else None,
        taken_until=lease.until if lease else None,
        clock=clock,
        version=case.version,
    )


def decision_of(data: Decision, principal: Principal) -> dict[str, Any]:
    """Who decides, where they may, and what they saw when they did."""
    return {
        "tenant_id": principal.tenant_id,
        "actor": principal.actor,
        "reason": data.reason,
        "version": data.version,
    }


def _name(actor: Actor | None) -> str | None:
    return None if actor is None else str(actor)


def _action(action: Action, beside: Beside) -> ActionView:
    return ActionView(
        at=action.at,
        actor=str(action.actor),
        action=action.action.value,
        reason=action.reason,
        mentions=list(beside.mentions),
        attachments=list(beside.attachments),
    )


def _condition(condition: Condition) -> ConditionView:
    return ConditionView(
        id=condition.id,
        condition=condition.term,
        zh=condition.zh,
        en=condition.en,
        may_tell=[each for each in Teller if each in TELLS[condition.term]],
        state=condition.state.value,
        set_at=condition.set_at,
        declared_at=condition.declared_at,
        words=condition.words,
        missing=condition.missing,
        told_by=condition.told_by,
        settled_at=condition.settled_at,
        settled_by=_name(condition.settled_by),
        reason=condition.reason,
    )


ROUTES = Router(
    "/",
    route_handlers=[
        list_cases,
        read_case,
        confirm,
        propose_ban,
        approve_ban,
        uphold_appeal,
        finish,
    ],
)
