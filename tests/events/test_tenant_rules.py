"""What intake knows of tenants: always at hand, and never forgotten in between."""

from frostgate.app import Program
from frostgate.directory import service
from frostgate.directory.auth import SYSTEM
from frostgate.directory.model import UnknownAccounts
from frostgate.directory.service import TenantChanges
from frostgate.events.errors import AccountUnknown
from house import House
from together import asked


def refuses_strangers(house: House, program: Program | None = None) -> None:
    changes = TenantChanges(unknown_accounts=UnknownAccounts.REFUSE)
    with (program or house.program).uow.begin() as tx:
        service.change_tenant(tx, "acme", changes, actor=SYSTEM)


def refused(house: House) -> bool:
    [answer] = house.program.decider.process([house.event(account="nobody")])
    return isinstance(answer, AccountUnknown)


def test_strangers_stay_refused_while_the_store_is_followed(house: House) -> None:
    house.tenant()
    assert not refused(house)
    refuses_strangers(house)
    assert refused(house)
    house.program.follow()
    assert refused(house)
    assert isinstance(house.another().decider.process([house.event(account="nobody")])[0], AccountUnknown)


def test_what_another_process_changed_is_known_once_it_was_followed(house: House) -> None:
    house.tenant()
    other = house.another()
    refuses_strangers(house, other)
    with other.uow.begin() as tx:
        service.create_tenant(tx, tenant_id="bolt", name="Bolt", contact_email="a@bolt.example", actor=SYSTEM)
    assert not house.program.tenants.knows("bolt")
    house.program.follow()
    assert house.program.tenants.knows("bolt")
    assert refused(house)


def test_whoever_asks_never_waits_for_the_database(house: House) -> None:
    """The event loop asks at every event, also about tenants that do not exist."""
    house.tenant()
    with asked() as statements:
        assert house.program.tenants.knows("acme")
        assert not house.program.tenants.knows("nobody")
        assert not house.program.tenants.knows("\x00")
    assert statements == []
