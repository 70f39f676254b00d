"""The migrations give just the tables that the code declares, however often and by however many they are run."""

import json
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import frostgate.server  # noqa: F401 - imports every room, and with them every table
from frostgate.base import migrations
from frostgate.base.database import Database, metadata
from frostgate.base.journal import GENESIS, journal_head, verify
from frostgate.base.migrations import HEAD, is_current, upgrade
from frostgate.directory import credentials
from frostgate.directory.permissions import Role
from frostgate.notices import dead
from frostgate.notices import store as notices
from servers import Databases


@pytest.fixture
def url(backend: str, databases: Databases) -> Iterator[str]:
    """A database in which there is nothing."""
    made = databases.empty(backend)
    yield made
    databases.remove(made)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def test_what_is_current_is_the_newest_of_all() -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_give_what_the_code_declares(database: Database) -> None:
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_checks_below_all_code_are_there(database: Database) -> None:
    """Alembic does not compare these, so they are compared here."""
    upgrade(database)
    found = sa.inspect(database.engine)
    for table in metadata.sorted_tables:
        wanted = {str(check.name) for check in table.constraints if isinstance(check, sa.CheckConstraint)}
        assert {check["name"] for check in found.get_check_constraints(table.name)} == wanted, table.name


def test_whoever_administered_a_tenant_owns_it_from_now_on(database: Database) -> None:
    upgrade(database, to="0020")
    with database.write() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO operators (id, email, name, role, active, password_hash, created_at) "
                "VALUES ('a', 'a@acme.example', 'A', 'tenant_admin', :yes, '', 0), "
                "('b', 'b@frostgate.example', 'B', 'lead', :yes, '', 0)"
            ),
            {"yes": True},
        )
    upgrade(database)
    with database.read() as connection:
        assert credentials.get_operator(connection, "a").role is Role.OWNER
        assert credentials.get_operator(connection, "b").role is Role.LEAD


HOLD = (
    "INSERT INTO holds (id, tenant_id, account_id, kind, cause, services, condition, actor, reason, evidence_key, "
    "case_id, placed_at, guard_seconds) "
    "VALUES (:hold, 'acme', 'li', :kind, 'violating_content', :case, '', '', '', '', :case, 0, 0)"
)
CASE = (
    "INSERT INTO cases (id, tenant_id, kind, hold_id, account_id, cause, state, outcome, opened_at, decided_at, "
    "decided_by, confirmed_by, keep_until, needs_two, release_proposed_by, released_by, version) "
    "VALUES (:case, 'acme', 'hold', :hold, 'li', 'violating_content', :state, :outcome, :opened_at, :decided_at, "
    ":decided_by, :confirmed_by, :keep_until, :yes, :release_proposed_by, :released_by, 1)"
)
CLOCK = (
    "INSERT INTO case_clocks (case_id, run, tenant_id, is_task, policy, started_at, pauses, ended_at, is_decided, "
    "said, due_at, decision_took) VALUES (:case, 1, 'acme', :no, '{}', 1, '[]', 5, :yes, '', 2, 4)"
)


def test_what_one_person_kept_until_a_time_goes_back_to_people_and_what_two_kept_stays(database: Database) -> None:
    a, b = "operator:a", "operator:b"
    empty = {"outcome": None, "decided_at": None, "decided_by": None, "confirmed_by": None, "keep_until": None}
    kept = {"outcome": "confirmed", "confirmed_by": a, "keep_until": 9, "state": "decided", "decided_at": 5}
    thawed = {**kept, "outcome": "released", "decided_by": a, "release_proposed_by": b, "released_by": a}
    thawed |= {"confirmed_by": None, "keep_until": None}
    nobody = {"release_proposed_by": None, "released_by": None}
    before: list[dict[str, object]] = [
        {"case": "challenge", "kind": 1, "state": "open", "opened_at": 1, **empty, **nobody},
        {"case": "open", "kind": 3, "state": "open", "opened_at": 1, **empty, **nobody},
        {"case": "alone", "kind": 3, "opened_at": 1, "decided_by": a, **kept, **nobody},
        {"case": "released", "kind": 3, "opened_at": 1, **empty, **thawed},
        {"case": "left", "kind": 2, "opened_at": 5, "decided_by": a, **kept, **nobody},
    ]
    upgrade(database, to="0025")
    with database.write() as connection:
        for case in before:
            values = {**case, "hold": f"hold of {case['case']}", "yes": True, "no": False}
            connection.execute(sa.text(HOLD), values)
            connection.execute(sa.text(CASE), values)
            if case["state"] == "decided":
                connection.execute(sa.text(CLOCK), values)
    upgrade(database)
    with database.read() as connection:
        now = {row.id: row for row in connection.execute(sa.text("SELECT * FROM cases"))}
        runs = {row.case_id: row for row in connection.execute(sa.text("SELECT * FROM case_clocks"))}
    assert {name: bool(row.needs_two) for name, row in now.items()} == {
        **dict.fromkeys(("open", "alone", "released", "left"), True),
        "challenge": False,
    }
    left, alone = now["left"], now["alone"]
    assert (left.state, left.keep_until, left.keep_proposed_by, left.keep_approved_by) == ("decided", 9, b, a)
    assert (alone.state, alone.outcome, alone.keep_until, alone.decided_by) == ("open", None, None, None)
    assert {row.release_until for row in now.values()} == {None}
    assert {name: run.ended_at for name, run in runs.items()} == {"alone": None, "released": 5, "left": 5}
    assert runs["alone"].next_look == 1, "somebody hears of it at once"


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    assert not is_current(database)
    upgrade(database)
    upgrade(database)
    assert is_current(database)
    with database.read() as connection:
        assert connection.execute(sa.select(journal_head)).all() == [(1, 0, GENESIS)]
        assert verify(connection) == (0, GENESIS)


def test_two_servers_that_start_at_once_migrate_one_after_the_other(url: str) -> None:
    together, failed = threading.Barrier(4), []

    def start() -> None:
        database = Database(url)
        together.wait()
        try:
            upgrade(database)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    database = Database(url)
    assert is_current(database)
    database.close()


def _old_notice(notice_id: str, address: str, **changes: object) -> dict[str, object]:
    """A notice as it was stored before there were threads."""
    row = {
        "id": notice_id,
        "tenant_id": "acme",
        "hold_id": None,
        "case_id": None,
        "audience": "tenant",
        "channel": "email",
        "address": address,
        "template": "debt_due",
        "params": _params(since="2026-03-02T04:00:00Z"),
        "owed_at": 1,
        "code": f"code-{notice_id}",
    }
    return {**row, **changes}


def _params(**changes: object) -> str:
    known = {
        "account": None,
        "tenant": "Acme",
        "kind": "limit",
        "cause": "arrears",
        "services": [],
        "since": "2026-03-02T04:00:00Z",
        "case_id": "",
        "time_zone": "Asia/Shanghai",
    }
    return json.dumps({**known, "places": [], **changes}, separators=(",", ":"))  # as we write it


def test_what_was_owed_together_before_there_were_threads_shares_one(database: Database) -> None:
    """So whoever was told already is not told again, when one of these comes back late."""
    upgrade(database, to="0025")
    hold, case = {"hold_id": "h1", "template": "frozen"}, {"case_id": "c1", "template": "case_asked"}
    rows = [
        _old_notice("01", "li@acme.example", audience="holder", **hold, params=_params(places=["Beijing"])),
        _old_notice("02", "wei@acme.example", **hold, owed_at=1),
        _old_notice("03", "own@acme.example", **hold, case_id="c2", owed_at=9),  # went out instead of one, later
        _old_notice("04", "own@acme.example", hold_id="h1", template="released"),
        _old_notice("05", "own@acme.example", hold_id="h2", template="frozen"),
        _old_notice("06", "lin@acme.example", audience="finance"),
        _old_notice("07", "wei@acme.example", owed_at=9),
        _old_notice("08", "lin@acme.example", params=_params(since="2026-03-03T04:00:00Z")),
        _old_notice("09", "lin@acme.example", tenant_id="other"),
        _old_notice("10", "li@acme.example", **case, owed_at=5, params=_params(places=["Beijing"])),
        _old_notice("11", "wei@acme.example", **case, owed_at=5),
        _old_notice("12", "wei@acme.example", **case, owed_at=6),
        _old_notice("13", "own@acme.example", thread="mine"),
    ]
    with database.write() as connection:
        for row in rows:
            columns = {"thread": None, **row}
            connection.execute(
                sa.text(
                    "INSERT INTO notices (id, tenant_id, hold_id, case_id, audience, channel, address, language,"
                    " template, params, code, state, attempts, next_attempt_at, owed_at, sent_at, thread) VALUES"
                    " (:id, :tenant_id, :hold_id, :case_id, :audience, :channel, :address, 'en', :template, :params,"
                    " :code, 'sent', 1, 0, :owed_at, 2, :thread)"
                ),
                columns,
            )
    upgrade(database)
    with database.read() as connection:
        told = {
            row["id"]: {
                address
                for _, address in notices.tried(
                    connection, notices.get_notice(connection, str(row["id"]), tenant_id=str(row["tenant_id"]))
                )
            }
            for row in rows
        }
    freeze = {"li@acme.example", "wei@acme.example", "own@acme.example"}
    assert told["01"] == told["02"] == told["03"] == freeze
    assert told["06"] == told["07"] == {"lin@acme.example", "wei@acme.example"}
    assert told["10"] == told["11"] == {"li@acme.example", "wei@acme.example"}
    alone = {row["id"]: {row["address"]} for row in rows if row["id"] in {"04", "05", "08", "09", "12", "13"}}
    assert {name: told[name] for name in alone} == alone


def test_the_places_of_a_notice_are_known_in_its_own_language(database: Database) -> None:
    upgrade(database, to="0030")
    told = {"01": ["北京", 'a "places":[] \u0000'], "02": []}
    with database.write() as connection:
        for name, places in told.items():
            connection.execute(
                sa.text(
                    "INSERT INTO notices (id, tenant_id, audience, channel, address, language, template, params, code,"
                    " state, attempts, next_attempt_at, owed_at)"
                    " VALUES (:id, 'acme', 'holder', 'email', 'a@acme.example', 'zh-CN', 'frozen', :params, :id,"
                    " 'owed', 0, 0, 1)"
                ),
                {"id": name, "params": _params(places=places)},
            )
    upgrade(database)
    with database.read() as connection:
        read = {name: notices.get_notice(connection, name, tenant_id="acme").params.places for name in told}
    assert read == {"01": {"zh-CN": tuple(told["01"])}, "02": {}}


def test_addresses_of_our_own_people_are_not_dead_any_more(database: Database) -> None:
    upgrade(database, to="0025")
    with database.write() as connection:
        for name, audience in (("01", "operators"), ("02", "tenant")):
            connection.execute(
                sa.text(
                    "INSERT INTO notices (id, tenant_id, audience, channel, address, language, template, params, code,"
                    " state, attempts, next_attempt_at, owed_at)"
                    " VALUES (:id, 'acme', :audience, 'email', 'a@acme.example', 'en', 'debt_due', :params, :id,"
                    " 'owed', 0, 0, 1)"
                ),
                {"id": name, "audience": audience, "params": _params()},
            )
        for tenant_id, address, notice_id in (
            ("", "lead@frostgate.example", "gone"),
            ("acme", "manager@frostgate.example", "01"),
            ("acme", "wei@acme.example", "02"),
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO dead_addresses (tenant_id, channel, address, notice_id, since)"
                    " VALUES (:tenant_id, 'email', :address, :notice_id, 0)"
                ),
                {"tenant_id": tenant_id, "address": address, "notice_id": notice_id},
            )
    upgrade(database)
    with database.read() as connection:
        assert [each.address for each in dead.list_dead(connection, tenant_id="acme")] == ["wei@acme.example"]
        assert dead.list_dead(connection, tenant_id="") == []
