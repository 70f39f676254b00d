"""The desk over HTTP: take a case, be handed the next, and see who has what."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from frostgate.base.model import Actor, ActorKind
from frostgate.base.web import NEEDS
from frostgate.cases.clock import store as clocks
from frostgate.cases.clock.views import view_clock
from frostgate.cases.desk import service
from frostgate.cases.desk.model import AT_ONCE, MOST_AT_ONCE, Lease, Reviewer
from frostgate.cases.routes import CaseId, CaseView, view
from frostgate.cases.severity import Severity
from frostgate.directory import credentials
from frostgate.directory.model import Operator
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import PERMISSIONS, Permission, Role
from frostgate.directory.routing import Who, Work
from frostgate.standing.model import Cause

_WORK_ON_CASES = frozenset(role for role, may in PERMISSIONS.items() if Permission.CASES_READ in may)


class LeaseView(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a case, and until when others leave it alone."""

    case: str
    tenant_id: str
    taken_by: str
    taken_at: datetime
    until: datetime


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of one severity and cause are open, and since when the oldest of them is."""

    severity: str
    cause: str | None
    open: int
    oldest: datetime


class ReviewerView(msgspec.Struct, frozen=True, kw_only=True):
    """Which causes somebody is handed (none: all), and how many cases they have at a time."""

    operator: str
    causes: list[Cause]
    at_once: int


class DeskView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits, gravest first; what people have in hand; and of whom something was said."""

    waiting: list[WaitingView]
    in_hand: list[LeaseView]
    reviewers: list[ReviewerView]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may work on cases. `actor` is what cases call them; the address is what a mention calls them."""

    id: str
    actor: str
    name: str
    email: str
    role: Role
    active: bool


class NextCase(msgspec.Struct, frozen=True, kw_only=True):
    """The case that is yours now, null where none waits; and those of the same attack, which are yours as well."""

    case: CaseView | None
    together: list[CaseView]


class Giving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to give a case to."""

    operator: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sort of case to be handed, without any what one is good at; and how many of one attack at once."""

    tenant: str | None = None
    cause: Cause | None = None
    together: Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)] = 1


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody is good at and how much they take on."""

    causes: frozenset[Cause] = frozenset()
    at_once: int = AT_ONCE


@get(
    "/desk",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="What waits, and who has which case",
    tags=["desk"],
)
def read_desk(work: Work, principal: Who) -> DeskView:
    """Counts by severity and cause, and every case that somebody has in hand."""
    with work.look() as connection:
        found = service.picture(connection, tenant_id=principal.tenant_id, at=work.clock.now())
    return DeskView(
        waiting=[
            WaitingView(severity=Severity(sort.severity).word, cause=sort.cause, open=sort.open, oldest=sort.oldest)
            for sort in found.waiting
        ],
        in_hand=[_lease(lease) for lease in found.leases],
        reviewers=[_reviewer(reviewer) for reviewer in found.reviewers],
    )


@get(
    "/desk/people",
    opt={NEEDS: Permission.CASES_READ},
    sync_to_thread=True,
    summary="Who works on cases",
    tags=["desk"],
)
def list_people(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[PersonView]:
    """For names beside what people did, for mentions, and to give cases to; also those who left. For our own staff."""
    principal.within(None)
    with work.look() as connection:
        found = credentials.list_staff(connection, _WORK_ON_CASES, after=after or "", limit=limit + 1)
    return page_of([_person(operator) for operator in found], limit)


@post(
    "/desk/next",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Be handed the case that needs somebody most",
    tags=["desk"],
)
def next_case(data: JSONBody[Wish], work: Work, principal: Who) -> NextCase:
    """The gravest first, then what belongs to a case in one's hands, then the oldest; never what somebody else has."""
    if data.tenant is not None:
        principal.within(data.tenant)
    tenant_id = data.tenant if data.tenant is not None else principal.tenant_id
    with work.begin() as tx:
        found = service.next_cases(
            tx, tenant_id=tenant_id, cause=data.cause, together=data.together, actor=principal.actor
        )
        runs = clocks.last_runs(tx.connection, [case.id for case, _ in found])
        shown = {case_id: view_clock(clock, tx.now) for case_id, clock in runs.items()}
    handed = [view(case, lease, shown.get(case.id)) for case, lease in found]
    return NextCase(case=handed[0] if handed else None, together=handed[1:])


@put(
    "/desk/reviewers/{operator_id:str}",
    opt={NEEDS: Permission.CASES_ASSIGN},
    sync_to_thread=True,
    summary="Say what somebody is good at, and how many cases they have at a time",
    tags=["desk"],
)
def describe(operator_id: FromPath[str], data: JSONBody[Description], work: Work, principal: Who) -> ReviewerView:
    """Whoever is not described is handed every cause."""
    principal.within(None)
    with work.begin() as tx:
        found = service.describe(tx, operator_id, causes=data.causes, at_once=data.at_once, actor=principal.actor)
    return _reviewer(found)


@post(
    "/cases/{case_id:str}/take",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Take a case",
    tags=["desk"],
)
def take_case(case_id: CaseId, work: Work, principal: Who) -> LeaseView:
    """For half an hour from now, and longer with everything that one does in it; nobody else decides it meanwhile."""
    with work.begin() as tx:
        lease = service.take_case(tx, case_id, tenant_id=principal.tenant_id, actor=principal.actor)
    return _lease(lease)


@post(
    "/cases/{case_id:str}/give",
    opt={NEEDS: Permission.CASES_ASSIGN},
    sync_to_thread=True,
    status_code=200,
    summary="Give a case to somebody",
    tags=["desk"],
)
def give_case(case_id: CaseId, data: JSONBody[Giving], work: Work, principal: Who) -> LeaseView:
    """Also out of somebody else's hands; the journal keeps who had it. Leads give themselves what they take over."""
    with work.begin() as tx:
        lease = service.give_case(
            tx, case_id, tenant_id=principal.tenant_id, operator_id=data.operator, actor=principal.actor
        )
    return _lease(lease)


@post(
    "/cases/{case_id:str}/leave",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    summary="Give a case back to the queue",
    status_code=204,
    tags=["desk"],
)
def leave_case(case_id: CaseId, work: Work, principal: Who) -> None:
    """For whoever has it."""
    with work.begin() as tx:
        service.leave_case(tx, case_id, tenant_id=principal.tenant_id, actor=principal.actor)


def _lease(lease: Lease) -> LeaseView:
    return LeaseView(
        case=lease.case_id,
        tenant_id=lease.tenant_id,
        taken_by=str(lease.actor),
        taken_at=lease.taken_at,
        until=lease.until,
    )


def _person(operator: Operator) -> PersonView:
    return PersonView(
        id=operator.id,
        actor=str(Actor(ActorKind.OPERATOR, operator.id)),
        name=operator.name,
        email=operator.email,
        role=operator.role,
        active=operator.active,
    )


def _reviewer(reviewer: Reviewer) -> ReviewerView:
    return ReviewerView(operator=reviewer.operator_id, causes=sorted(reviewer.causes), at_once=reviewer.at_once)


ROUTES = Router("/", route_handlers=[read_desk, list_people, next_case, describe, take_case, give_case, leave_case])
