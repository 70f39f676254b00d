"""The policy in force and the memory that it reads: what deciding needs, and how it survives a restart.

Memory is windows, profiles and habits. It is saved as a snapshot now and then, with the number of the last event that
it had seen; after a restart, or after a slice that could not be saved, the snapshot is loaded and the events since are
read again. Events are the truth, the snapshot only saves time: a window that no snapshot knows is filled from the
events of its own span, so a new policy does not begin blind. One thread owns all this.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Language
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory.declared import Declared
from frostgate.events import store as events
from frostgate.events.disowned import sign_ins
from frostgate.events.model import Event, EventType, Login
from frostgate.events.store import Stored
from frostgate.rules import decision, store
from frostgate.rules.decision import Derived
from frostgate.rules.judge import Judge, judge_by
from frostgate.rules.model import Effect, Hit
from frostgate.rules.policy import Policy
from frostgate.rules.store import Published
from frostgate.signals.catalogue import fields
from frostgate.signals.geo import Places
from frostgate.signals.habits import Habits
from frostgate.signals.model import Unknown, Value, Window
from frostgate.signals.network import Networks
from frostgate.signals.profile import Profiles
from frostgate.signals.reader import SignalReader
from frostgate.signals.traces import traces_of
from frostgate.signals.travel import Travel
from frostgate.signals.windows import fingerprint

log = structlog.get_logger("frostgate.running")

# The names under which a reader dumps them.
PROFILES, HABITS = f"profiles@{Profiles.fingerprint}", f"habits@{Habits.fingerprint}"
TEMPLATE = "message.template"  # the signal
# How far back habits are read again where no snapshot has them: likeness and gaps are of the latest few messages.
HABITS_COME_BACK = 2 * 86_400

snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("taken_at", Utc, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)


class Running:
    """A judge and a reader for the policy in force."""

    number: int
    policy: Policy
    judge: Judge
    reader: SignalReader

    def __init__(self, places: Places, networks: Networks, declared: Declared) -> None:
        self._places = places
        self._networks = networks
        self._declared = declared
        self._seq = 0
        self._has_news = False  # whether it decided events since it was saved
        # Where they begin among the values, and what holds them.
        self._derived: dict[EventType, tuple[int, type[Derived]]] = {}

    def start(self, uow: UnitOfWork) -> None:
        """Take up the policy in force and remember everything that it counts.

        Raises:
            PolicyRefused: the stored policy does not fit this version of Frostgate.
        """
        with uow.look() as connection:
            published = store.newest(connection)
        assert published is not None, "BUG: started before a policy was published"
        self._use(published)
        self.recover(uow)

    def adopt(self, uow: UnitOfWork, published: Published) -> None:
        """Go over to a newer policy: what both count goes on, what is new is filled from the stored events.

        Where that fails, the policy before stays in force with all its memory, and this can be tried again.
        """
        if published.number <= self.number:
            return
        policy = judge_by(published.source, published.number).policy
        reader = self._new_reader(policy)
        self._fill(uow, policy, reader, self.reader.dump())
        self._use(published)
        self.reader = reader
        log.info("policy in force", number=published.number, name=published.name)

    def recover(self, uow: UnitOfWork) -> None:
        """Make memory what the saved events say: load the snapshot, read what came after it."""
        with uow.look() as connection:
            rows = connection.execute(sa.select(snapshots)).all()
            self._seq = max((row.seq for row in rows), default=0)
        self.reader = self._new_reader(self.policy)
        self._fill(uow, self.policy, self.reader, {row.part: row.body for row in rows})
        kept = timedelta(seconds=self.policy.keep_events_seconds)
        with uow.look() as connection:
            for stored in events.after(connection, self._seq, since=uow.clock.now() - kept):
                _take_in(self.reader, stored)
                self._seq = stored.seq

    def saved(self, seq: int) -> None:
        """Memory now holds every event up to this number, and all of them are saved."""
        self._seq = seq
        self._has_news = True

    def snapshot(self, tx: Tx) -> int:
        """Save memory as it is; bytes written. Parts that the policy no longer has are dropped.

        A process that decided nothing since the last time has nothing to add (0), and what another one saved later
        than this one's last event is never put back.
        """
        newest = tx.execute(sa.select(sa.func.max(snapshots.c.seq))).scalar_one()
        if not self._has_news or (newest is not None and newest > self._seq):
            return 0
        parts = self.reader.dump()
        tx.execute(snapshots.delete())
        for part, body in parts.items():
            tx.execute(snapshots.insert().values(part=part, seq=self._seq, taken_at=tx.now, body=body))
        tx.after_commit(self._saved_memory)
        return sum(map(len, parts.values()))

    def teach(self, event: Event) -> None:
        """People found that a refused sign-in was the holder's own: its device and place are known from now on."""
        self.reader.learn(event, frozen=False)

    def unteach(self, account: tuple[str, str], uow: UnitOfWork, disowned: Collection[str]) -> None:
        """The holder said that sign-ins were not theirs: what these alone taught is known no longer.

        Forgets whatever they named and learns the account's other sign-ins again, because a stranger at the next desk
        has the holder's network. To do it twice does no harm.
        """
        tenant_id, account_id = account
        with uow.look() as connection:
            stored = sign_ins(connection, tenant_id=tenant_id, account_id=account_id)
        for each in stored:
            if each.decision_id in disowned:
                self.reader.forget(each.event)
        for each in stored:
            if each.decision_id not in disowned and not decision.read(each.decision).set_aside:
                self.reader.learn(each.event, frozen=False)

    def is_strange(self, event: Event) -> bool:
        """Whether an event names a device with which its account never signed in before, as far as we know."""
        return self.reader.profiles.is_strange(event)

    def travelled(self, event: Event, hits: Sequence[Hit]) -> Travel | None:
        """The journey of a sign-in, where a rule that matched reads it; to be asked before the sign-in is learned."""
        if not isinstance(event.data, Login) or not any(self.judge.rule(hit.rule).reads_travel for hit in hits):
            return None
        return self.reader.profiles.journey_of(event, self._places.locate(event.data.ip))

    def journey(self, event: Event) -> Mapping[str, tuple[str, ...]]:
        """Where the account was and where this sign-in came from, in words per language; empty for other events."""
        if not isinstance(event.data, Login):
            return {}
        known = self.reader.profiles.of((event.tenant_id, event.data.account)).places
        here = self._places.locate(event.data.ip)
        stops = [located.place for located in known[-1:]] + ([] if isinstance(here, Unknown) else [here])
        return {language.value: tuple(place.label(language.value) for place in stops) for language in Language}

    def traces(self, event: Event, values: Sequence[Value]) -> Mapping[str, str]:
        """What whoever is behind an event left, by which cases of one attack are told."""
        names = self.judge.names[event.type]
        return traces_of(event, values[names.index(TEMPLATE)] if TEMPLATE in names else None)

    def derived(self, on: EventType, values: Sequence[Value]) -> Derived:
        """The signals that do not stand in the event itself, as the record names them; some are always known."""
        first, record = self._derived[on]
        return record(*values[first:])

    def effect(self, rule_id: str) -> Effect:
        """What a rule of the policy in force asks for."""
        return self.judge.rule(rule_id).effect

    def _saved_memory(self) -> None:
        self._has_news = False

    def _use(self, published: Published) -> None:
        judge = judge_by(published.source, published.number)
        self.number, self.policy, self.judge = published.number, judge.policy, judge
        self._derived = {}
        for on in EventType:
            first = len(fields(on))
            self._derived[on] = (first, decision.derived_of(judge.names[on][first:]))

    def _new_reader(self, policy: Policy) -> SignalReader:
        return SignalReader(
            policy.windows,
            places=self._places,
            networks=self._networks,
            declared=self._declared,
        )

    def _fill(self, uow: UnitOfWork, policy: Policy, reader: SignalReader, parts: Mapping[str, bytes]) -> None:
        """Load what we have, and count afresh, from stored events, what we do not have."""
        names = {PROFILES, HABITS, *map(_part, policy.windows)}
        known = {name: body for name, body in parts.items() if name in names}
        lost = set(reader.load(known))
        missing = [w for w in policy.windows if _part(w) not in known or _part(w) in lost]
        spans = [window.over for window in missing]
        for part, span in ((HABITS, HABITS_COME_BACK), (PROFILES, policy.keep_events_seconds)):
            if part not in known or part in lost:
                spans.append(span)
        if not spans or not self._seq:
            return
        counting = SignalReader(missing, places=self._places, networks=self._networks, declared=self._declared)
        since = uow.clock.now() - timedelta(seconds=max(spans))
        with uow.look() as connection:
            for stored in events.after(connection, 0, since=since):
                if stored.seq > self._seq:
                    break
                _take_in(counting, stored)
        kept = known.keys() - lost
        reader.load({name: body for name, body in counting.dump().items() if name not in kept})
        log.info("counted afresh from stored events", windows=[window.name for window in missing])


def _take_in(reader: SignalReader, stored: Stored) -> None:
    """Read a stored event as it was read when it came."""
    reader.read(stored.event)
    # Only sign-ins teach, so only their records are worth reading.
    aside = stored.event.type is EventType.LOGIN and decision.read(stored.decision).set_aside
    reader.learn(stored.event, frozen=aside)


def _part(window: Window) -> str:
    """The name under which a reader dumps this window."""
    return f"window.{window.name}@{fingerprint(window)}"
