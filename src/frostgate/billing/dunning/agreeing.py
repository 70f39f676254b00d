"""What people decide: promises to pay, holding the clock, a freeze without a delivered notice, and a release."""

from datetime import timedelta

import msgspec

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.billing.dunning import service, store
from frostgate.billing.dunning.picture import Picture, read_picture
from frostgate.billing.dunning.policy import Policy
from frostgate.billing.dunning.records import (
    LONGEST_PAUSE,
    AgreedPause,
    FreezeDecided,
    FreezeDecision,
    NothingOpen,
    NothingToRelease,
    NotUnreached,
    PauseChanged,
    PauseDecided,
    PauseDraft,
    PauseKind,
    PauseState,
    PauseUnusable,
    PolicyPublished,
    Release,
    ReleaseChanged,
    ReleaseState,
    Unreached,
)
from frostgate.cases.errors import PersonNeeded
from frostgate.directory.model import Principal
from frostgate.directory.trips.service import person_behind
from frostgate.standing.model import SecondPersonNeeded


def propose_promise(tx: Tx, draft: PauseDraft, *, tenant_id: str, by: Principal) -> AgreedPause:
    """Promise to pay by a day. Until a finance operator agrees, the clock goes on.

    Raises:
        TenantUnknown, PauseUnusable
        NothingOpen: nothing is open of the invoice, or of the tenant.
    """
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    return _save(tx, _drafted(tx, picture, draft, PauseKind.PROMISE, person_behind(by)), actor=by.actor)


def hold_clock(tx: Tx, draft: PauseDraft, *, tenant_id: str, by: Principal) -> AgreedPause:
    """A finance operator's own word to wait until a day; it counts at once.

    Raises:
        TenantUnknown, PauseUnusable
        NothingOpen: nothing is open of the invoice, or of the tenant.
    """
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    held = _drafted(tx, picture, draft, PauseKind.HELD, person_behind(by))
    return _agree(tx, picture, held, answer=None, by=by)


def approve_promise(tx: Tx, pause_id: str, *, tenant_id: str, answer: str, by: Principal) -> AgreedPause:
    """Agree to a promise: the clock stands still from today until its day.

    Raises:
        TenantUnknown, PauseUnknown, PauseDecided
        PauseUnusable: its day is past.
        PersonNeeded: a token, which could make two of one person.
        SecondPersonNeeded: whoever proposed it.
    """
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    known = _proposed(tx, pause_id, tenant_id)
    _must_be_person(by)
    if by.actor == known.proposed_by:
        raise SecondPersonNeeded
    _check_day(tx, picture, known.until.toordinal())
    return _agree(tx, picture, known, answer=answer, by=by)


def reject_promise(tx: Tx, pause_id: str, *, tenant_id: str, answer: str, by: Principal) -> AgreedPause:
    """Let a promise come to nothing.

    Raises:
        PauseUnknown, PauseDecided
    """
    known = _proposed(tx, pause_id, tenant_id)
    refused = msgspec.structs.replace(
        known, state=PauseState.REJECTED, decided_by=person_behind(by), decided_at=tx.now, answer=answer
    )
    return _save(tx, refused, actor=by.actor)


def decide_freeze(tx: Tx, decision: FreezeDecision, *, tenant_id: str, by: Principal) -> None:
    """Freeze for an invoice whose last notice did not arrive: 24 hours after it was sent, or now if that is past.

    Raises:
        TenantUnknown
        PersonNeeded: a token, which has no name.
        NotUnreached: there is no such invoice, or its last notice did arrive or still may.
    """
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    _must_be_person(by)
    debts = [d for d in picture.decide(tx.now).unreached if d.invoice_id == decision.invoice_id]
    if picture.plan is None or not debts:
        raise NotUnreached
    for debt in debts:
        before = picture.unreached.get(debt)
        known = Unreached(
            tenant_id=tenant_id,
            debt=debt,
            reported_at=before.reported_at if before else tx.now,
            decided_by=by.actor,
            decided_at=tx.now,
            reason=decision.reason,
        )
        store.save_unreached(tx.connection, known)
        tx.state(FreezeDecided(tenant_id=tenant_id, unreached=known), actor=by.actor)
    service.reconsider(tx, tenant_id=tenant_id)


def approve_release(tx: Tx, *, tenant_id: str, reason: str, by: Principal) -> Release:
    """Agree that the services come back, where the plan asks for it.

    Raises:
        TenantUnknown
        PersonNeeded: a token, which has no name.
        NothingToRelease: none waits.
    """
    picture = read_picture(tx.connection, tenant_id=tenant_id, now=tx.now)
    _must_be_person(by)
    waiting = store.waiting_release(tx.connection, tenant_id=tenant_id)
    if waiting is None or not picture.decide(tx.now).release:
        raise NothingToRelease
    agreed = msgspec.structs.replace(
        waiting, state=ReleaseState.APPROVED, decided_by=by.actor, decided_at=tx.now, reason=reason
    )
    store.save_release(tx.connection, agreed)
    tx.state(ReleaseChanged(tenant_id=tenant_id, release=agreed), actor=by.actor)
    service.release(tx, picture, actor=by.actor, reason=reason)
    service.reconsider(tx, tenant_id=tenant_id)
    return agreed


def publish_policy(tx: Tx, policy: Policy, *, actor: Actor) -> Policy:
    """Publish a dunning policy in place of one of the same name; whoever has it follows it at the next look."""
    if store.find_policy(tx.connection, policy.name) != policy:
        store.save_policy(tx.connection, policy)
        tx.state(PolicyPublished(tenant_id=None, policy=policy), actor=actor)
    return policy


def _drafted(tx: Tx, picture: Picture, draft: PauseDraft, kind: PauseKind, by: Actor) -> AgreedPause:
    _check_day(tx, picture, draft.until.toordinal())
    if not picture.invoices or (draft.invoice_id is not None and draft.invoice_id not in picture.invoices):
        raise NothingOpen
    return AgreedPause(
        id=tx.new_id(),
        tenant_id=picture.tenant.id,
        invoice_id=draft.invoice_id,
        kind=kind,
        state=PauseState.PROPOSED,
        until=draft.until,
        reason=draft.reason,
        proposed_by=by,
        proposed_at=tx.now,
    )


def _check_day(tx: Tx, picture: Picture, until: int) -> None:
    today = picture.calendar.day_of(tx.now)
    if not 0 <= until - today.toordinal() <= LONGEST_PAUSE:
        raise PauseUnusable(pointer="/until", latest=(today + timedelta(LONGEST_PAUSE)).isoformat())


def _agree(tx: Tx, picture: Picture, known: AgreedPause, *, answer: str | None, by: Principal) -> AgreedPause:
    agreed = msgspec.structs.replace(
        known,
        state=PauseState.APPROVED,
        first=picture.calendar.day_of(tx.now),
        decided_by=person_behind(by),
        decided_at=tx.now,
        answer=answer,
    )
    saved = _save(tx, agreed, actor=by.actor)
    service.reconsider(tx, tenant_id=known.tenant_id)
    return saved


def _proposed(tx: Tx, pause_id: str, tenant_id: str) -> AgreedPause:
    known = store.get_pause(tx.connection, pause_id, tenant_id=tenant_id)
    if known.state is not PauseState.PROPOSED:
        raise PauseDecided(state=known.state.value)
    return known


def _save(tx: Tx, pause: AgreedPause, *, actor: Actor) -> AgreedPause:
    store.save_pause(tx.connection, pause)
    tx.state(PauseChanged(tenant_id=pause.tenant_id, pause=pause), actor=actor)
    return pause


def _must_be_person(by: Principal) -> None:
    if by.actor.kind is not ActorKind.OPERATOR:
        raise PersonNeeded
