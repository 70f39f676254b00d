"""What a decision rested on, for staff: each rule that matched, the values that it read, and its sentence.

A decision is explained by the policy that made it, whatever is in force today: policies are immutable and the record
holds every value, so the same explanation comes out years later.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.errors import NotFound
from frostgate.base.model import Language
from frostgate.base.wire import from_json
from frostgate.events import store as events
from frostgate.events.model import Event
from frostgate.events.store import Stored, data_text
from frostgate.rules import decision as record
from frostgate.rules import store
from frostgate.rules.changed_words import Difference
from frostgate.rules.decision import Decision, absent
from frostgate.rules.journey import JourneyUnknown, JourneyView, view
from frostgate.rules.judge import Judge, judge_by
from frostgate.rules.model import Hit, Judgement, Verdict
from frostgate.signals.geo import ATTRIBUTION
from frostgate.signals.model import Unknown, Value
from frostgate.signals.travel import Travel

SHORTLY = timedelta(minutes=10)


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule that matched, and its sentence: what the sender of an event hears."""

    rule: str
    verdict: str
    cause: str
    says: Mapping[str, str]  # per language
    shadow: bool = False
    guarded: bool = False


class StaffReason(Reason, frozen=True, kw_only=True):
    """The same with what it rested on."""

    when: str  # the condition as its author wrote it
    values: Mapping[str, str]  # every signal that it reads, as people see it
    would_pass_if: tuple[tuple[Difference, ...], ...]  # any one of these, and of each everything in it


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with everything that it rested on."""

    decision: str
    tenant_id: str
    account_id: str
    verdict: str
    policy: int
    policy_name: str
    decided_at: datetime
    event: Mapping[str, Any]
    signals: Mapping[str, Any]
    reasons: tuple[StaffReason, ...]
    undecided: tuple[str, ...]
    holds: tuple[str, ...]
    journey: JourneyView | None  # behind travel.*, where a rule that matched reads it
    attribution: str = " ".join(ATTRIBUTION)  # its licence asks for it wherever places are shown


def explain(
    connection: sa.Connection, decision_id: str, *, tenant_id: str | None, language: Language = Language.EN
) -> Explanation | None:
    """The explanation of a decision of this tenant; None when it has no such decision."""
    stored = events.get_decision(connection, decision_id, tenant_id=tenant_id)
    if stored is None:
        return None
    judge = judge_of(connection, stored.policy)
    decision = record.read(stored.decision)
    values = values_of(judge, stored.event, decision)
    return Explanation(
        decision=stored.decision_id,
        tenant_id=stored.event.tenant_id,
        account_id=stored.event.data.account,
        verdict=Verdict(stored.verdict).word,
        policy=stored.policy,
        policy_name=judge.policy.name,
        decided_at=stored.event.received_at,
        event=event_of(stored),
        signals={
            name: {"unknown": value.reason} if isinstance(value, Unknown) else value
            for name, value in zip(judge.names[stored.event.type], values, strict=True)
        },
        reasons=tuple(_staff_reason(judge, hit, values, decision, language) for hit in decision.hits),
        undecided=decision.undecided,
        holds=decision.holds,
        journey=None if decision.journey is None else view(decision.journey),
    )


def journey_of(connection: sa.Connection, decision_id: str, *, tenant_id: str | None) -> tuple[Travel, Event]:
    """The journey that a decision rests on, and the event that it was made about.

    Raises:
        NotFound: this tenant has no such decision.
        JourneyUnknown: none of its rules reads a journey, or it was made before journeys were kept.
    """
    stored = events.get_decision(connection, decision_id, tenant_id=tenant_id)
    if stored is None:
        raise NotFound
    journey = record.read(stored.decision).journey
    if journey is None:
        raise JourneyUnknown
    return journey, stored.event


def rejudge(connection: sa.Connection, stored: Stored) -> Judgement:
    """Judge a stored event again from its record alone: what comes out is what came out then."""
    judge = judge_of(connection, stored.policy)
    return judge.judge(stored.event.type, values_of(judge, stored.event, record.read(stored.decision)))


def judge_of(connection: sa.Connection, number: int) -> Judge:
    """The judge of a policy that was in force once."""
    published = store.get(connection, number)
    assert published is not None, f"BUG: a decision by policy {number}, which is not stored"
    return judge_by(published.source, published.number)


def values_of(judge: Judge, event: Event, decision: Decision) -> tuple[Value, ...]:
    """The values as they were judged: fields from the event, the others from the record."""
    prefix = f"{event.type.value}."
    values: list[Value] = []
    for name in judge.names[event.type]:
        if name in decision.signals:
            values.append(decision.signals[name])
        else:
            field = getattr(event.data, name.removeprefix(prefix), None)
            values.append(absent(name) if field is None else field)
    return tuple(values)


def event_of(stored: Stored) -> dict[str, Any]:
    """An event as staff read it."""
    event = stored.event
    return {
        "source": event.source,
        "id": event.id,
        "type": event.type.value,
        "time": event.time,
        "received_at": event.received_at,
        "verdict": Verdict(stored.verdict).word,
        "decision": stored.decision_id,
        "data": from_json(data_text(event.data)),
    }


def reason(judge: Judge, hit: Hit, values: tuple[Value, ...], decision: Decision) -> Reason:
    """Why one rule matched, in both languages."""
    return Reason(
        rule=hit.rule,
        verdict=hit.verdict.word,
        cause=hit.cause,
        says={each.value: judge.explain(hit, values, each.value) for each in Language},
        shadow=hit.shadow,
        guarded=hit.rule in decision.guarded,
    )


def _staff_reason(
    judge: Judge, hit: Hit, values: tuple[Value, ...], decision: Decision, language: Language
) -> StaffReason:
    rule = judge.rule(hit.rule)
    short = msgspec.structs.asdict(reason(judge, hit, values, decision))
    return StaffReason(
        **short,
        when=rule.when,
        values=judge.shown(rule, values, language.value),
        would_pass_if=judge.would_pass(hit.rule, values),
    )


class EvidenceBook:
    """What a case rests on, for the rooms that show cases, in their reader's language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def decision(self, connection: sa.Connection, decision_id: str, tenant_id: str) -> Explanation | None:
        """The decision, explained; None where its event was kept no longer."""
        return explain(connection, decision_id, tenant_id=tenant_id, language=self._language)

    def events_around(
        self, connection: sa.Connection, account_id: str, tenant_id: str, at: datetime
    ) -> list[dict[str, Any]]:
        """What the account did before and shortly after, oldest first."""
        found = events.around(connection, tenant_id=tenant_id, account_id=account_id, at=at + SHORTLY)
        return [event_of(stored) for stored in found]
