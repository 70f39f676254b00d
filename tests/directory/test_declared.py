"""What was declared, as the deciding thread knows it: at once, in every process, and without asking the database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from frostgate.app import Program
from frostgate.base.model import SYSTEM
from frostgate.directory import service as directory
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.declared import KEPT_AFTER, NOTHING_DECLARED, Declared
from frostgate.directory.model import AccountDraft, AccountKind
from frostgate.directory.networks import service as networks
from frostgate.directory.networks.model import NetworkDraft, NetworkKind
from frostgate.directory.profiles import service as profiles
from frostgate.directory.profiles.model import Profile, ProfileDraft
from frostgate.directory.trips import service as trips
from frostgate.directory.trips.model import Trip, TripDraft, TripPlace
from house import House
from servers import NOON
from together import asked

DAY = timedelta(days=1)
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.7"
LISBON = TripPlace(country="PT", city="Lisbon")
SPAIN = TripPlace(country="ES")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    built = House(database_url)
    built.tenant()
    yield built
    built.close()


def register(program: Program, account: str, kind: AccountKind = AccountKind.BOT) -> None:
    with program.uow.begin() as tx:
        directory.register_accounts(tx, [AccountDraft(id=account, kind=kind)], tenant_id="acme", actor=SYSTEM)


def travel(program: Program, *places: TripPlace, starts: timedelta = -DAY, ends: timedelta = DAY) -> Trip:
    draft = TripDraft(places=places or (LISBON,), starts_at=NOON + starts, ends_at=NOON + ends)
    with program.uow.begin() as tx:
        return trips.declare_trip(tx, draft, tenant_id="acme", account_id="li", by=SYSTEM_PRINCIPAL)


def network(program: Program, kind: NetworkKind, cidr: str = "203.0.113.0/24") -> None:
    with program.uow.begin() as tx:
        networks.declare_network(tx, NetworkDraft(cidr=cidr, kind=kind), tenant_id="acme", actor=SYSTEM)


def enforce(program: Program) -> None:
    with program.uow.begin() as tx:
        networks.set_allowlist(tx, tenant_id="acme", enforced=True, tested_from=OFFICE, actor=SYSTEM)


def profile(program: Program) -> None:
    with program.uow.begin() as tx:
        draft = ProfileDraft(purpose="builds", messages_a_minute=60)
        profiles.declare_profile(tx, draft, tenant_id="acme", account_id="builder", actor=SYSTEM)


def everything(program: Program) -> None:
    """Declare something of every kind."""
    network(program, NetworkKind.TRUSTED)
    network(program, NetworkKind.ALLOWED)
    enforce(program)
    travel(program)
    register(program, "builder")
    profile(program)


def seen(declared: Declared, tenant: str = "acme", ip: str = OFFICE) -> tuple[Any, ...]:
    found = declared.profile(tenant, "builder")
    return (
        declared.is_trusted(tenant, ip),
        declared.allowlist(tenant, ip),
        declared.travelling(tenant, "li", NOON.timestamp(), "PT", "Lisbon"),
        declared.kind(tenant, "builder"),
        None if found is None else found.messages_a_minute,
    )


NOTHING = (False, None, False, "person", None)
ALL = (True, True, True, "bot", 60)


def test_what_is_declared_here_counts_as_soon_as_it_is_saved(house: House) -> None:
    assert seen(house.program.declared) == NOTHING
    everything(house.program)
    assert seen(house.program.declared) == ALL
    assert seen(house.program.declared, ip=ELSEWHERE) == (False, False, *ALL[2:])


def test_another_process_knows_it_once_it_followed_and_a_new_one_from_the_start(house: House) -> None:
    other = house.another()
    everything(other)
    assert seen(house.program.declared) == NOTHING
    house.program.follow()
    assert seen(house.program.declared) == ALL
    assert seen(house.another().declared) == ALL


def test_what_is_taken_back_counts_no_longer_anywhere(house: House) -> None:
    other = house.another()
    everything(house.program)
    made = travel(house.program)
    other.follow()
    with house.program.uow.begin() as tx:
        trips.cancel_trip(tx, made.id, tenant_id="acme", reason=None, by=SYSTEM_PRINCIPAL)
        networks.set_allowlist(tx, tenant_id="acme", enforced=False, tested_from=None, actor=SYSTEM)
        for each in networks.store.list_networks(tx.connection, tenant_id="acme"):
            networks.remove_network(tx, each.id, tenant_id="acme", actor=SYSTEM)
        profiles.remove_profile(tx, tenant_id="acme", account_id="builder", actor=SYSTEM)
    register(house.program, "builder", AccountKind.PERSON)
    assert seen(house.program.declared) == NOTHING
    assert seen(other.declared) == ALL
    other.follow()
    assert seen(other.declared) == NOTHING


def test_what_one_tenant_declares_is_nothing_to_another(house: House) -> None:
    house.tenant("bolt")
    everything(house.program)
    assert seen(house.program.declared, tenant="bolt") == NOTHING
    with house.program.uow.begin() as tx:
        draft = NetworkDraft(cidr="198.51.100.0/24", kind=NetworkKind.TRUSTED)
        networks.declare_network(tx, draft, tenant_id="bolt", actor=SYSTEM)
    assert seen(house.program.declared, tenant="bolt", ip=ELSEWHERE) == (True, *NOTHING[1:])
    assert seen(house.program.declared) == ALL


def test_what_could_not_be_saved_is_not_known(house: House) -> None:
    class Broken(Exception):
        pass

    def declare_and_fail() -> None:
        with house.program.uow.begin() as tx:
            draft = NetworkDraft(cidr="203.0.113.0/24", kind=NetworkKind.TRUSTED)
            networks.declare_network(tx, draft, tenant_id="acme", actor=SYSTEM)
            raise Broken

    with pytest.raises(Broken):
        declare_and_fail()
    house.program.follow()
    assert seen(house.program.declared) == NOTHING


def test_whoever_asks_never_waits_for_the_database(house: House) -> None:
    everything(house.program)
    with asked() as statements:
        assert seen(house.program.declared) == ALL
        assert seen(house.program.declared, tenant="\0") == NOTHING
    assert statements == []


def test_following_asks_one_question_where_nobody_declared_anything(house: House) -> None:
    everything(house.program)
    with asked() as statements:
        house.program.declared.follow()
    assert len([each for each in statements if "SELECT" in each]) == 1


def test_people_who_are_registered_make_nobody_read_anything_again(house: House) -> None:
    other = house.another()
    register(house.program, "wang", AccountKind.PERSON)
    with house.program.uow.begin() as tx:
        directory.ensure_account(tx, "acme", "stranger")
    with asked() as statements:
        other.declared.follow()
    assert [each for each in statements if "networks" in each or "trips" in each] == []
    register(house.program, "wang", AccountKind.SERVICE)
    other.declared.follow()
    assert other.declared.kind("acme", "wang") == house.program.declared.kind("acme", "wang") == "service"


def test_a_trip_that_waits_for_approval_does_not_count(house: House) -> None:
    changes = directory.TenantChanges(trips_need_approval=True)
    with house.program.uow.begin() as tx:
        directory.change_tenant(tx, "acme", changes, actor=SYSTEM)
    travel(house.program)
    assert seen(house.program.declared) == NOTHING


def test_a_trip_leads_to_its_places_and_to_no_others(house: House) -> None:
    travel(house.program, LISBON, SPAIN)

    def goes(country: str, city: str | None, account: str = "li") -> bool:
        return house.program.declared.travelling("acme", account, NOON.timestamp(), country, city)

    assert goes("PT", "Lisbon")
    assert goes("PT", "LISBON")
    assert goes("ES", None)
    assert goes("ES", "Madrid")
    assert not goes("PT", "Porto")
    assert not goes("PT", None)
    assert not goes("FR", "Lisbon")
    assert not goes("PT", "Lisbon", account="wang")


def test_of_overlapping_trips_each_counts(house: House) -> None:
    travel(house.program, LISBON)
    travel(house.program, SPAIN, starts=timedelta(), ends=3 * DAY)

    def goes(country: str, days: float) -> bool:
        at = (NOON + days * DAY).timestamp()
        return house.program.declared.travelling("acme", "li", at, country, "Lisbon")

    assert (goes("PT", 0.5), goes("ES", 0.5)) == (True, True)
    assert (goes("PT", 2), goes("ES", 2)) == (False, True)
    assert (goes("PT", -0.5), goes("ES", -0.5)) == (True, False)


def test_a_trip_is_known_to_late_events_and_then_let_go(house: House) -> None:
    travel(house.program)
    house.clock.move(DAY + KEPT_AFTER - timedelta(seconds=1))
    assert seen(house.another().declared) == (False, None, True, "person", None)
    house.clock.move(timedelta(seconds=1))
    assert seen(house.another().declared) == NOTHING


def test_nothing_declared_and_plain_values_need_no_database() -> None:
    assert seen(NOTHING_DECLARED) == NOTHING
    of_builder = Profile(
        tenant_id="acme",
        account_id="builder",
        purpose="builds",
        messages_a_minute=60,
        networks=("203.0.113.0/24",),
        declared_by=SYSTEM,
        declared_at=NOON,
    )
    declared = Declared.of(
        trusted={"acme": ["203.0.113.0/24", "203.0.113.0/25"]},
        allowed={"acme": ["203.0.113.0/24"], "bolt": []},
        kinds={("acme", "builder"): "bot"},
        profiles=[of_builder],
    )
    assert seen(declared) == (True, True, False, "bot", 60)
    assert declared.works_from("acme", "builder", OFFICE) is True
    assert declared.works_from("acme", "builder", "nowhere") is False
    assert declared.works_from("acme", "li", OFFICE) is None
    assert declared.allowlist("bolt", OFFICE) is False
    assert Declared.of(profiles=[of_builder]).profile("acme", "builder") is None


@pytest.mark.parametrize("text", ["", "nonsense", "203.0.113", "203.0.113.7.", "::ffff:203.0.113.7:1", "\0", "\ud800"])
def test_text_that_is_no_address_is_answered_on_the_safe_side(text: str) -> None:
    declared = Declared.of(trusted={"acme": ["203.0.113.0/24"]}, allowed={"acme": ["203.0.113.0/24"]})
    assert declared.is_trusted("acme", text) is False
    assert declared.allowlist("acme", text) is False
    assert declared.allowlist("bolt", text) is None
