"""What happened: the event types and their data. Pure values, no IO.

An event says that an account did something at a time. `source` and `id` together name it for ever
(CloudEvents 1.0, section 3.1): the same pair again is the same event told twice.
"""

import enum
from datetime import datetime
from typing import Annotated, Literal

import msgspec

PREFIX = "io.frostgate."

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Ip = Annotated[str, msgspec.Meta(min_length=2, max_length=45)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class EventType(enum.StrEnum):
    """What kind of thing happened; the CloudEvents type is this with `io.frostgate.` before it."""

    LOGIN = "login"
    MESSAGE = "message"
    CALL = "call"
    STREAM = "stream"
    AI = "ai"
    API = "api"
    REPORT = "report"
    BILLING = "billing"


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody signed in as the account, or tried to."""

    account: Name
    ip: Ip
    outcome: Literal["success", "failure"]
    device: Name | None = None
    second_factor: bool | None = None
    user_agent: Annotated[str, msgspec.Meta(max_length=1024)] | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account sent a message. Give `recipients`, or only `recipient_count` where names must stay home.

    `failed`: how many of them it could not reach, or had blocked the account.
    """

    account: Name
    conversation: Name
    conversation_kind: Literal["private", "group"]
    recipients: Annotated[tuple[Name, ...], msgspec.Meta(max_length=5000)] | None = None
    recipient_count: Count | None = None
    failed: Count | None = None
    text: Annotated[str, msgspec.Meta(max_length=65_536)] | None = None
    media: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] | None = None
    ip: Ip | None = None
    device: Name | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account started, or was refused, a voice or video call."""

    account: Name
    medium: Literal["voice", "video"]
    channel: Name
    recipients: Annotated[tuple[Name, ...], msgspec.Meta(max_length=5000)] | None = None
    recipient_count: Count | None = None
    outcome: Literal["answered", "missed", "rejected", "failed"] | None = None
    seconds: Count | None = None
    ip: Ip | None = None
    device: Name | None = None


class Stream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account published to, or left, a live room."""

    account: Name
    room: Name
    phase: Literal["started", "ended"]
    title: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    viewers: Count | None = None
    ip: Ip | None = None
    device: Name | None = None


class Ai(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One turn with a conversational AI; `role` says who spoke it."""

    account: Name
    agent: Name
    role: Literal["person", "assistant"]
    text: Annotated[str, msgspec.Meta(max_length=65_536)] | None = None
    tokens: Count | None = None
    ip: Ip | None = None


class Api(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call of the platform's own API with a key of the account."""

    account: Name
    key: Name
    method: Name
    status: Annotated[int, msgspec.Meta(ge=100, le=599)] | None = None
    recipient_count: Count | None = None
    ip: Ip | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person complained about what `account` did (举报)."""

    account: Name
    reporter: Name
    category: Literal["sexual", "violent", "abusive", "gambling", "fraud", "illegal_trade", "spam", "other"]
    message: Name | None = None
    note: Annotated[str, msgspec.Meta(max_length=4096)] | None = None


class Billing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the tenant used, is charged or paid: `BILLING_FIELDS` says which kind has which fields.

    Usage is counted in messages, seconds or tokens and priced later; a charge and a payment are minor units (分, cents)
    of an ISO 4217 currency.
    """

    account: Name
    kind: Literal["usage", "charge", "payment"]
    unit: Literal["message", "voice_minute", "video_minute", "live_hour", "ai_token"] | None = None
    quantity: Annotated[int, msgspec.Meta(ge=0, le=10**12)] | None = None
    amount: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", min_length=3, max_length=3)] | None = None
    service: Literal["messaging", "voice", "video", "live", "conversational_ai"] | None = None
    reference: Name | None = None


# What each kind of billing event must say, and all that it may say of these.
BILLING_FIELDS = {
    "usage": frozenset({"unit", "quantity"}),
    "charge": frozenset({"amount", "currency", "service"}),
    "payment": frozenset({"amount", "currency"}),
}


def misfit(data: Billing) -> tuple[str, str] | None:
    """The first field that a billing event lacks, or that does not belong to its kind, and what is wrong with it."""
    own = BILLING_FIELDS[data.kind]
    for field in ("unit", "quantity", "amount", "currency", "service"):
        is_given = getattr(data, field) is not None
        if is_given != (field in own):
            return field, f"{data.kind} has no {field}" if is_given else f"{data.kind} needs {field}"
    return None


Data = Login | Message | Call | Stream | Ai | Api | Report | Billing

DATA: dict[EventType, type[Data]] = {
    EventType.LOGIN: Login,
    EventType.MESSAGE: Message,
    EventType.CALL: Call,
    EventType.STREAM: Stream,
    EventType.AI: Ai,
    EventType.API: Api,
    EventType.REPORT: Report,
    EventType.BILLING: Billing,
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as we received it."""

    tenant_id: str
    source: str
    id: str
    type: EventType
    time: datetime  # when it happened, by the sender's clock, in UTC
    received_at: datetime  # when it reached us
    data: Data
