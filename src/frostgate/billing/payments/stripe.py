"""Stripe's webhooks: their signature, and what their events say. Pure.

The scheme is the published one (docs.stripe.com/webhooks, "Verify webhook signatures manually"): the header
`Stripe-Signature` is `t=<seconds>,v1=<hex>[,v1=<hex>...]`, and each `v1` is HMAC-SHA256 of `<t>.<body>` under a secret
of the endpoint. There are several while a secret is being replaced.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from frostgate.billing.payments.errors import EventUnreadable, SignatureOld, SignatureWrong, WebhooksClosed
from frostgate.billing.payments.model import Advice, AdviceKind
from frostgate.directory.model import Name, is_name

PROVIDER = "stripe"
TOLERANCE = timedelta(minutes=5)

Minor = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Metadata = dict[str, str] | None

# Stripe's smallest unit is that of ISO 4217 but for these: how many of theirs make how many of ours.
# https://docs.stripe.com/currencies#special-cases
_UNITS: Mapping[str, tuple[int, int]] = {"ISK": (100, 1), "UGX": (100, 1), "MGA": (1, 100)}


class StripeWebhooks:
    """Tells Stripe's webhooks from all others; the secrets stay in here. Of what is refused, only a count is left."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)
        self.refused: Counter[str] = Counter()

    def check(self, header: str, body: bytes, *, now: datetime) -> None:
        """Accept a body that one of the secrets signed within five minutes of `now`.

        Raises:
            WebhooksClosed: there is no secret.
            SignatureWrong, SignatureOld
        """
        if not self._secrets:
            raise WebhooksClosed
        try:
            self._check(header, body, now=now)
        except (SignatureWrong, SignatureOld) as refused:
            self.refused[refused.code] += 1
            raise

    def _check(self, header: str, body: bytes, *, now: datetime) -> None:
        given = [part.strip().partition("=") for part in header.split(",")]
        times = [value for name, _, value in given if name == "t"]
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
            raise SignatureWrong
        signed = times[0].encode() + b"." + body
        right = [hmac.new(secret, signed, hashlib.sha256).hexdigest().encode() for secret in self._secrets]
        said = [value.encode() for name, _, value in given if name == "v1"]
        # All are compared, each in constant time, so that the time taken tells nothing.
        if not sum(hmac.compare_digest(one, other) for one in right for other in said):
            raise SignatureWrong
        if abs(now.timestamp() - int(times[0])) > TOLERANCE.total_seconds():
            raise SignatureOld


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: Name
    type: Name
    created: Annotated[int, msgspec.Meta(ge=0, lt=2**33)]
    data: _Data


class _Intent(msgspec.Struct):
    id: Name
    amount_received: Minor
    currency: Name
    metadata: Metadata = None


class _Session(msgspec.Struct):
    payment_status: str
    payment_intent: Name | None = None
    amount_total: Minor | None = None
    currency: Name | None = None
    metadata: Metadata = None


class _Charge(msgspec.Struct):
    id: Name
    amount_refunded: Minor
    currency: Name
    payment_intent: Name | None = None
    metadata: Metadata = None


class _Dispute(msgspec.Struct):
    id: Name
    charge: Name
    amount: Minor
    currency: Name
    payment_intent: Name | None = None
    reason: Name = "general"
    metadata: Metadata = None


_read_event = msgspec.json.Decoder(_Event).decode
_READ_OBJECT: Mapping[str, Callable[[msgspec.Raw], Any]] = {
    kind: msgspec.json.Decoder(shape).decode
    for kind, shape in {
        "payment_intent.succeeded": _Intent,
        "checkout.session.completed": _Session,
        "checkout.session.async_payment_succeeded": _Session,
        "charge.refunded": _Charge,
        "charge.dispute.created": _Dispute,
    }.items()
}


def read_event(body: bytes, *, received_at: datetime, advice_id: str) -> Advice | None:
    """What an event says of money; None where it says nothing that concerns a ledger.

    A checkout that was paid is told of twice: by its session and by its payment intent. Both carry the intent's id,
    so the money is posted once, whichever comes first.

    Raises:
        EventUnreadable: it is no event, or lacks what its type has.
    """
    event: _Event = _decoded(body, _read_event)
    read = _READ_OBJECT.get(event.type)
    if read is None:
        return None
    told = _money(_decoded(event.data.object, read))
    if told is None:
        return None
    said = told.pop("metadata") or {}
    amount, currency = _ours(told.pop("amount"), told.pop("currency"))
    tenant_id = said.get("tenant_id", "").strip()
    return Advice(
        id=advice_id,
        provider=PROVIDER,
        event_id=event.id,
        type=event.type,
        tenant_id=tenant_id if is_name(tenant_id) else None,
        invoices=tuple(name for each in said.get("invoice_ids", "").split(",") if is_name(name := each.strip()))[:200],
        amount=amount,
        currency=currency,
        at=datetime.fromtimestamp(event.created, UTC),
        received_at=received_at,
        **told,
    )


def _money(said: msgspec.Struct) -> dict[str, Any] | None:
    """What kind of advice an object is, with its payment and amount; None where no money moved."""
    if isinstance(said, _Intent):
        named: dict[str, Any] = {"kind": AdviceKind.PAYMENT, "payment_id": said.id, "amount": said.amount_received}
    elif isinstance(said, _Session):
        if said.payment_status != "paid" or said.payment_intent is None or said.amount_total is None:
            return None
        named = {"kind": AdviceKind.PAYMENT, "payment_id": said.payment_intent, "amount": said.amount_total}
    elif isinstance(said, _Charge):
        payment = said.payment_intent or said.id
        named = {"kind": AdviceKind.REFUND, "payment_id": payment, "amount": said.amount_refunded}
    else:
        assert isinstance(said, _Dispute), "BUG: an object that nobody reads"
        payment = said.payment_intent or said.charge
        named = {"kind": AdviceKind.DISPUTE, "payment_id": payment, "amount": said.amount}
    note = f"Stripe {said.id}: {said.reason}" if isinstance(said, _Dispute) else ""
    return {**named, "currency": said.currency or "", "metadata": said.metadata, "note": note}


def _ours(amount: int, currency: str) -> tuple[int, str]:
    """An amount of Stripe's smallest units in ours."""
    code = currency.upper()
    theirs, ours = _UNITS.get(code, (1, 1))
    if amount % theirs:
        raise EventUnreadable(problem=f"{amount} {code}")
    return amount // theirs * ours, code


def _decoded(body: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EventUnreadable(problem=str(error)[:200]) from None
