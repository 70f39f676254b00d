"""A full disk: nothing is half done, everybody hears so, and afterwards all goes on as if nothing had been."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.errors import StoreUnavailable
from frostgate.cases.store import actions_of, get_case
from frostgate.config import Settings
from house import House, empty_the_disk, fill_the_disk, remembered
from servers import Databases
from world import World


@pytest.fixture
def disk(databases: Databases) -> Iterator[World]:
    """A world on SQLite, whose file can be kept from growing."""
    url = databases.make("sqlite")
    built = World(url, databases.secrets["sqlite"])
    yield built
    built.close()
    databases.remove(url)


def test_events_are_refused_and_nothing_is_half_done(disk: World) -> None:
    acme = disk.tenant()
    li = acme.account("li")
    li.signs_in(from_="Beijing", device="iphone")
    disk.clock.move(timedelta(hours=1))
    # Many events around the one that freezes: the slice must not fit, and none of it may stay.
    batch = [li.login(named=f"f{n}", from_="Frankfurt", device="pixel", user_agent="x" * 1000) for n in range(100)]
    before = disk.facts()

    fill_the_disk(disk.program)
    headers = {"content-type": "application/cloudevents-batch+json"}
    for language, word in (("en", "Nothing was changed"), ("zh-CN", "未保存")):
        answer = acme.sender.asks("POST", "/v1/events", json=batch, headers={**headers, "accept-language": language})
        assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
        assert word in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
        assert "disk" not in answer.text, "what a driver says is nobody's business"
    assert disk.facts() == before
    assert li.is_free()
    assert disk.http.get("/healthz").status_code == 200

    empty_the_disk(disk.program)
    answers = acme.sends_all(batch)
    assert answers[0]["verdict"] == "freeze"
    assert "repeated" not in answers[0]
    assert not li.is_free()
    assert len(li.holds()) == 1
    memory_is_what_a_restart_would_read(disk)


def test_it_is_not_ready_until_a_write_succeeds_again(disk: World) -> None:
    acme = disk.tenant()
    li = acme.account("li")
    batch = [li.login(named=f"f{n}", user_agent="x" * 1000) for n in range(100)]
    headers = {"content-type": "application/cloudevents-batch+json"}

    fill_the_disk(disk.program)
    with capture_logs() as lines:
        for _ in range(3):
            assert acme.sender.asks("POST", "/v1/events", json=batch, headers=headers).status_code == 503
        with disk.program.uow.begin():
            pass  # a transaction that writes nothing shows nothing
        disk.server.application.background.try_store()
        ready = disk.http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["store"]) == (503, False)

        empty_the_disk(disk.program)
        disk.server.application.background.try_store()
        assert disk.http.get("/readyz").json()["ready"] is True
    told = [line["event"] for line in lines if line["event"].startswith("store ")]
    assert told == ["store cannot be written", "store is written again"]
    acme.sends_all(batch)


def test_people_are_refused_too(disk: World) -> None:
    li = disk.tenant().account("li")
    li.travels_too_fast()
    case = disk.reviewer().case_of(li)
    disk.until(lambda: {notice["state"] for notice in li.notices()} == {"sent"})
    fill_the_disk(disk.program)

    # A small change may still find room in a page that is there already; sooner or later none does.
    answers = [
        disk.reviewer().asks("POST", f"/v1/cases/{case['id']}/notes", json={"text": "x" * 1900}) for _ in range(20)
    ]
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert answers[-1].json()["code"] == "store.unavailable"
    kept = [action for action in _actions(disk, case["id"]) if action == "noted"]
    assert len(kept) == len([answer for answer in answers if answer.status_code == 201])

    empty_the_disk(disk.program)
    disk.reviewer().releases(case)
    assert li.is_free()
    assert disk.boss().sees("/v1/journal/verification")["holds"] is True


def _actions(disk: World, case_id: str) -> list[str]:
    with disk.program.uow.look() as connection:
        return [each.action.value for each in actions_of(connection, get_case(connection, case_id, tenant_id=None))]


def memory_is_what_a_restart_would_read(disk: World) -> None:
    program = Program(Settings(database=disk.database_url), clock=HandClock(disk.clock.now()))
    program.prepare()
    mine = disk.program.intake.run_between(lambda: remembered(disk.program)).result()
    assert remembered(program) == mine
    program.database.close()


def test_memory_is_not_ahead_after_a_slice_that_failed(databases: Databases) -> None:
    house = House(databases.make("sqlite"))
    house.tenant()
    fill_the_disk(house.program)
    full = [house.event(account=f"a{n}", user_agent="x" * 1000, device="d") for n in range(100)]
    with pytest.raises(StoreUnavailable):
        house.program.decider.process(full)
    empty_the_disk(house.program)

    [answer] = house.program.decider.process([house.event(account="a1", device="d")])

    assert answer.verdict == "allow"  # type: ignore[union-attr]
    assert remembered(house.another()) == remembered(house.program)
    house.close()
    databases.remove(house.url)
