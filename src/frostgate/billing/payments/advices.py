"""What providers tell us of money, taken once: posted as far as the ledger can take it, or kept for people."""

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Actor, ActorKind
from frostgate.base.money import Money
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.ledger import disputes, giving, service
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.drafts import DisputeDraft, RefundDraft, ReversalDraft
from frostgate.billing.ledger.errors import CurrencyDiffers
from frostgate.billing.ledger.held import HeldLedger
from frostgate.billing.ledger.model import Entry, EntryKind, Position
from frostgate.billing.ledger.proposals import ApprovalLimits, Proposal
from frostgate.billing.payments import store
from frostgate.billing.payments.errors import NothingToDispute, PaymentUnknown, RefundUnplaceable, TenantMissing
from frostgate.billing.payments.facts import AdviceRefused
from frostgate.billing.payments.incoming import Incoming, receive, will_pass
from frostgate.billing.payments.model import Advice, AdviceKind, AdviceState
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.model import Principal


def take(work: UnitOfWork, advice: Advice) -> Advice:
    """Take what a provider tells us; the same event again is what became of it first.

    What cannot be posted is kept as refused, for people to see: the provider is not to send it for ever.

    Raises:
        StoreUnavailable, Conflict: the database cannot take it now, so the provider should send it again.
    """
    provider = Actor(ActorKind.SYSTEM, advice.provider)
    by = msgspec.structs.replace(SYSTEM_PRINCIPAL, actor=provider)
    with work.look() as connection:
        known = store.find_advice(connection, advice.provider, advice.event_id)
    if known is not None:
        return known
    try:
        with work.begin() as tx:
            taken = store.find_advice(tx.connection, advice.provider, advice.event_id) or _settle(tx, advice, by=by)
    except Refused as refused:
        if will_pass(refused):
            raise
        return _keep(work, msgspec.structs.replace(advice, code=refused.code), actor=provider)
    _take_what_waited(work, taken, by=by)
    return taken


def retry(work: UnitOfWork, advice_id: str, *, tenant_id: str | None, by: Principal) -> Advice:
    """Try again what was refused, perhaps for the tenant that somebody says it belongs to. Once taken, it stays so.

    Raises:
        AdviceUnknown: there is none of this id.
        Refused: what still stands in its way, which it keeps as its code.
    """
    with work.look() as connection:
        advice = store.get_advice(connection, advice_id)
    if advice.state is not AdviceState.REFUSED:
        return advice
    try:
        with work.begin() as tx:
            # Read again, now that nobody else can decide about it.
            advice = store.get_advice(tx.connection, advice_id)
            if advice.state is AdviceState.REFUSED:
                named = msgspec.structs.replace(advice, tenant_id=tenant_id or advice.tenant_id)
                advice = _settle(tx, named, by=by)
    except Refused as refused:
        if not will_pass(refused):
            _keep(work, msgspec.structs.replace(advice, code=refused.code), actor=by.actor)
        raise
    _take_what_waited(work, advice, by=by)
    return advice


def _take_what_waited(work: UnitOfWork, taken: Advice, *, by: Principal) -> None:
    """Events come in any order: a refund may have waited for its payment."""
    if taken.kind is not AdviceKind.PAYMENT or taken.state is AdviceState.REFUSED:
        return
    with work.look() as connection:
        known = store.advices_of(connection, taken.payment_id)
    for each in known:
        if each.state is AdviceState.REFUSED:
            try:
                retry(work, each.id, tenant_id=None, by=by)
            except Refused:
                continue  # it goes on waiting, with its code


def _keep(work: UnitOfWork, advice: Advice, *, actor: Actor) -> Advice:
    """Keep what was refused, unless somebody took it meanwhile."""
    assert advice.code is not None, "BUG: refused without a code"
    with work.begin() as tx:
        known = store.find_advice(tx.connection, advice.provider, advice.event_id)
        if known is not None and (known.state is not AdviceState.REFUSED or known.code == advice.code):
            return known
        store.save_advice(tx.connection, advice)
        fact = AdviceRefused(tenant_id=None, advice_id=advice.id, event_id=advice.event_id, code=advice.code)
        tx.state(fact, actor=actor)
    return advice


def _settle(tx: Tx, advice: Advice, *, by: Principal) -> Advice:
    """Post what an advice tells, and save what became of it."""
    # Whoever got the money has it, whatever a later event says of it.
    tenant_id = store.tenant_of_payment(tx.connection, advice.payment_id) or advice.tenant_id
    if tenant_id is None:
        raise TenantMissing
    do = {AdviceKind.PAYMENT: _pay, AdviceKind.REFUND: _refund, AdviceKind.DISPUTE: _dispute}[advice.kind]
    state, entry = do(tx, advice, tenant_id=tenant_id, by=by)
    settled = msgspec.structs.replace(advice, tenant_id=tenant_id, state=state, entry=entry, code=None)
    store.save_advice(tx.connection, settled)
    return settled


def _pay(tx: Tx, advice: Advice, *, tenant_id: str, by: Principal) -> tuple[AdviceState, int | None]:
    money = Incoming(
        reference=advice.payment_id,
        amount=advice.amount,
        currency=advice.currency,
        at=min(advice.at, tx.now),  # two clocks: theirs may be ahead
        memo=advice.note,
        source=f"{advice.provider} {advice.event_id}"[:256],
        invoices=advice.invoices,
    )
    posted = receive(tx, money, tenant_id=tenant_id, actor=by.actor)
    return (AdviceState.KNOWN if posted.repeated else AdviceState.POSTED), posted.entry.seq


def _refund(tx: Tx, advice: Advice, *, tenant_id: str, by: Principal) -> tuple[AdviceState, int | None]:
    """Record money that went back already: of what is free, or by taking the whole payment back.

    Providers say how much of a payment went back so far, so a lost or late event changes nothing in the end.
    """
    held = HeldLedger(tx, tenant_id)
    payment = _payment(held, advice)
    before = max(
        (
            each.amount
            for each in store.advices_of(tx.connection, advice.payment_id)
            if each.kind is AdviceKind.REFUND and each.state is AdviceState.POSTED
        ),
        default=0,
    )
    amount = advice.amount - before
    if amount <= 0:
        return AdviceState.KNOWN, None
    place = Position.PREPAID if payment.kind is EntryKind.TOP_UP else Position.UNAPPLIED
    free = max(0, -held.balance(place, advice.currency))
    name, memo = f"refund:{advice.event_id}"[:256], advice.note or advice.type
    if free >= amount:
        draft = RefundDraft(
            key=name,
            amount=amount,
            currency=advice.currency,
            of="prepaid" if place is Position.PREPAID else "unapplied",
            at=min(advice.at, tx.now),
            memo=memo,
            source=f"{advice.provider} {advice.event_id}"[:256],
        )
        # The money is gone whatever people say, so no second person is asked.
        posted = giving.refund(tx, draft, tenant_id=tenant_id, limits=ApprovalLimits({advice.currency: 2**62}), by=by)
        assert not isinstance(posted, Proposal), "BUG: a proposal without a limit"
        return AdviceState.POSTED, posted.entry.seq
    if amount == payment.amount_on(Position.CASH):
        back = ReversalDraft(key=name, entry=payment.seq, memo=memo)
        taken = service.reverse(tx, back, tenant_id=tenant_id, actor=by.actor)
        service.allocate_what_is_left(
            HeldLedger(tx, tenant_id), advice.currency, actor=by.actor, because=taken.entry.id
        )
        return AdviceState.POSTED, taken.entry.seq
    raise RefundUnplaceable(available=str(Money(free, advice.currency)))


def _dispute(tx: Tx, advice: Advice, *, tenant_id: str, by: Principal) -> tuple[AdviceState, int | None]:
    """Let what the payment paid not age, oldest invoice first, until people have decided."""
    left, reason = advice.amount, advice.note or advice.type
    paid = [line for line in _payment(HeldLedger(tx, tenant_id), advice).lines if line.item_id is not None]
    if not paid:
        raise NothingToDispute
    for line in paid:
        assert line.item_id is not None, "BUG: it was asked for"
        if amount := min(left, -line.amount):
            draft = DisputeDraft(invoice_id=line.item_id, amount=amount, reason=reason)
            disputes.open_dispute(tx, draft, tenant_id=tenant_id, actor=by.actor)
            left -= amount
    return AdviceState.POSTED, None


def _payment(held: HeldLedger, advice: Advice) -> Entry:
    """The entry of the payment that an advice is about."""
    found = ledger.find_incoming(held.tx.connection, advice.payment_id, tenant_id=held.tenant_id)
    if found is None:
        raise PaymentUnknown
    if found.currency != advice.currency:
        raise CurrencyDiffers(currency=found.currency)
    return found
