"""The only place where objects are joined: rooms to their facts, the program to its parts."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from frostgate.base.clock import Clock, SystemClock
from frostgate.base.database import Database, micros
from frostgate.base.errors import Conflict
from frostgate.base.ids import Ids
from frostgate.base.journal import last_number
from frostgate.base.migrations import upgrade
from frostgate.base.model import SYSTEM, Actor, Fact
from frostgate.base.money import CURRENCIES
from frostgate.base.reconciler import Reconciler
from frostgate.base.uow import Reaction, Tx, UnitOfWork
from frostgate.billing.alerts import looking as alerts
from frostgate.billing.alerts.looking import BALANCE_MOVED
from frostgate.billing.alerts.records import ContactChanged
from frostgate.billing.dunning import service as dunning
from frostgate.billing.dunning.service import LESS_OWED, MORE_OWED
from frostgate.billing.invoicing.booking import EventBooks
from frostgate.billing.ledger.facts import EntryReversed
from frostgate.billing.ledger.proposals import ApprovalLimits
from frostgate.billing.payments.stripe import StripeWebhooks
from frostgate.cases import reactions as cases
from frostgate.config import Mail, Settings, SettingsRefused
from frostgate.config import Sms as SmsSettings
from frostgate.decide import Answer, Decider
from frostgate.directory.admission import TenantRules
from frostgate.directory.auth import Authenticator
from frostgate.directory.declared import FACTS, Declared
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.passkeys import RelyingParty, is_page_of
from frostgate.directory.factors.vault import KEY_FILE_ENDS, Vault
from frostgate.directory.model import OperatorChanged, TenantChanged, TenantCreated, TokenRevoked
from frostgate.directory.passwords import Passwords
from frostgate.directory.service import ensure_account
from frostgate.enforcement.gate import Gate
from frostgate.enforcement.register import Register
from frostgate.enforcement.service import Enforcement
from frostgate.events.intake import Intake
from frostgate.limits import buckets
from frostgate.limits.book import Book
from frostgate.limits.meter import Meter
from frostgate.limits.model import CHANGES as LIMITS_CHANGED
from frostgate.notices import service as notices
from frostgate.notices.channels.email import Email, Smtp
from frostgate.notices.channels.sms import Sms, Texting
from frostgate.notices.deliver import Carrier, Deliver
from frostgate.notices.model import Channel, Notice, NoticeSent, NoticeUndeliverable
from frostgate.notices.providers import alibaba, tencent
from frostgate.notices.providers.model import Access
from frostgate.notices.render import Renderer, Site
from frostgate.policy_files import shipped_policy
from frostgate.rules import service as rules
from frostgate.rules import store as policies
from frostgate.rules.parse import load
from frostgate.rules.running import Running
from frostgate.rules.service import PolicyPublished
from frostgate.signals.geo import Places
from frostgate.signals.network import Networks
from frostgate.standing.answering import is_held
from frostgate.standing.model import Hold, HoldPlaced, HoldReleased

log = structlog.get_logger("frostgate.app")


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
        self.uow = UnitOfWork(self.database, clock=self.clock, ids=Ids(), reactions=self._reactions())
        self.tenants = TenantRules(self.uow)
        self.book = Book(self.uow)
        self.meter = Meter(self.book, clock=self.clock)
        self.declared = Declared(self.uow)
        self.factors = _factors(settings, self.database)
        self.stripe = StripeWebhooks(settings.billing.stripe_secrets)
        self.approval_limits = _approval_limits(settings.billing.approval_above)
        self.gate = Gate(
            self.register,
            knows=self.tenants.knows,
            where=f"{settings.address}/help",
            emergency=settings.emergency_numbers,
        )
        self.running = Running(Places(*map(Path, settings.geo.files)), Networks(), self.declared)
        self.decider = Decider(self.uow, self.running, self.tenants, self.register, EventBooks())
        self.intake: Intake[Answer] = Intake(self.decider.process)
        self.renderer = _renderer(settings)
        carriers = _carriers(settings, self.clock)
        self.channels = frozenset(carriers)
        self.delivery: Reconciler[Notice] = Reconciler(Deliver(self.renderer, carriers), self.uow)

    def _reactions(self) -> Mapping[type[Fact], Sequence[Reaction]]:
        """What follows from what, in order, inside the transaction that states the fact."""
        return {
            HoldPlaced: (
                _register_account,
                self.enforcement.want,
                cases.open_for_hold,
                notices.owe_for_hold_placed,
                self._wake_delivery,
            ),
            HoldReleased: (
                self.enforcement.want,
                cases.close_for_release,
                notices.owe_for_hold_released,
                self._learn_from_release,
                self._wake_delivery,
            ),
            NoticeUndeliverable: (cases.open_for_undeliverable,),
            NoticeSent: (dunning.reconsider_told,),
            **dict.fromkeys(BALANCE_MOVED, (alerts.hasten,)),
            **dict.fromkeys(MORE_OWED, (dunning.reconsider_after, self._wake_delivery)),
            EntryReversed: (dunning.reconsider_after, alerts.hasten, self._wake_delivery),
            **dict.fromkeys(LESS_OWED, (dunning.reconsider_debtor, self._wake_delivery)),
            ContactChanged: (self._wake_delivery,),
            PolicyPublished: (self._adopt,),
            TokenRevoked: (self.authenticator.forget_after,),
            OperatorChanged: (self.authenticator.forget_after,),
            TenantCreated: (self._forget_tenants,),
            TenantChanged: (self._forget_tenants, self._reread_limits, dunning.reconsider_debtor),
            **dict.fromkeys(LIMITS_CHANGED, (self._reread_limits,)),
            **dict.fromkeys(FACTS, (self._follow_declared,)),
        }

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

    def follow(self) -> None:
        """Take over what other processes changed: standings, tenants, what they declared, the policy.

        Whatever it takes over was stated as a fact: where the journal has not grown there is nothing to read. It is
        asked several times a second, and whatever it did more would be in the way of those who wait.
        """
        with self.uow.look() as connection:
            number = last_number(connection)
        if number == self._followed:
            return
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

    def _have_done(self, errand: str, do: Callable[[], None]) -> None:
        """Hand the intake's thread an errand for which nobody waits: where it fails, the log says so."""
        self.intake.run_between(do).add_done_callback(partial(_log_failure, errand))

    def _wake_delivery(self, tx: Tx, fact: Fact, actor: Actor) -> None:
        tx.after_commit(self.delivery.wake)

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


def _renderer(settings: Settings) -> Renderer:
    help_url, check_url = f"{settings.address}/help", f"{settings.address}/verify"
    return Renderer(Site(platform=settings.platform, help_url=help_url, check_url=check_url))


def _factors(settings: Settings, database: Database) -> FactorKit:
    """What second factors stand on. Without a key of the operator's, one is made beside SQLite's file on first use."""
    chosen, file = settings.factors, database.url.database
    if (chosen.rp_id is None) != (not chosen.origins):
        raise SettingsRefused(problem="factors.rp_id and factors.origins go together")
    party = None
    if chosen.rp_id is not None:
        for origin in chosen.origins:
            if not is_page_of(origin, chosen.rp_id):
                raise SettingsRefused(problem=f"factors.origins: no page of {chosen.rp_id} has the origin {origin}")
        party = RelyingParty(id=chosen.rp_id, name=chosen.rp_name or settings.platform, origins=chosen.origins)
    key_file = Path(file + KEY_FILE_ENDS) if database.is_sqlite and file else None
    try:
        vault = Vault(chosen.keys, key_file=key_file)
    except ValueError:
        raise SettingsRefused(problem="factors.keys: each is 32 bytes in base64url") from None
    return FactorKit(vault=vault, issuer=settings.platform, party=party, is_held=is_held)


def _approval_limits(named: Mapping[str, int]) -> ApprovalLimits:
    """What one person may give away; an environment's variables have no capitals for currencies."""
    above = {currency.upper(): amount for currency, amount in named.items()}
    if above.keys() - CURRENCIES or min(above.values(), default=0) < 0:
        raise SettingsRefused(problem="billing.approval_above: currencies, and minor units that are not negative")
    return ApprovalLimits(above)


def _carriers(settings: Settings, clock: Clock) -> Mapping[Channel, Carrier]:
    """The ways that notices can travel here."""
    email, texting = Email(_smtp(settings.mail), clock=clock), _texting(settings.sms)
    return {Channel.EMAIL: email} | ({Channel.SMS: Sms(texting, clock=clock)} if texting else {})


def _texting(sms: SmsSettings) -> Texting | None:
    if sms.provider is None:
        if sms != SmsSettings():
            raise SettingsRefused(problem="sms.provider is missing: alibaba or tencent")
        return None
    endpoint = sms.endpoint or (alibaba.ENDPOINT if sms.provider == "alibaba" else tencent.ENDPOINT)
    access = Access(
        key_id=sms.key_id,
        key_secret=sms.key_secret,
        sign_name=sms.sign_name,
        endpoint=endpoint.rstrip("/"),
        app_id=sms.app_id,
        region=sms.region,
    )
    try:
        return Texting(
            provider=sms.provider,
            access=access,
            templates=sms.templates,
            timeout=timedelta(seconds=sms.timeout),
        )
    except ValueError as error:
        raise SettingsRefused(problem=str(error)) from None


def _smtp(mail: Mail) -> Smtp:
    try:
        return Smtp(
            host=mail.host,
            port=mail.port,
            sender=mail.sender,
            sender_name=mail.sender_name,
            security=mail.security,
            username=mail.username,
            password=mail.password,
            timeout=timedelta(seconds=mail.timeout),
            ca_file=mail.ca_file,
        )
    except ValueError as error:
        raise SettingsRefused(problem=str(error).replace("smtp.", "mail.")) from None
