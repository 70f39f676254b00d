"""The whole sentence for one event: signals are read, rules give a verdict, the verdict places holds.

`Decider.decide` is the sentence; everything else here keeps it honest: an event that is told twice is decided once, a
slice of events is saved with its consequences or not at all, and memory never runs ahead of what was saved.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import structlog

from frostgate.base.errors import Conflict, Refused, StoreUnavailable
from frostgate.base.model import Actor, ActorKind
from frostgate.base.problems import Internal
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.events import store
from frostgate.events.disowned import disowned_of, disowned_since
from frostgate.events.errors import AccountUnknown, IdReused
from frostgate.events.intake import Enough
from frostgate.events.model import Billing, Event, Login
from frostgate.events.store import Stored
from frostgate.rules import decision as record
from frostgate.rules.answer import Answer, answer_of
from frostgate.rules.decision import Decision
from frostgate.rules.explain import judge_of, values_of
from frostgate.rules.model import TURNED_AWAY, Effect, Hit, Judgement, Verdict
from frostgate.rules.running import Running
from frostgate.signals.model import Value
from frostgate.standing.model import EVERY_SERVICE, Cause, Glimpse, Hold, Kind, Permit, Service, Subject
from frostgate.standing.service import place_hold
from frostgate.standing.store import is_spent, list_holds, released_as_own

log = structlog.get_logger("frostgate.decide")

# How late a release may come into sight, or the clock be that it was timed by, and still be learned from at once.
OVERLAP = timedelta(seconds=60)

# Which hold a verdict places. A throttle places none: it lasts as long as the answer says. Nor does a refusal.
PLACES = {Verdict.CHALLENGE: Kind.CHALLENGE, Verdict.LIMIT: Kind.LIMIT, Verdict.FREEZE: Kind.FREEZE}


class Accounts(Protocol):
    """What deciding asks of the directory."""

    def unknown(self, tx: Tx, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (tenant, account) the tenant wants refused because nobody registered them."""
        ...


class Standings(Protocol):
    """What deciding asks of the register."""

    def permit(self, tenant_id: str, account_id: str, service: str) -> tuple[Permit, Any]:
        """What an account's standing permits."""
        ...


class Books(Protocol):
    """What deciding asks of billing, about billing events only."""

    def check(self, tx: Tx, event: Event) -> None:
        """Pass an event that `post` will take.

        Raises:
            Refused: it will not.
        """
        ...

    def post(self, tx: Tx, event: Event) -> None:
        """Count what was used, or post what was charged or paid; an event that was posted before changes nothing."""
        ...


class Decider:
    """Decides slices of events. One thread calls it, and owns the memory of signals that it reads and teaches."""

    def __init__(
        self, uow: UnitOfWork, running: Running, accounts: Accounts, standings: Standings, books: Books
    ) -> None:
        self.uow = uow
        self.running = running
        self.accounts = accounts
        self.standings = standings
        self.books = books
        self._held_in_slice: set[tuple[str, str]] = set()  # what the register will know after the commit
        self.decided = dict.fromkeys((verdict.word for verdict in Verdict), 0)  # since the start, for the metrics
        self._memory_is_ahead = False
        self._learned_at: datetime | None = None

    def start(self) -> None:
        """Take up the policy in force, with everything that its windows and people's findings have taught."""
        self.running.start(self.uow)
        self._relearn()

    def process(
        self, incoming: Sequence[Event], enough: Enough = lambda _: False, *, again: bool = False
    ) -> list[Answer | Refused]:
        """Decide a slice in one transaction; an answer for each event, in order, once all is saved.

        It ends early, with at least one answer, once `enough` says so of the number of answers. `again` is set for the
        second try of one event that another process saved while we decided it.

        Raises:
            StoreUnavailable: nothing of the slice was saved, and memory is as if it had never come.
        """
        if self._memory_is_ahead:
            self.running.recover(self.uow)
            self._relearn()
        self._memory_is_ahead = True
        try:
            answers = self._slice(incoming, enough)
        except StoreUnavailable:
            raise
        except Exception as error:
            # One event met a fault of ours, or a refusal. Alone, each of the others is still decided.
            log.exception("a slice failed", events=len(incoming))
            if len(incoming) == 1:
                if isinstance(error, Conflict) and not again:
                    return self.process(incoming, enough, again=True)  # by now it is a repeat, with its first verdict
                return [error if isinstance(error, Refused) else Internal()]
            return [answer for event in incoming for answer in self.process([event])]
        self._memory_is_ahead = False
        return answers

    def snapshot(self, tx: Tx) -> int:
        """Save memory; bytes written, 0 where there is nothing to save, or nothing that the store knows of."""
        return 0 if self._memory_is_ahead else self.running.snapshot(tx)

    def learn_from(self, hold: Hold) -> None:
        """The sign-in behind a released hold was the holder's own: remember its place and device."""
        if hold.decision_id is None:
            return
        tenant_id, account_id = hold.subject.tenant_id, hold.subject.account_id or ""
        with self.uow.look() as connection:
            stored = store.get_decision(connection, hold.decision_id, tenant_id=tenant_id)
            strangers = disowned_of(connection, tenant_id=tenant_id, account_id=account_id)
        if stored is not None and stored.decision_id not in strangers:
            self.running.teach(stored.event)

    def learn_anew(self, tenant_id: str, account_id: str) -> None:
        """The holder said whose sign-ins were: forget what strangers' alone taught."""
        with self.uow.look() as connection:
            strangers = disowned_of(connection, tenant_id=tenant_id, account_id=account_id)
            released = list_holds(connection, tenant_id=tenant_id, account_id=account_id, include_released=True)
        self.running.unteach((tenant_id, account_id), self.uow, strangers)
        for hold in released:
            if hold.was_own_sign_in:
                self.learn_from(hold)

    def learn_from_releases(self) -> None:
        """Learn from what was released since the last time, by whichever process, and forget what holders disowned.

        To do either twice does no harm.
        """
        now = self.uow.clock.now()
        kept = timedelta(seconds=self.running.policy.keep_events_seconds)
        since = now - kept if self._learned_at is None else self._learned_at - OVERLAP
        with self.uow.look() as connection:
            released = released_as_own(connection, since=since)
            strangers = disowned_since(connection, since)
        for account in strangers:
            self.learn_anew(*account)
        for hold in released:
            self.learn_from(hold)
        self._learned_at = now

    def _relearn(self) -> None:
        self._learned_at = None
        self.learn_from_releases()

    def _slice(self, incoming: Sequence[Event], enough: Enough) -> list[Answer | Refused]:
        self._held_in_slice.clear()
        with self.uow.begin(head_first=False) as tx:
            before = store.find_repeats(tx.connection, incoming)
            refused = self.accounts.unknown(tx, ((event.tenant_id, event.data.account) for event in incoming))
            rows: list[tuple[Any, ...]] = []
            answers: list[Answer | Refused] = []
            fresh: dict[tuple[str, str, str], tuple[Event, Answer]] = {}
            for event in incoming:
                if answers and enough(len(answers)):
                    break
                key = (event.tenant_id, event.source, event.id)
                if key in before:
                    answers.append(_repeat(tx, event, before[key]))
                elif key in fresh:
                    answers.append(_repeat_in_slice(event, *fresh[key]))
                elif refused and (event.tenant_id, event.data.account) in refused:
                    answers.append(AccountUnknown(pointer="/data/account"))
                elif (unpostable := self._unpostable(tx, event)) is not None:
                    answers.append(unpostable)
                else:
                    answer, row = self.decide(tx, event)
                    fresh[key] = (event, answer)
                    rows.append(row)
                    answers.append(answer)
            if rows:
                store.add_all(tx.connection, rows)
                seq = store.last_seq(tx.connection)
                tx.after_commit(lambda: self._saved(seq, [answer for _, answer in fresh.values()]))
        return answers

    def _saved(self, seq: int, answers: Sequence[Answer]) -> None:
        self.running.saved(seq)
        for answer in answers:
            self.decided[answer.verdict] += 1

    def _unpostable(self, tx: Tx, event: Event) -> Refused | None:
        """Why a billing event cannot be posted: asked before memory counts it, so that it alone is refused."""
        if isinstance(event.data, Billing):
            try:
                self.books.check(tx, event)
            except StoreUnavailable:
                raise
            except Refused as refused:
                return refused
        return None

    def decide(self, tx: Tx, event: Event) -> tuple[Answer, tuple[Any, ...]]:
        """Decide one event: the sentence of the README, in its order. The answer, and the row to save."""
        running = self.running
        values = running.reader.read(event)
        judgement = running.judge.judge(event.type, values)
        decision_id = tx.new_id()
        guarded: tuple[str, ...] = ()
        holds: tuple[str, ...] = ()
        verdict = judgement.verdict
        if verdict is not Verdict.ALLOW:
            guarded, holds = self._bring_down(tx, event, values, judgement, decision_id)
            verdict = record.effective(judgement.hits, guarded)
        if isinstance(event.data, Billing) and verdict not in TURNED_AWAY:
            self.books.post(tx, event)
        journey = running.travelled(event, judgement.hits) if judgement.hits else None
        set_aside = self._is_set_aside(event, verdict, guarded)
        running.reader.learn(event, frozen=set_aside)
        derived = running.derived(event.type, values)
        decision = Decision(derived, judgement.hits, judgement.undecided, guarded, holds, set_aside, journey)
        row = store.row(
            event,
            decision_id=decision_id,
            policy=running.number,
            verdict=verdict.value,
            decision=record.write(decision),
        )
        if verdict is Verdict.ALLOW and not judgement.hits and not judgement.undecided:
            return Answer(event.id, decision_id, "allow", running.number), row
        return answer_of(event.id, decision_id, verdict, running.number, decision, values, running.judge), row

    def _is_set_aside(self, event: Event, verdict: Verdict, guarded: Sequence[str]) -> bool:
        """Whether this is a sign-in that teaches nothing of where the account is at home.

        It was turned away; the account may not simply sign in now; or a rule did match, is only guarded, and the device
        is a stranger.
        """
        if not isinstance(event.data, Login):
            return False
        return verdict in TURNED_AWAY or self._is_held(event) or (bool(guarded) and self.running.is_strange(event))

    def _is_held(self, event: Event) -> bool:
        """Whether the account may not simply sign in: then a sign-in, even a successful one, is nobody's home."""
        account = (event.tenant_id, event.data.account)
        permit, _ = self.standings.permit(*account, Service.LOGIN.value)
        return permit is not Permit.ALLOWED or account in self._held_in_slice

    def _bring_down(
        self, tx: Tx, event: Event, values: tuple[Value, ...], judgement: Judgement, decision_id: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Place what the matching rules ask for: rules whose evidence was dealt with before, and holds.

        Of rules for one cause only the gravest place a hold: a challenge beside a freeze for the same sign-in would
        keep somebody out whom people have just let in again. And where that evidence was dealt with, it was for all.
        Where the event is refused nothing is placed at all: nobody got in, and the account must not pay for the try.
        """
        guarded: list[str] = []
        holds: list[str] = []
        for hits in _by_cause(judgement.hits):
            gravest = max(PLACES[hit.verdict] for hit in hits)
            placed = {
                hit.rule: self._place(tx, event, values, hit, decision_id) for hit in hits if _kind(hit) is gravest
            }
            found = [hold for hold in placed.values() if hold is not None]
            holds += [hold.id for hold in found]
            guarded += [hit.rule for hit in hits if placed.get(hit.rule) is None and (hit.rule in placed or not found)]
        return tuple(guarded), tuple(dict.fromkeys(holds))

    def _place(self, tx: Tx, event: Event, values: tuple[Value, ...], hit: Hit, decision_id: str) -> Hold | None:
        """The hold that one rule asks for, new or there already; None where its evidence was dealt with before."""
        subject = Subject(tenant_id=event.tenant_id, account_id=event.data.account)
        key = self.running.judge.evidence_key(hit.rule, values)
        tx.take_head()  # also so that nobody deals with this evidence between asking and placing
        if is_spent(tx.connection, subject, key, at=tx.now):
            return None
        hold = place_hold(
            tx,
            subject=subject,
            kind=_kind(hit),
            cause=Cause(hit.cause),
            services=_services(self.running.effect(hit.rule)),
            reason=hit.rule,
            evidence_key=key,
            decision_id=decision_id,
            guard_seconds=self.running.judge.guard_seconds(hit.rule),
            glimpse=Glimpse(places=self.running.journey(event), at=event.time),
            traces=self.running.traces(event, values),
            actor=Actor(ActorKind.RULE, hit.rule),
        )
        if Service.LOGIN in hold.services:
            self._held_in_slice.add((event.tenant_id, event.data.account))
        return hold


def _by_cause(hits: Sequence[Hit]) -> list[list[Hit]]:
    """The hits that place a hold, those for one cause together."""
    asking: dict[str, list[Hit]] = {}
    if any(hit.verdict is Verdict.REFUSE and not hit.shadow for hit in hits):
        return []
    for hit in hits:
        if hit.verdict in PLACES and not hit.shadow:
            asking.setdefault(hit.cause, []).append(hit)
    return list(asking.values())


def _kind(hit: Hit) -> Kind:
    return PLACES[hit.verdict]


def _services(effect: Effect) -> Iterable[Service]:
    return map(Service, effect.services) if effect.services else EVERY_SERVICE


def _repeat(tx: Tx, event: Event, stored: Stored) -> Answer | Refused:
    """The first verdict again, or a refusal where the same name now stands for other content."""
    if not _same(event, stored.event):
        return IdReused(pointer="/id")
    judge, decision = judge_of(tx.connection, stored.policy), record.read(stored.decision)
    values = values_of(judge, stored.event, decision)
    verdict = Verdict(stored.verdict)
    first = answer_of(event.id, stored.decision_id, verdict, stored.policy, decision, values, judge)
    return msgspec.structs.replace(first, repeated=True)


def _repeat_in_slice(event: Event, first: Event, answer: Answer) -> Answer | Refused:
    if not _same(event, first):
        return IdReused(pointer="/id")
    return msgspec.structs.replace(answer, repeated=True)


def _same(event: Event, first: Event) -> bool:
    """Whether this is the same event told twice. A sender that gives no time gets the time of each arrival."""
    told_time = event.time != event.received_at
    return event.type is first.type and event.data == first.data and (not told_time or event.time == first.time)
