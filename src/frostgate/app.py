"""The only place where objects are joined: rooms to their facts, the program to its parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import structlog

from frostgate import parts
from frostgate.appeals import reactions as appeals
from frostgate.appeals.model import NOTICED
from frostgate.base.clock import Clock, SystemClock
from frostgate.base.database import Database, micros
from frostgate.base.errors import Conflict
from frostgate.base.ids import Ids
from frostgate.base.journal import last_number, told_since
from frostgate.base.migrations import upgrade
from frostgate.base.model import SYSTEM, Actor, Fact
from frostgate.base.reconciler import Reconciler
from frostgate.base.uow import Reaction, Tx, UnitOfWork
from frostgate.billing.alerts import looking as alerts
from frostgate.billing.alerts.looking import BALANCE_MOVED
from frostgate.billing.dunning import service as dunning
from frostgate.billing.dunning.service import LESS_OWED, MORE_OWED
from frostgate.billing.invoicing.booking import EventBooks
from frostgate.billing.ledger.facts import Allocated, PaymentPosted
from frostgate.billing.payments.stripe import StripeWebhooks
from frostgate.cases import reactions as cases
from frostgate.cases.clock.model import Limit
from frostgate.cases.clock.records import CasesWaiting, ClockMissed, HolderAsked, HolderAwaited
from frostgate.cases.clock.service import MOVED, Clocks
from frostgate.cases.conditions import reactions as conditions
from frostgate.cases.conditions.records import (
    ConditionMet,
    ConditionNotDone,
    ConditionsLapsed,
    ConditionsSet,
    ConditionsTold,
    ConditionWaived,
)
from frostgate.cases.facts import BanApproved, CaseConfirmed, CaseDone, CaseKeptLonger, CaseOpened, ProposalWithdrawn
from frostgate.cases.groups import reactions as groups
from frostgate.cases.notes.model import CaseMentioned
from frostgate.checkups import reactions as checkups
from frostgate.checkups.model import CheckUpCodeSent, SignInClaimed, SignInsDisowned, StepDone
from frostgate.checkups.reviews import removing
from frostgate.checkups.reviews.model import ReviewCodeSent
from frostgate.config import Settings, checked_clock
from frostgate.decide import Decider
from frostgate.directory.admission import TenantRules
from frostgate.directory.auth import Authenticator
from frostgate.directory.declared import FACTS, Declared
from frostgate.directory.emergencies.model import EmergencyOpened
from frostgate.directory.factors.model import FactorConfirmed, FactorEnrolled
from frostgate.directory.managers.service import release_tenants
from frostgate.directory.model import OperatorChanged, SessionOpened, TenantChanged, TenantCreated, TokenRevoked
from frostgate.directory.networks.model import AllowlistChanged
from frostgate.directory.passwords import Passwords
from frostgate.directory.service import ensure_account
from frostgate.directory.sessions.listing import save_used
from frostgate.documents.licences import service as licences
from frostgate.documents.licences.model import Reading
from frostgate.documents.licences.reading import LEASE, TIMEOUT, ReadLicences
from frostgate.documents.model import DocumentDeleted, DocumentKept
from frostgate.enforcement.gate import Gate
from frostgate.enforcement.register import Register
from frostgate.enforcement.service import Enforcement
from frostgate.events.intake import Intake
from frostgate.limits import buckets
from frostgate.limits.book import Book
from frostgate.limits.meter import Meter
from frostgate.limits.model import CHANGES as LIMITS_CHANGED
from frostgate.limits.turnstile import turnstiles
from frostgate.notices import security
from frostgate.notices import service as notices
from frostgate.notices.contacts.records import ContactChanged
from frostgate.notices.deliver import Deliver
from frostgate.notices.facts import NoticeBounced, NoticeRerouted, NoticeSent, NoticeUndeliverable
from frostgate.notices.model import Channel, Notice
from frostgate.notices.receipts import texts
from frostgate.notices.staff import owe_for_cases_waiting, owe_for_emergency, owe_for_mention
from frostgate.policy_files import shipped_policy
from frostgate.rules import service as rules
from frostgate.rules import store as policies
from frostgate.rules.answer import Answer
from frostgate.rules.parse import load
from frostgate.rules.running import Running
from frostgate.rules.service import PolicyPublished
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks
from frostgate.standing.model import Hold, HoldPlaced, HoldReleased

log = structlog.get_logger("frostgate.app")

Row = tuple[Iterable[type[Fact]], Sequence[Reaction]]  # after each of these facts, all of that


class Program:
    """The running program. Tests and the demo build the same one, with a clock that they move by hand."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.database = Database(settings.database)
        self._prepared = False
        self._followed: int | None = None  # the journal's last number when all was taken over
        self.register = Register()
        self.enforcement = Enforcement(self.register)
        self.authenticator = Authenticator(self.database, clock=self.clock)
        self.passwords = Passwords()
        self.clocks = Clocks(checked_clock(settings.clock))
        self.missed = Counter[Limit]()  # promises about cases that were broken since the start
        self.alerting = parts.alerting(settings)
        self.by_text = parts.says_by_text(settings)
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions=self._reactions())
        self.tenants = TenantRules(self.uow)
        self.book = Book(self.uow)
        self.meter = Meter(self.book, clock=self.clock)
        self.turnstiles = turnstiles(self.clock)
        self.declared = Declared(self.uow)
        self.vault = parts.vault(settings, self.database)
        self.factors = parts.factors(settings, self.vault)
        self.sign_in = parts.sign_in(settings, self.factors, self.passwords)
        self.single_sign_on = parts.single_sign_on(settings, self.vault, self.passwords)
        self.documents = parts.documents(settings, self.vault)
        self.stripe = StripeWebhooks(settings.billing.stripe_secrets)
        self.approval_limits = parts.approval_limits(settings.billing.approval_above)
        self.gate = Gate(
            self.register,
            knows=self.tenants.knows,
            where=f"{settings.address}/help",
            emergency=settings.emergency_numbers,
        )
        self.running = Running(Places(*map(Path, settings.geo.files)), Networks(), self.declared)
        self.decider = Decider(self.uow, self.running, self.tenants, self.register, EventBooks())
        self.intake: Intake[Answer] = Intake(self.decider)
        self.door = parts.door(settings, self.vault)
        self.check_up_door = parts.check_up_door(settings, self.vault)
        self.review_door = parts.review_door(settings, self.vault)
        self.renderer = parts.renderer(
            settings, self.vault, appeal=self.door, check_up=self.check_up_door, review=self.review_door
        )
        self.receipt_keys = parts.receipt_keys(settings)
        self.carriers = parts.carriers(settings, self.vault, self.clock, self._keep_receipt)
        self.channels = frozenset(self.carriers) - {Channel.CHAT}  # by which customers can be told
        self.delivery: Reconciler[Notice] = Reconciler(
            Deliver(self.renderer, self.carriers, clock=self.clock), self.uow
        )
        self.reading = self._reading()

    def _reactions(self) -> Mapping[type[Fact], Sequence[Reaction]]:
        """What follows from what, in order, inside the transaction that states the fact.

        Rows that name the same fact add up, in their order.
        """
        joined: dict[type[Fact], tuple[Reaction, ...]] = {}
        for facts, reactions in (*self._of_holds_and_cases(), *self._of_money(), *self._of_people_and_papers()):
            for fact in facts:
                joined[fact] = (*joined.get(fact, ()), *reactions)
        return joined

    def _of_holds_and_cases(self) -> Sequence[Row]:
        kept = (partial(appeals.tell_kept, by_text=self.by_text), self._wake_delivery)
        return (
            (
                (HoldPlaced,),
                (
                    _register_account,
                    self.enforcement.want,
                    cases.open_for_hold,
                    groups.gather,
                    partial(notices.owe_for_hold_placed, by_text=self.by_text),
                    self._wake_delivery,
                ),
            ),
            (
                (HoldReleased,),
                (
                    self.enforcement.want,
                    cases.close_for_release,
                    conditions.overtake,
                    appeals.overtake,
                    checkups.begin_after_thaw,
                    partial(notices.owe_for_hold_released, by_text=self.by_text),
                    self._learn_from_release,
                    self._wake_delivery,
                ),
            ),
            ((CaseOpened,), (self.clocks.start,)),
            ((ConditionsSet,), (conditions.look_at_once, conditions.tell)),
            ((ConditionNotDone,), (conditions.tell_not_done,)),
            ((ConditionsSet, ConditionMet, ConditionWaived, ConditionNotDone), (appeals.run_on,)),
            ((ConditionsLapsed,), (conditions.tell_lapsed,)),
            ((ConditionsTold,), (partial(notices.owe_conditions, by_text=self.by_text), self._wake_delivery)),
            ((HolderAwaited,), (conditions.remind, appeals.remind, self._wake_delivery)),
            (MOVED, (self.clocks.follow,)),
            ((CaseDone,), (removing.leave_the_rest,)),
            ((CaseConfirmed, BanApproved), (appeals.keep_clock,)),
            ((CaseConfirmed, CaseKeptLonger), kept),
            ((ProposalWithdrawn,), (appeals.settle_clock,)),
            ((HolderAsked,), (partial(notices.owe_question, by_text=self.by_text), self._wake_delivery)),
            ((CasesWaiting,), (owe_for_cases_waiting, self.alerting.cases_waiting, self._wake_delivery)),
            ((CaseMentioned,), (owe_for_mention, self._wake_delivery)),
            ((ClockMissed,), (self._count_missed, self.alerting.clock_missed, self._wake_delivery)),
            (
                (NoticeUndeliverable,),
                (cases.open_for_undeliverable, self.alerting.undeliverable, self._wake_delivery),
            ),
        )

    def _of_money(self) -> Sequence[Row]:
        paid = partial(conditions.follow_payment, owes=dunning.owes_overdue)
        return (
            ((NoticeSent, NoticeBounced), (dunning.reconsider_told,)),
            ((NoticeRerouted,), (dunning.follow_rerouted, self._wake_delivery)),
            (BALANCE_MOVED, (alerts.hasten,)),
            (MORE_OWED, (dunning.reconsider_after, self._wake_delivery)),
            (LESS_OWED, (dunning.reconsider_debtor, self._wake_delivery)),
            # Of those, only money is a payment: not a dispute, and not what we take off a bill, now or before.
            ((PaymentPosted,), (paid, self._wake_delivery)),
            ((Allocated,), (_where_asked_for(paid), self._wake_delivery)),
        )

    def _of_people_and_papers(self) -> Sequence[Row]:
        zone = self.settings.clock.time_zone
        return (
            ((ContactChanged, *NOTICED, CheckUpCodeSent, ReviewCodeSent), (self._wake_delivery,)),
            ((StepDone,), (conditions.follow_step,)),
            ((SignInsDisowned, SignInClaimed), (self._learn_anew,)),
            ((DocumentKept,), (licences.want_reading, conditions.follow_document, self._wake_reading)),
            ((DocumentDeleted,), (licences.forget_reading,)),
            ((PolicyPublished,), (self._adopt,)),
            ((TokenRevoked,), (self.authenticator.forget_after, removing.follow_token)),
            ((OperatorChanged,), (release_tenants, removing.follow_operator)),
            ((EmergencyOpened,), (partial(owe_for_emergency, time_zone=zone), self._wake_delivery)),
            ((SessionOpened,), (partial(security.owe_for_new_place, time_zone=zone), self._wake_delivery)),
            ((FactorEnrolled, FactorConfirmed), (checkups.follow_factors, conditions.follow_factors)),
            (security.TOLD, (partial(security.owe_for_change, time_zone=zone), self._wake_delivery)),
            ((TenantCreated,), (self._forget_tenants,)),
            ((TenantChanged,), (self._forget_tenants, self._reread_limits, dunning.reconsider_debtor)),
            (LIMITS_CHANGED, (self._reread_limits,)),
            (FACTS, (self._follow_declared,)),
            ((AllowlistChanged,), (checkups.follow_allowlist,)),
        )

    def _reading(self) -> Reconciler[Reading] | None:
        """What reads licences, one at a time; without a reader they wait until there is one."""
        reader = self.documents.reader
        if reader is None:
            return None
        duty = ReadLicences(self.uow, self.documents, reader)
        return Reconciler(duty, self.uow, concurrency=1, timeout=TIMEOUT, lease=LEASE)

    def prepare(self) -> None:
        """Bring the database to this version's shape, publish a first policy, and remember what was counted. Once.

        Raises:
            StoreUnavailable: the database cannot be reached.
            PolicyRefused: the first policy, or the stored one, is not in order.
        """
        if self._prepared:
            return
        upgrade(self.database)
        with suppress(Conflict), self.uow.begin() as tx:  # another server, starting beside us, may publish it first
            if policies.newest(tx.connection) is None:
                path = Path(self.settings.policy) if self.settings.policy else shipped_policy()
                rules.publish(tx, load(path), actor=SYSTEM)
        self.enforcement.follow(self.uow)
        self.tenants.reload()
        self.declared.reload()
        self.book.reload()
        with self.uow.look() as connection:
            self.meter.load(buckets.load(connection, after=micros(self.clock.now())))
        self.decider.start()
        self._prepared = True

    def start(self) -> None:
        """Begin to take events."""
        self.prepare()
        self.intake.start()
        log.info("started", database=self.database.url.render_as_string(hide_password=True), policy=self.running.number)

    def stop(self) -> None:
        """Finish what is in hand, save memory, and let go of everything."""
        with ExitStack() as stack:
            stack.callback(self.database.close)
            stack.callback(self.save_memory)
            stack.callback(self.save_limits)
            stack.callback(self.save_sessions)
            stack.callback(self.decider.stop)
            stack.callback(self.intake.stop)
        log.info("stopped")

    def save_memory(self) -> None:
        """Save what the windows and profiles hold; only from the intake's thread, or once that has ended."""
        with self.uow.begin(head_first=False) as tx:
            written = self.decider.snapshot(tx)
        if written:
            log.info("memory saved", bytes=written)

    def save_limits(self) -> None:
        """Save what was taken from quotas, so that a restart does not hand out everything again."""
        self.meter.save(self.uow)

    def save_sessions(self) -> None:
        """Save when sessions were last used."""
        save_used(self.uow, self.authenticator)

    def follow(self) -> None:
        """Take over what other processes changed: standings, tenants, what they declared, the policy, revoked tokens.

        Whatever it takes over was stated as a fact: where the journal has not grown there is nothing to read. It is
        asked several times a second, and whatever it did more would be in the way of those who wait.
        """
        with self.uow.look() as connection:
            number = last_number(connection)
            if number == self._followed:
                return
            if self._followed is not None and told_since(connection, self._followed, {TokenRevoked.name}):
                self.authenticator.forget()
        self.enforcement.follow(self.uow)
        self.tenants.reload()
        self.declared.follow()
        self.book.follow()
        with self.uow.look() as connection:
            newest = policies.newest(connection)
        if newest is not None and newest.number > self.running.number:
            self._have_done("adopt policy", lambda: self.running.adopt(self.uow, newest))
        if self.intake.is_running:
            self._have_done("learn from releases", self.decider.learn_from_releases)
        self._followed = number  # as it was before: what came meanwhile is looked for next time

    def _adopt(self, tx: Tx, fact: PolicyPublished, actor: Actor) -> None:
        tx.after_commit(self._follow_if_running)

    def _follow_if_running(self) -> None:
        if self.intake.is_running:
            self.follow()

    def _learn_from_release(self, tx: Tx, fact: HoldReleased, actor: Actor) -> None:
        if fact.hold.was_own_sign_in:
            tx.after_commit(lambda: self._learn_later(fact.hold))

    def _learn_later(self, hold: Hold) -> None:
        """Memory belongs to the intake's thread. When that does not run, the next start learns from the store."""
        if self.intake.is_running:
            self._have_done("learn from a release", lambda: self.decider.learn_from(hold))

    def _learn_anew(self, tx: Tx, fact: SignInsDisowned | SignInClaimed, actor: Actor) -> None:
        """Memory belongs to the intake's thread. When that does not run, the next start learns from the store."""
        assert fact.tenant_id is not None, "BUG: a sign-in of nobody"
        learn = partial(self.decider.learn_anew, fact.tenant_id, fact.account_id)
        tx.after_commit(lambda: self._have_done("learn anew", learn) if self.intake.is_running else None)

    def _have_done(self, errand: str, do: Callable[[], None]) -> None:
        """Hand the intake's thread an errand for which nobody waits: where it fails, the log says so."""
        self.intake.run_between(do).add_done_callback(partial(_log_failure, errand))

    def _keep_receipt(self, receipt: texts.Said) -> None:
        with self.uow.begin() as tx:
            texts.delivered(tx, receipt.message_id, has_arrived=receipt.has_arrived, said=receipt.said)

    def _count_missed(self, tx: Tx, fact: ClockMissed, actor: Actor) -> None:
        tx.after_commit(partial(self.missed.update, (fact.limit,)))

    def _wake_delivery(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        tx.after_commit(self.delivery.wake)

    def _wake_reading(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        if self.reading is not None:
            tx.after_commit(self.reading.wake)

    def _reread_limits(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        self.book.reload_after(tx, fact, actor)

    def _forget_tenants(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        self.tenants.forget_after(tx, fact, actor)

    def _follow_declared(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        self.declared.follow_after(tx, fact, actor)


def _log_failure(errand: str, done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.error("errand failed", errand=errand, error=type(error).__name__, problem=str(error)[:300])


def _register_account(tx: Tx, fact: HoldPlaced, actor: Actor) -> None:
    """A hold may be on an account that nobody registered: from now on it has a line in the directory."""
    if fact.hold.subject.account_id is not None:
        ensure_account(tx, fact.hold.subject.tenant_id, fact.hold.subject.account_id)


def _where_asked_for(reaction: Reaction) -> Reaction:
    """What follows where somebody let money pay a bill, and not where credit went there by itself."""
    return lambda tx, fact, actor: None if fact.by_itself else reaction(tx, fact, actor)
