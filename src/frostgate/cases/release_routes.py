"""Releases over HTTP: by one person, by two, and what is left of a hold."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Router, post
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.cases import releases
from frostgate.cases.conditions import service as conditions
from frostgate.cases.errors import ConditionsUnusable
from frostgate.cases.routes import CaseId, CaseView, Decision, decision_of, view
from frostgate.cases.terms import LONGEST_WORDS, MOST_CONDITIONS, Demand, LimitInstead, Term, Terms
from frostgate.directory.model import Name
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.standing.model import Finding, Service


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Services that stay stopped, and until when."""

    services: Annotated[list[Service], msgspec.Meta(min_length=1, max_length=6)]
    until: Annotated[datetime, msgspec.Meta(tz=True)]


class BothWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"zh": "zh-CN"}):
    """What the holder is asked to do, as they read it."""

    zh: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)]
    en: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)]


class DemandDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition; `words` in both languages are for `other`, and for nothing else."""

    condition: Term
    words: BothWords | None = None


class Once(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must happen before the hold ends, and by when: after that people decide afresh."""

    conditions: Annotated[list[DemandDraft], msgspec.Meta(min_length=1, max_length=MOST_CONDITIONS)]
    until: Annotated[datetime, msgspec.Meta(tz=True)]


class Release(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Was it a mistake, or has what the hold waited for come true? `limit`: what stays stopped instead.

    With `once` the hold ends by itself as soon as conditions are met; who was frozen by mistake has none to meet, and
    nothing stays behind.
    """

    finding: Literal["mistake", "condition_met"]
    limit: Limit | None = None
    once: Once | None = None


class Keeping(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the hold is to end by itself."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]


class Bypass(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other account."""

    account: Name


@post(
    "/cases/{case_id:str}/release",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Release the hold",
    tags=["cases"],
)
def release(case_id: CaseId, data: JSONBody[Release], work: Work, principal: Who) -> CaseView:
    """That hold and no other; whoever confirmed it cannot, and for a violation somebody else must propose it."""
    terms, decision = _terms(data), decision_of(data, principal)
    with work.begin() as tx:
        if terms is not None:
            case = releases.release_once(tx, case_id, terms=terms, **decision)
        else:
            case = releases.release(tx, case_id, finding=Finding(data.finding), limit=_limit(data), **decision)
    return view(case)


@post(
    "/cases/{case_id:str}/release-proposal",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Propose a release",
    tags=["cases"],
)
def propose_release(case_id: CaseId, data: JSONBody[Release], work: Work, principal: Who) -> CaseView:
    """Nothing happens until somebody else approves, and it ends as it is proposed here."""
    terms, limit, decision = _terms(data), _limit(data), decision_of(data, principal)
    with work.begin() as tx:
        case = releases.propose_release(
            tx, case_id, finding=Finding(data.finding), limit=limit, terms=terms, **decision
        )
    return view(case)


@post(
    "/cases/{case_id:str}/keep-proposal",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Propose to keep the hold until a time",
    tags=["cases"],
)
def propose_keeping(case_id: CaseId, data: JSONBody[Keeping], work: Work, principal: Who) -> CaseView:
    """It ends by itself then, once somebody else approves, as they approve a release."""
    with work.begin() as tx:
        case = releases.propose_keeping(tx, case_id, until=data.until, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/release-approval",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Approve the release that somebody else proposed",
    tags=["cases"],
)
def approve_release(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """Whoever proposed it, or confirmed the hold, cannot. To decline it, confirm the hold."""
    with work.begin() as tx:
        case = releases.approve_release(tx, case_id, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/proposal-withdrawal",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Withdraw one's own proposal",
    tags=["cases"],
)
def withdraw_proposal(case_id: CaseId, data: JSONBody[Decision], work: Work, principal: Who) -> CaseView:
    """A release or a ban; the case is as it was before, confirmed or still to decide."""
    with work.begin() as tx:
        case = releases.withdraw_proposal(tx, case_id, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/bypass",
    opt={NEEDS: Permission.HOLDS_PLACE},
    sync_to_thread=True,
    status_code=200,
    summary="Freeze another account that gets round this hold",
    tags=["cases"],
)
def find_bypass(case_id: CaseId, data: JSONBody[Bypass], work: Work, principal: Who) -> CaseView:
    """Of the same tenant; it gets a hold and a case of its own, for the cause `bypass_attempt`."""
    with work.begin() as tx:
        case = releases.find_bypass(tx, case_id, account_id=data.account, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/conditions/{condition_id:str}/met",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Find that a condition of the release is met",
    tags=["cases"],
)
def find_met(
    case_id: CaseId, condition_id: FromPath[str], data: JSONBody[Decision], work: Work, principal: Who
) -> CaseView:
    """Not what the holder alone can say, nor by whoever proposed the release. The last one ends the hold."""
    with work.begin() as tx:
        case = conditions.find_met(tx, case_id, condition_id, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/conditions/{condition_id:str}/waiver",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Waive a condition of the release",
    tags=["cases"],
)
def waive(
    case_id: CaseId, condition_id: FromPath[str], data: JSONBody[Decision], work: Work, principal: Who
) -> CaseView:
    """Any of them, with a reason; not by whoever proposed the release. The last one ends the hold."""
    with work.begin() as tx:
        case = conditions.waive(tx, case_id, condition_id, **decision_of(data, principal))
    return view(case)


@post(
    "/cases/{case_id:str}/conditions/{condition_id:str}/not-done",
    opt={NEEDS: Permission.CASES_DECIDE},
    sync_to_thread=True,
    status_code=200,
    summary="Find that a condition is not done, though its holder says so",
    tags=["cases"],
)
def find_not_done(
    case_id: CaseId, condition_id: FromPath[str], data: JSONBody[Decision], work: Work, principal: Who
) -> CaseView:
    """The reason is told to the holder: write what is missing. They have until the same date as before."""
    with work.begin() as tx:
        case = conditions.find_not_done(tx, case_id, condition_id, **decision_of(data, principal))
    return view(case)


def _terms(data: Release) -> Terms | None:
    """What must happen first.

    Raises:
        ConditionsUnusable: a mistake has no conditions, and nothing stays when they are met.
    """
    if data.once is None:
        return None
    if data.finding != "condition_met" or data.limit is not None:
        raise ConditionsUnusable(pointer="/once", most=MOST_CONDITIONS)
    demands = [
        Demand(term=each.condition, zh=each.words.zh if each.words else "", en=each.words.en if each.words else "")
        for each in data.once.conditions
    ]
    return Terms(demands=tuple(demands), until=data.once.until)


def _limit(data: Release) -> LimitInstead | None:
    if data.limit is None:
        return None
    services = tuple(service for service in Service if service in data.limit.services)
    return LimitInstead(services=services, until=data.limit.until)


ROUTES = Router(
    "/",
    route_handlers=[
        release,
        propose_release,
        propose_keeping,
        approve_release,
        withdraw_proposal,
        find_bypass,
        find_met,
        waive,
        find_not_done,
    ],
)
