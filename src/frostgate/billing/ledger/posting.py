"""Posting to the ledger over HTTP: money that comes and goes, disputes, and what a second person decides.

The same `key` again is the same command: it is carried out once, and answered with what became of it.
"""

from datetime import datetime

import msgspec
from litestar import Router, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.billing.ledger import disputes, giving, service
from frostgate.billing.ledger.drafts import (
    AllocationDraft,
    CreditNoteDraft,
    DisputeDraft,
    PaymentDraft,
    Reason,
    RefundDraft,
    ReversalDraft,
    TopUpDraft,
    WriteOffDraft,
)
from frostgate.billing.ledger.proposals import ApprovalLimits
from frostgate.billing.ledger.views import (
    DisputeView,
    Outcome,
    ProposalView,
    dispute_view,
    entry_view,
    outcome,
    proposal_view,
)
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work

Limits = NamedDependency[ApprovalLimits]

_POST = {NEEDS: Permission.BILLING_POST}
_APPROVE = {NEEDS: Permission.BILLING_APPROVE}


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a dispute ends: the tenant reads the answer."""

    upheld: bool
    answer: Reason


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, where there is something to say."""

    reason: Reason | None = None


class Rejection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why not: whoever proposed it will want to know."""

    reason: Reason


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the ledger takes nothing new."""

    closed: bool


class ClosingView(msgspec.Struct, frozen=True, kw_only=True):
    """Since when the ledger takes nothing new; null: it does."""

    closed_at: datetime | None


@post("/tenants/{tenant_id:str}/billing/payments", opt=_POST, sync_to_thread=True, summary="Post a payment")
def post_payment(tenant_id: TenantId, data: JSONBody[PaymentDraft], work: Work, principal: Who) -> Outcome:
    """Money that came, by whichever way; the same money again, told by its `reference`, is the entry that is there."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(service.post_payment(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post("/tenants/{tenant_id:str}/billing/top-ups", opt=_POST, sync_to_thread=True, summary="Top up the prepaid balance")
def top_up(tenant_id: TenantId, data: JSONBody[TopUpDraft], work: Work, principal: Who) -> Outcome:
    """Money that came in advance."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(service.top_up(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post("/tenants/{tenant_id:str}/billing/allocations", opt=_POST, sync_to_thread=True, summary="Allocate money")
def allocate(tenant_id: TenantId, data: JSONBody[AllocationDraft], work: Work, principal: Who) -> Outcome:
    """Money that came before goes to invoices: as told, or to what was due first."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(service.allocate(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post("/tenants/{tenant_id:str}/billing/reversals", opt=_POST, sync_to_thread=True, summary="Reverse an entry")
def reverse(tenant_id: TenantId, data: JSONBody[ReversalDraft], work: Work, principal: Who) -> Outcome:
    """An entry is taken back by its opposite, and both stay."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(service.reverse(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post("/tenants/{tenant_id:str}/billing/refunds", opt=_POST, sync_to_thread=True, summary="Refund, or propose it")
def refund(
    tenant_id: TenantId, data: JSONBody[RefundDraft], work: Work, principal: Who, approval_limits: Limits
) -> Outcome:
    """Above the platform's limit, the answer is a proposal that a second person must agree to."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(giving.refund(tx, data, tenant_id=tenant_id, limits=approval_limits, by=principal))


@post("/tenants/{tenant_id:str}/billing/write-offs", opt=_POST, sync_to_thread=True, summary="Write off, or propose it")
def write_off(
    tenant_id: TenantId, data: JSONBody[WriteOffDraft], work: Work, principal: Who, approval_limits: Limits
) -> Outcome:
    """Above the platform's limit, the answer is a proposal that a second person must agree to."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(giving.write_off(tx, data, tenant_id=tenant_id, limits=approval_limits, by=principal))


@post("/tenants/{tenant_id:str}/billing/credit-notes", opt=_POST, sync_to_thread=True, summary="Issue a credit note")
def issue_credit_note(tenant_id: TenantId, data: JSONBody[CreditNoteDraft], work: Work, principal: Who) -> Outcome:
    """What was paid of it already becomes the tenant's credit."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return outcome(giving.issue_credit_note(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post("/tenants/{tenant_id:str}/billing/disputes", opt=_POST, sync_to_thread=True, summary="Open a dispute")
def open_dispute(tenant_id: TenantId, data: JSONBody[DisputeDraft], work: Work, principal: Who) -> DisputeView:
    """The amount does not age until somebody has decided."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return dispute_view(disputes.open_dispute(tx, data, tenant_id=tenant_id, actor=principal.actor))


@post(
    "/tenants/{tenant_id:str}/billing/disputes/{dispute_id:str}/decision",
    opt=_POST,
    sync_to_thread=True,
    status_code=200,
    summary="Decide a dispute",
)
def decide_dispute(
    tenant_id: TenantId, dispute_id: FromPath[str], data: JSONBody[Answer], work: Work, principal: Who
) -> DisputeView:
    """Upheld, a credit note takes the amount off the invoice; rejected, it ages on from where it was."""
    principal.within(tenant_id)
    decide = disputes.uphold_dispute if data.upheld else disputes.reject_dispute
    with work.begin() as tx:
        decided = decide(tx, dispute_id, tenant_id=tenant_id, answer=data.answer, actor=principal.actor)
    return dispute_view(decided)


@post(
    "/tenants/{tenant_id:str}/billing/proposals/{proposal_id:str}/approve",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Approve a refund or a write-off",
)
def approve(
    tenant_id: TenantId, proposal_id: FromPath[str], data: JSONBody[Agreement], work: Work, principal: Who
) -> Outcome:
    """In a session, and by somebody else than who proposed it; it is carried out at once."""
    principal.within(tenant_id)
    with work.begin() as tx:
        proposal, posted = giving.approve(tx, proposal_id, tenant_id=tenant_id, reason=data.reason, by=principal)
    return Outcome(entry=entry_view(posted.entry), proposal=proposal_view(proposal))


@post(
    "/tenants/{tenant_id:str}/billing/proposals/{proposal_id:str}/reject",
    opt=_APPROVE,
    sync_to_thread=True,
    status_code=200,
    summary="Reject a refund or a write-off",
)
def reject(
    tenant_id: TenantId, proposal_id: FromPath[str], data: JSONBody[Rejection], work: Work, principal: Who
) -> ProposalView:
    """Whoever proposed it may think better of it, too."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return proposal_view(giving.reject(tx, proposal_id, tenant_id=tenant_id, reason=data.reason, by=principal))


@put("/tenants/{tenant_id:str}/billing/closing", opt=_POST, sync_to_thread=True, summary="Close or reopen a ledger")
def put_closing(tenant_id: TenantId, data: JSONBody[Closing], work: Work, principal: Who) -> ClosingView:
    """In a closed one nothing new is owed or paid; what is there can still be settled and paid back."""
    principal.within(tenant_id)
    change = service.close_ledger if data.closed else service.reopen_ledger
    with work.begin() as tx:
        return ClosingView(closed_at=change(tx, tenant_id=tenant_id, actor=principal.actor).closed_at)


ROUTES = Router(
    "/",
    tags=["billing"],
    route_handlers=[
        post_payment,
        top_up,
        allocate,
        reverse,
        refund,
        write_off,
        issue_credit_note,
        open_dispute,
        decide_dispute,
        approve,
        reject,
        put_closing,
    ],
)
