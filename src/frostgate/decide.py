"""The whole sentence for one event: signals are read, rules give a verdict, the verdict places holds.

`Decider.decide` is the sentence; everything else here keeps it honest: an event that is told twice is decided once, a
slice of events is saved with its consequences or not at all, and memory never runs ahead of what was saved.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from frostgate.base.errors import Conflict, Refused, StoreUnavailable
from frostgate.base.model import Actor, ActorKind
from frostgate.base.problems import Internal
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.events import store
from frostgate.events.disowned import disowned_of, disowned_since
from frostgate.events.errors import AccountUnknown
from frostgate.events.intake import Ahead, Enough, at_once, never
from frostgate.events.model import Billing, Event, Login
from frostgate.rules import decision as record
from frostgate.rules.answer import Answer, answer_of
from frostgate.rules.decision import Decision
from frostgate.rules.model import TURNED_AWAY, Effect, Hit, Judgement, Verdict
from frostgate.rules.running import Running
from frostgate.signals.model import Value
from frostgate.slices import EarlierUnsaved, Slice
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

    def unknown(self, connection: sa.Connection, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
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
        self._memory_is_ahead = False  # of what was saved, or of what is being saved
        self._unsaved: tuple[Slice, Future[None]] | None = None  # what is being saved beside
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="saver")
        self._learned_at: datetime | None = None

    def start(self) -> None:
        """Take up the policy in force, with everything that its windows and people's findings have taught."""
        self.running.start(self.uow)
        self._relearn()

    def process(self, incoming: Sequence[Event], enough: Enough = never) -> Sequence[Answer | Refused]:
        """Decide a slice; an answer for each event, in order, once all is saved.

        It ends early, with at least one answer, once `enough` says so of the number of answers.

        Raises:
            StoreUnavailable: nothing of the slice was saved, and memory is as if it had never come.
        """
        _, answers = self._process(incoming, enough, self._save)
        return answers.result()

    def process_ahead(self, incoming: Sequence[Event], enough: Enough) -> Ahead[Answer]:
        """Decide a slice, and have it saved by another thread while the next is decided, or while `finish` waits.

        The next builds on it already; where it cannot be saved, what was built on it is decided again.

        Raises:
            StoreUnavailable: as for `process`. Whoever waits for a slice that cannot be saved later is told the same.
        """
        return self._process(incoming, enough, self._save_beside)

    def finish(self) -> bool:
        """Wait for what another thread saves. Whether all that was decided did come true.

        Of a slice that could not be saved each event is decided once more, unless the store takes nothing at all.
        """
        if self._unsaved is None:
            return True
        (part, saving), self._unsaved = self._unsaved, None
        try:
            saving.result()
            return True
        except StoreUnavailable as error:
            self._memory_is_ahead = True
            part.told.set_exception(error)
        except Exception:
            self._memory_is_ahead = True
            log.exception("a slice was not saved", events=len(part.answers))
            try:
                part.told.set_result(self._each_alone(part.events[: len(part.answers)]))
            except StoreUnavailable as error:
                part.told.set_exception(error)
        return False

    def stop(self) -> None:
        """Let go of the thread that saves; what was decided is saved by then."""
        self.finish()
        self._saver.shutdown()

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

    def _process(
        self, incoming: Sequence[Event], enough: Enough, save: Callable[[Slice], None], *, again: bool = False
    ) -> Ahead[Answer]:
        """`again` is set for the second try of one event that another process saved while we decided it."""
        if self._memory_is_ahead:
            self.finish()
            self.running.recover(self.uow)
            self._relearn()
        self._memory_is_ahead = True
        try:
            part = self._decide_all(incoming, enough)
            if not self.finish():
                raise EarlierUnsaved
            save(part)
        except StoreUnavailable:
            raise
        except EarlierUnsaved:
            return self._process(incoming, enough, save)
        except Exception as error:
            # One event met a fault of ours, or a refusal. Alone, each of the others is still decided.
            log.exception("a slice failed", events=len(incoming))
            if len(incoming) > 1:
                return len(incoming), at_once(self._each_alone(incoming))
            if isinstance(error, Conflict) and not again:
                # By now it is a repeat, with its first verdict.
                return self._process(incoming, enough, save, again=True)
            return 1, at_once([error if isinstance(error, Refused) else Internal()])
        self._memory_is_ahead = False
        return len(part.answers), part.told

    def _each_alone(self, incoming: Sequence[Event]) -> Sequence[Answer | Refused]:
        return [answer for event in incoming for answer in self.process([event])]

    def _decide_all(self, incoming: Sequence[Event], enough: Enough) -> Slice:
        """Decide events until that is enough. What was decided before and is not saved yet is known as well."""
        self._held_in_slice.clear()
        earlier = {} if self._unsaved is None else self._unsaved[0].fresh
        with self.uow.look() as connection:
            known = store.find_repeats(connection, incoming)
            refused = self.accounts.unknown(connection, ((event.tenant_id, event.data.account) for event in incoming))
        with Slice(self.uow, incoming, known=known, earlier=earlier, is_earlier_saved=self.finish) as part:
            for event in incoming:
                if part.answers and enough(len(part.answers)):
                    break
                answer = part.told_before(event)
                if answer is None and refused and (event.tenant_id, event.data.account) in refused:
                    answer = AccountUnknown(pointer="/data/account")
                if answer is None:
                    answer = self._unpostable(part, event)
                if answer is None:
                    part.keep(event, *self.decide(part, event))
                else:
                    part.answers.append(answer)
        return part

    def _save(self, part: Slice) -> None:
        part.save(self._saved)

    def _save_beside(self, part: Slice) -> None:
        """Have it saved by another thread, unless there is little to gain, or other rooms have to hear of it first."""
        if part.has_begun or not part.has_rows:
            self._save(part)
        else:
            self._unsaved = part, self._saver.submit(self._save, part)

    def _saved(self, seq: int, answers: Sequence[Answer]) -> None:
        self.running.saved(seq)
        for answer in answers:
            self.decided[answer.verdict] += 1

    def _unpostable(self, part: Slice, event: Event) -> Refused | None:
        """Why a billing event cannot be posted: asked before memory counts it, so that it alone is refused."""
        if isinstance(event.data, Billing):
            try:
                self.books.check(part.tx(), event)
            except StoreUnavailable:
                raise
            except Refused as refused:
                return refused
        return None

    def decide(self, part: Slice, event: Event) -> tuple[Answer, tuple[Any, ...]]:
        """Decide one event: the sentence of the README, in its order. The answer, and the row to save."""
        running = self.running
        values = running.reader.read(event)
        judgement = running.judge.judge(event.type, values)
        decision_id = part.new_id()
        guarded: tuple[str, ...] = ()
        holds: tuple[str, ...] = ()
        verdict = judgement.verdict
        if verdict is not Verdict.ALLOW:
            guarded, holds = self._bring_down(part, event, values, judgement, decision_id)
            verdict = record.effective(judgement.hits, guarded)
        if isinstance(event.data, Billing) and verdict not in TURNED_AWAY:
            self.books.post(part.tx(), event)
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
        self, part: Slice, event: Event, values: tuple[Value, ...], judgement: Judgement, decision_id: str
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
                hit.rule: self._place(part, event, values, hit, decision_id) for hit in hits if _kind(hit) is gravest
            }
            found = [hold for hold in placed.values() if hold is not None]
            holds += [hold.id for hold in found]
            guarded += [hit.rule for hit in hits if placed.get(hit.rule) is None and (hit.rule in placed or not found)]
        return tuple(guarded), tuple(dict.fromkeys(holds))

    def _place(self, part: Slice, event: Event, values: tuple[Value, ...], hit: Hit, decision_id: str) -> Hold | None:
        """The hold that one rule asks for, new or there already; None where its evidence was dealt with before."""
        subject = Subject(tenant_id=event.tenant_id, account_id=event.data.account)
        key = self.running.judge.evidence_key(hit.rule, values)
        tx = part.tx()
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
