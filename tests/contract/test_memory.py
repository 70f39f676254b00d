"""Memory: a restart forgets nothing, however the process ended, and other processes' changes are followed."""

from datetime import timedelta

import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.rules import service as rules
from frostgate.rules.running import snapshots
from frostgate.standing import service as standing
from frostgate.standing.model import Cause, Finding, Kind, Permit, Subject
from house import House, remembered


def some_life(house: House) -> None:
    """Sign-ins, messages, a freeze, and one that failed."""
    house.tenant()
    process = house.program.decider.process
    process(house.journey("li"))
    process(
        [
            house.event("message", account="wang", conversation=f"c{n % 7}", conversation_kind="private")
            for n in range(40)
        ]
    )
    process([house.event(account="zhao", ip=f"202.96.209.{n}", outcome="failure") for n in range(10)])


def test_a_clean_restart_forgets_nothing(house: House) -> None:
    some_life(house)
    before = remembered(house.program)
    house.program.save_memory()
    assert remembered(house.another()) == before


def test_an_unclean_one_reads_the_events_again(house: House) -> None:
    some_life(house)
    assert remembered(house.another()) == remembered(house.program)


def test_so_does_one_that_had_saved_some_time_ago(house: House) -> None:
    some_life(house)
    house.program.save_memory()
    house.clock.move(timedelta(minutes=10))
    house.program.decider.process([house.event(account="li", ip="85.240.0.1", device="nokia")])
    house.program.decider.process([house.event("message", account="wang", conversation="c", conversation_kind="group")])
    assert remembered(house.another()) == remembered(house.program)


def test_a_snapshot_that_is_damaged_costs_nothing_but_time(house: House) -> None:
    some_life(house)
    house.program.save_memory()
    with house.program.uow.begin() as tx:
        tx.execute(snapshots.update().where(snapshots.c.part.like("window.%")).values(body=b"rubbish"))
    assert remembered(house.another()) == remembered(house.program)


def test_what_a_reviewer_taught_survives(house: House) -> None:
    house.tenant()
    answers = house.program.decider.process(house.journey("li"))
    [hold_id] = answers[1].holds  # type: ignore[union-attr]
    with house.program.uow.begin() as tx:
        hold = standing.release_hold(
            tx, hold_id, tenant_id="acme", finding=Finding.MISTAKE, actor=SYSTEM, reason="it was he"
        )
    house.program.decider.learn_from(hold)
    after = house.another()
    assert remembered(after) == remembered(house.program)
    house.clock.move(timedelta(days=1))
    [answer] = after.decider.process([house.event(account="li", ip="91.65.1.1", device="pixel")])
    assert answer.verdict == "allow"  # type: ignore[union-attr]


def test_a_freeze_in_one_process_is_one_in_the_other(house: House) -> None:
    house.tenant()
    other = house.another()
    house.program.decider.process(house.journey("li"))

    other.follow()

    assert other.register.permit("acme", "li", "voice")[0] is Permit.DENIED
    with other.uow.begin() as tx:
        [hold] = [bite.id for bite in house.program.register.permit("acme", "li", "voice")[1:] if bite]
        standing.release_hold(tx, hold, tenant_id="acme", finding=Finding.CONDITION_MET, actor=SYSTEM, reason="done")
    house.program.follow()
    assert house.program.register.permit("acme", "li", "voice")[0] is Permit.ALLOWED


def test_changes_of_two_processes_meet_in_both(house: House) -> None:
    house.tenant()
    other = house.another()
    for n in range(20):
        with (house.program, other)[n % 2].uow.begin() as tx:
            standing.place_hold(
                tx,
                subject=Subject(tenant_id="acme", account_id=None if n == 7 else f"a{n % 5}"),
                kind=Kind.LIMIT if n % 3 else Kind.FREEZE,
                cause=list(Cause)[n % 6],
                reason="test",
                actor=Actor(ActorKind.OPERATOR, "wang"),
            )
    for program in (house.program, other):
        program.follow()
    fresh = house.another()
    for account in ("a0", "a1", "a2", "a3", "a4", "nobody"):
        answers = {program.register.permit("acme", account, "live") for program in (house.program, other, fresh)}
        assert len(answers) == 1
    assert house.program.register.revision == other.register.revision == fresh.register.revision


def test_a_policy_that_one_publishes_the_other_follows(house: House) -> None:
    house.tenant()
    other = house.another()
    other.intake.start()
    source = house.program.running.policy.source.replace("keep_events: 90d", "keep_events: 30d")
    with house.program.uow.begin() as tx:
        rules.publish(tx, rules.check(source), actor=SYSTEM)

    other.follow()
    other.intake.run_between(lambda: None).result()

    assert other.running.number == 2
    assert other.running.policy.keep_events_seconds == 30 * 86_400
    other.intake.stop()


def test_a_new_window_does_not_begin_blind(house: House) -> None:
    house.tenant()
    house.program.decider.process([house.event(account=f"a{n}", ip="202.96.209.5") for n in range(5)])
    source = house.program.running.policy.source.replace(
        "windows:\n", "windows:\n  sign_ins_here: {on: login, by: ip, kind: count, over: 1h}\n", 1
    )
    with house.program.uow.begin() as tx:
        published = rules.publish(tx, rules.check(source), actor=SYSTEM)
    house.program.running.adopt(house.program.uow, published)
    [name] = [name for name in house.program.running.reader.dump() if name.startswith("window.sign_ins_here@")]
    [(key, _)] = remembered(house.program)[name]
    assert "202.96.209.5" in key


def test_snapshots_are_one_row_a_part(house: House) -> None:
    some_life(house)
    for _ in range(2):
        house.program.save_memory()
    with house.program.uow.look() as connection:
        parts = connection.execute(sa.select(snapshots.c.part)).scalars().all()
    assert sorted(parts) == sorted(house.program.running.reader.dump())
