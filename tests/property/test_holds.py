"""Whatever people and rules do, in whatever order: the promises about holds stand."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from frostgate.base.errors import Refused
from frostgate.base.model import Actor, ActorKind
from frostgate.cases import releases
from frostgate.cases import service as cases
from frostgate.cases.model import Case, Outcome
from frostgate.cases.store import cases as case_table
from frostgate.enforcement import store as enforcement
from frostgate.enforcement.register import Register
from frostgate.notices.store import notices
from frostgate.standing import service as standing
from frostgate.standing import store as holds
from frostgate.standing.model import CAPABILITIES, Cause, Finding, Hold, Kind, Permit, Service, Subject
from frostgate.standing.routes import standing_of
from house import House
from servers import NOON

ACCOUNTS = ("li", "wang")
PEOPLE = [Actor(ActorKind.OPERATOR, name) for name in ("ann", "bo", "chen")]
DECISIONS: dict[str, Callable[..., Case]] = {
    "confirm": cases.confirm,
    "release": partial(releases.release, finding=Finding.MISTAKE),
    "propose_release": partial(releases.propose_release, finding=Finding.MISTAKE),
    "propose_keeping": partial(releases.propose_keeping, until=NOON + timedelta(days=90)),
    "approve_release": releases.approve_release,
    "withdraw_proposal": releases.withdraw_proposal,
    "propose_ban": cases.propose_ban,
    "approve_ban": cases.approve_ban,
    "uphold_appeal": cases.uphold_appeal,
}
CHANGES_NOTHING = {"confirm", "propose_release", "propose_keeping", "withdraw_proposal", "propose_ban"}
_numbers = itertools.count(1)


class Holds(RuleBasedStateMachine):
    """A tenant with two accounts, three people who decide, and a model of what must be open."""

    placed = Bundle("placed")

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.program = house.program

    @initialize()
    def begin(self) -> None:
        self.tenant = self.house.tenant(f"tenant-{next(_numbers)}")
        self.ever: dict[str, Hold] = {}

    def all_holds(self) -> dict[str, Hold]:
        with self.program.uow.look() as connection:
            found = [
                hold
                for account in (*ACCOUNTS, holds.WHOLE_TENANT)
                for hold in holds.list_holds(
                    connection, tenant_id=self.tenant, account_id=account, include_released=True
                )
            ]
        return {hold.id: hold for hold in found}

    def changes(self, before: dict[str, Hold]) -> dict[str, Hold]:
        """Which holds are new or different."""
        return {ident: hold for ident, hold in self.all_holds().items() if before.get(ident) != hold}

    def attempt(self, do: Any, *args: Any, **kwargs: Any) -> Any:
        """Do something in a transaction; None where it was refused, and then nothing has changed."""
        before = self.all_holds()
        try:
            with self.program.uow.begin() as tx:
                return do(tx, *args, **kwargs)
        except Refused:
            assert self.changes(before) == {}
            return None

    @rule(
        target=placed,
        account=st.sampled_from([*ACCOUNTS, None]),
        kind=st.sampled_from(list(Kind)),
        cause=st.sampled_from(list(Cause)),
        services=st.sampled_from([set(), set(Service)]) | st.sets(st.sampled_from(list(Service))),
        actor=st.sampled_from([Actor(ActorKind.RULE, "some.rule"), PEOPLE[0]]),
    )
    def place(self, account: str | None, kind: Kind, cause: Cause, services: set[Service], actor: Actor) -> Any:
        before = self.all_holds()
        hold = self.attempt(
            standing.place_hold,
            subject=Subject(tenant_id=self.tenant, account_id=account),
            kind=kind,
            cause=cause,
            services=services,
            reason="test",
            evidence_key="k",
            guard_seconds=60,
            actor=actor,
        )
        some = services and services != set(Service)
        if kind is Kind.BAN or (some if kind is Kind.FREEZE else not services):
            assert hold is None
            return multiple()
        assert set(self.changes(before)) <= {hold.id}
        return hold.id

    @rule(hold_id=placed, finding=st.sampled_from(list(Finding)), who=st.sampled_from(PEOPLE))
    def release(self, hold_id: str, finding: Finding, who: Actor) -> None:
        before = self.all_holds()
        released = self.attempt(
            standing.release_hold, hold_id, tenant_id=self.tenant, finding=finding, actor=who, reason="test"
        )
        if released is not None:
            assert set(self.changes(before)) == {hold_id}
            assert finding is not Finding.APPEAL_UPHELD

    @rule(
        hold_id=placed,
        what=st.sampled_from(list(DECISIONS)),
        who=st.sampled_from(PEOPLE),
    )
    def decide(self, hold_id: str, what: str, who: Actor) -> None:
        before = self.all_holds()
        case = self.attempt(DECISIONS[what], before[hold_id].case_id, tenant_id=self.tenant, actor=who, reason="test")
        changed = self.changes(before)
        if case is None or what in CHANGES_NOTHING or case.outcome is Outcome.CONFIRMED:
            assert changed == {}
        elif what in {"release", "approve_release"}:
            assert set(changed) == {hold_id}
        else:
            [(ban_id, ban)] = changed.items()
            assert ban.kind is Kind.BAN
            assert ban.is_open is (what == "approve_ban")
            assert (ban_id in before) is (what == "uphold_appeal")

    @rule(hold_id=placed, people=st.permutations(PEOPLE), appeal=st.booleans())
    def punish(self, hold_id: str, people: list[Actor], appeal: bool) -> None:
        """Straight to a ban, and perhaps back: by chance alone the machine would hardly get there."""
        self.decide(hold_id, "propose_ban", people[0])
        self.decide(hold_id, "approve_ban", people[1])
        if appeal:
            self.decide(hold_id, "uphold_appeal", people[2])

    @rule(minutes=st.integers(1, 5))
    def let_time_pass(self, minutes: int) -> None:
        self.house.clock.move(timedelta(minutes=minutes))

    @invariant()
    def nothing_is_ever_deleted_or_changed_but_by_its_release(self) -> None:
        now = self.all_holds()
        for ident, hold in self.ever.items():
            assert ident in now
            assert now[ident] == hold or (hold.is_open and not now[ident].is_open)
        self.ever = now

    @invariant()
    def the_gate_denies_if_and_only_if_an_open_hold_does(self) -> None:
        still_open = [hold for hold in self.all_holds().values() if hold.is_open]
        for account in (*ACCOUNTS, "nobody"):
            mine = [hold for hold in still_open if hold.subject.account_id in {account, None}]
            for service in Service:
                wanted = max(
                    (CAPABILITIES[hold.kind][service] for hold in mine if service in hold.services),
                    default=Permit.ALLOWED,
                )
                answer = self.ask(account, service)
                assert answer["decision"] is (wanted is Permit.ALLOWED)
                if wanted is not Permit.ALLOWED:
                    assert answer["context"]["hold"] in {hold.id for hold in mine if service in hold.services}
                    assert ("obligations" in answer["context"]) is (wanted is Permit.CHALLENGE)

    def ask(self, account: str, service: Service) -> Any:
        question = {
            "subject": {"type": "account", "id": account},
            "action": {"name": "use"},
            "resource": {"type": "service", "id": service.value},
        }
        return json.loads(self.program.gate.evaluate(json.dumps(question).encode(), tenant_id=self.tenant))

    @invariant()
    def the_register_is_the_fold_of_the_store(self) -> None:
        fresh = Register()
        with self.program.uow.look() as connection:
            fresh.apply(enforcement.changed_after(connection, 0))
            folds = {
                account: standing_of(connection, tenant_id=self.tenant, account_id=account) for account in ACCOUNTS
            }
        for account, fold in folds.items():
            for service in Service:
                kept = self.program.register.permit(self.tenant, account, service.value)
                assert kept == fresh.permit(self.tenant, account, service.value)
                assert kept[0] is fold.permits[service]
                deciding = fold.deciding(service)
                assert (kept[1].id if kept[1] else None) == (deciding.id if deciding else None)

    @invariant()
    def every_ban_was_decided_in_a_case_by_two_people(self) -> None:
        bans = [hold for hold in self.all_holds().values() if hold.kind is Kind.BAN]
        with self.program.uow.look() as connection:
            for ban in bans:
                case = connection.execute(sa.select(case_table).where(case_table.c.id == ban.case_id)).one()
                assert case.ban_hold_id == ban.id
                assert case.ban_proposed_by != case.ban_approved_by
                assert None not in {case.ban_proposed_by, case.ban_approved_by}
                if not ban.is_open:
                    assert ban.finding is Finding.APPEAL_UPHELD
                    assert case.appeal_upheld_by not in {case.ban_proposed_by, case.ban_approved_by, None}

    @invariant()
    def every_end_of_a_violation_was_named_by_two_people(self) -> None:
        kept = sa.select(case_table).where(case_table.c.needs_two, case_table.c.keep_until.is_not(None))
        with self.program.uow.look() as connection:
            for case in connection.execute(kept.where(case_table.c.tenant_id == self.tenant)):
                assert case.keep_proposed_by != case.keep_approved_by
                assert None not in {case.keep_proposed_by, case.keep_approved_by}
                assert case.state == "open" or case.outcome == "confirmed"

    @invariant()
    def every_hold_has_its_case_and_its_notices(self) -> None:
        with self.program.uow.look() as connection:
            for hold in self.all_holds().values():
                case = connection.execute(sa.select(case_table).where(case_table.c.id == hold.case_id)).one()
                assert case.tenant_id == self.tenant
                owed = connection.execute(
                    sa.select(sa.func.count()).select_from(notices).where(notices.c.hold_id == hold.id)
                ).scalar_one()
                people = 1 if hold.subject.account_id is None else 2
                assert owed == (people if hold.is_open else 2 * people)


def test_the_promises_stand_whatever_happens(house: House) -> None:
    run_state_machine_as_test(
        lambda: Holds(house),
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
