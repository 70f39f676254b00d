"""Decisions as JSON, one a line: equal logs and policies give equal bytes, because nothing in them is of today."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from frostgate.base.clock import iso
from frostgate.events.model import Event
from frostgate.replay.model import Outcome
from frostgate.rules.judge import Judge
from frostgate.rules.model import LANGUAGES, Hit
from frostgate.signals.catalogue import fields

_encode = msgspec.json.Encoder(order="sorted").encode


def decision_id(event: Event, policy_digest: str) -> str:
    """The id of the decision about an event under a policy: 32 hexadecimal digits."""
    named = msgspec.json.encode((policy_digest, event.tenant_id, event.source, event.id))
    return sha256(named).hexdigest()[:32]


def line(outcome: Outcome, judge: Judge) -> bytes:
    """The decision about one event, with its line end."""
    event, judgement = outcome.event, outcome.judgement
    digest = judge.policy.digest
    sent = {f"{event.type.value}.{name}" for name in fields(event.type)}  # these stand in the event
    record: dict[str, Any] = {
        "id": decision_id(event, digest),
        "policy": digest,
        "verdict": outcome.verdict.word,
        "event": {
            "tenant": event.tenant_id,
            "source": event.source,
            "id": event.id,
            "type": event.type.value,
            "time": iso(event.time),
            "data": _sent(event),
        },
        "signals": {
            name: value for name, value in zip(judge.names[event.type], outcome.values, strict=True) if name not in sent
        },
    }
    if judgement is None:
        record["refused"] = "account.frozen"
    else:
        record["hits"] = [_hit(outcome, judge, hit) for hit in judgement.hits]
        record["undecided"] = judgement.undecided
    return _encode(record) + b"\n"


def _sent(event: Event) -> Mapping[str, Any]:
    """An event's data without the fields that it did not send."""
    return {name: value for name, value in msgspec.structs.asdict(event.data).items() if value is not None}


def _hit(outcome: Outcome, judge: Judge, hit: Hit) -> Mapping[str, Any]:
    return {
        "rule": hit.rule,
        "verdict": hit.verdict.word,
        "cause": hit.cause,
        "shadow": hit.shadow,
        "evidence_key": judge.evidence_key(hit.rule, outcome.values),
        "says": {language: judge.explain(hit, outcome.values, language) for language in LANGUAGES},
    }
