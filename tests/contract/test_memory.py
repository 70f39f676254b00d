"""Memory: a restart forgets nothing, however the process ended, and other processes' changes are followed."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from frostgate.app import Program
from frostgate.base.errors import StoreUnavailable
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.config import Settings
from frostgate.events import store as events
from frostgate.rules import service as rules
from frostgate.rules.running import snapshots
from frostgate.rules.store import Published, policies
from frostgate.standing import service as standing
from frostgate.standing.model import Cause, Finding, Hold, Kind, Permit, Subject
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


@pytest.mark.parametrize("parts", ["window.%", "profiles@%", "habits@%", "%"])
def test_a_snapshot_that_is_damaged_costs_nothing_but_time(house: House, parts: str) -> None:
    some_life(house)
    house.program.save_memory()
    with house.program.uow.begin() as tx:
        tx.execute(snapshots.update().where(snapshots.c.part.like(parts)).values(body=b"rubbish"))
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


def release(program: Program, hold_id: str, finding: Finding = Finding.MISTAKE) -> Hold:
    with program.uow.begin() as tx:
        return standing.release_hold(
            tx, hold_id, tenant_id="acme", finding=finding, actor=SYSTEM, reason="we spoke on the telephone"
        )


def test_a_restart_does_not_unlearn_a_later_freeze(house: House) -> None:
    """An old mistake teaches its own sign-in, live and after a restart, and none that was frozen since."""
    house.tenant()
    process = house.program.decider.process
    process([house.event(account="li")])
    house.clock.move(timedelta(hours=1))
    [answer] = process([house.event(account="li", ip="91.65.1.1")])
    [hold_id] = answer.holds  # type: ignore[union-attr]
    house.program.decider.learn_from(release(house.program, hold_id))
    house.clock.move(timedelta(hours=1))
    [answer] = process([house.event(account="li", ip="85.245.107.41")])
    assert answer.verdict == "freeze"  # type: ignore[union-attr]

    after = house.another()

    assert remembered(after) == remembered(house.program)
    places = [located.ip for located in after.running.reader.profiles.of(("acme", "li")).places]
    assert places == ["101.6.6.6", "91.65.1.1"]


def test_what_another_process_released_is_learned_while_running(house: House) -> None:
    house.tenant()
    [_, answer] = house.program.decider.process(house.journey("li"))
    house.program.intake.start()
    [hold_id] = answer.holds  # type: ignore[union-attr]
    house.clock.move(timedelta(minutes=5))
    release(house.another(), hold_id)

    for _ in range(2):
        house.clock.move(timedelta(seconds=2))
        house.program.follow()
        house.program.intake.run_between(lambda: None).result()

        assert house.program.running.reader.profiles.of(("acme", "li")).knows_device("pixel")
        assert remembered(house.program) == remembered(house.another())
    house.program.intake.stop()


def test_a_guarded_stranger_teaches_nothing(house: House) -> None:
    """The holder's own new phone was taught; before that is known here, its next sign-in is not taken for home."""
    house.tenant()
    process = house.program.decider.process
    [_, answer] = process(house.journey("li"))
    [hold_id] = answer.holds  # type: ignore[union-attr]
    release(house.another(), hold_id)
    house.program.follow()  # this process takes no events, so nothing has been learned

    [answer] = process([house.event(account="li", ip="91.65.1.1", device="pixel")])

    guarded = {why.rule: why.guarded for why in answer.reasons}  # type: ignore[union-attr]
    assert guarded["login.impossible-journey"]
    assert all(guarded.values())  # nor does a milder rule ask for what was dealt with
    assert answer.verdict == "allow"  # type: ignore[union-attr]
    assert not house.program.running.reader.profiles.of(("acme", "li")).knows_device("pixel")
    another = house.another()  # the next start learns what people found
    assert another.running.reader.profiles.of(("acme", "li")).knows_device("pixel")


def test_an_errand_that_fails_is_logged(house: House) -> None:
    source = house.program.running.policy.source.replace("keep_events: 90d", "keep_events: 30d")
    with house.program.uow.begin() as tx:
        rules.publish(tx, rules.check(source), actor=SYSTEM)
        tx.execute(policies.update().where(policies.c.number == 2).values(source="rubbish"))
    with structlog.testing.capture_logs() as logs:
        house.program.intake.start()
        house.program.follow()
        house.program.intake.run_between(lambda: None).result()
        house.program.intake.stop()
    assert [(line["event"], line["errand"]) for line in logs] == [("errand failed", "adopt policy")]


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


def publish_one_window_more(house: House) -> Published:
    """The policy in force with a window that counts the sign-ins from an address."""
    source = house.program.running.policy.source.replace(
        "windows:\n", "windows:\n  sign_ins_here: {on: login, by: ip, kind: count, over: 1h}\n", 1
    )
    with house.program.uow.begin() as tx:
        return rules.publish(tx, rules.check(source), actor=SYSTEM)


def test_a_new_window_does_not_begin_blind(house: House) -> None:
    house.tenant()
    house.program.decider.process([house.event(account=f"a{n}", ip="202.96.209.5") for n in range(5)])
    published = publish_one_window_more(house)
    house.program.running.adopt(house.program.uow, published)
    [name] = [name for name in house.program.running.reader.dump() if name.startswith("window.sign_ins_here@")]
    [(key, _)] = remembered(house.program)[name]
    assert "202.96.209.5" in key


def test_a_policy_that_could_not_be_filled_is_tried_again(house: House) -> None:
    house.tenant()
    house.program.decider.process([house.event(account=f"a{n}", ip="202.96.209.5") for n in range(5)])
    published = publish_one_window_more(house)
    before = remembered(house.program)
    nowhere = Program(Settings(database="sqlite:////nowhere/at/all.db"), clock=house.clock)

    with pytest.raises(StoreUnavailable):
        house.program.running.adopt(nowhere.uow, published)

    assert house.program.running.number == 1
    assert remembered(house.program) == before
    house.program.running.adopt(house.program.uow, published)
    assert house.program.running.number == 2
    assert any(name.startswith("window.sign_ins_here@") for name in remembered(house.program))


def test_a_new_window_reads_no_more_than_its_own_span(house: House) -> None:
    """Of many old events, with gaps where some were forgotten, none is read to find the first that counts."""
    house.tenant()
    process = house.program.decider.process
    process([house.event("message", account="li", conversation="c", conversation_kind="group") for _ in range(300)])
    with house.program.uow.begin() as tx:
        tx.execute(events.events.delete().where(events.events.c.seq.between(40, 260)))
    house.clock.move(timedelta(hours=1))
    lately = [house.event(account="wang") for _ in range(3)]
    process(lately)
    with house.program.uow.look() as connection:
        first = events.last_before(connection, 0, house.clock.now())
        assert events.last_before(connection, 0, house.clock.now() + timedelta(days=1)) == 303
        assert events.last_before(connection, 0, house.clock.now() - timedelta(days=1)) == 0
        assert events.last_before(connection, 302, house.clock.now()) == 302
        pages: list[str] = []
        sa.event.listen(connection, "before_cursor_execute", lambda *said: pages.append(said[2]))
        found = [stored.event for stored in events.after(connection, 0, since=house.clock.now(), page=3)]
    assert first == 300
    assert found == lately
    assert len(pages) < 15


def test_a_process_that_decided_nothing_saves_nothing(house: House) -> None:
    some_life(house)
    idle = house.another()
    house.clock.move(timedelta(minutes=1))
    house.program.decider.process([house.event(account="li", device="iphone")])
    house.program.save_memory()
    saved = rows_of(house)

    idle.save_memory()

    assert rows_of(house) == saved
    house.clock.move(timedelta(minutes=1))
    house.program.save_memory()  # nor does one again that has nothing new
    assert rows_of(house) == saved


def test_a_later_snapshot_is_never_put_back(house: House) -> None:
    house.tenant()
    other = house.another()
    house.program.decider.process([house.event(account="li")])
    other.decider.process([house.event(account="li", device="iphone")])
    other.save_memory()
    saved = rows_of(house)

    house.program.save_memory()

    assert rows_of(house) == saved


def rows_of(house: House) -> list[Any]:
    with house.program.uow.look() as connection:
        return [tuple(row) for row in connection.execute(sa.select(snapshots).order_by(snapshots.c.part))]


def test_snapshots_are_one_row_a_part(house: House) -> None:
    some_life(house)
    for _ in range(2):
        house.program.save_memory()
    with house.program.uow.look() as connection:
        parts = connection.execute(sa.select(snapshots.c.part)).scalars().all()
    assert sorted(parts) == sorted(house.program.running.reader.dump())
