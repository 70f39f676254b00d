"""Who of a tenant hears of its security: its security contacts, else its owners, else the address that it gave."""

from typing import Any

import pytest

from frostgate.base.calendar import Calendar
from frostgate.base.model import Language
from frostgate.directory.store import get_tenant
from frostgate.notices import dead
from frostgate.notices.contacts import store as contacts
from frostgate.notices.contacts.choosing import readers_of
from frostgate.notices.contacts.model import OVERTIME, RENEWED_EACH, Contact, ContactRole, Way
from frostgate.notices.model import Channel, Template

House = Any
OWN = "security@acme.example.com"


def has_contact(house: House, role: ContactRole, *addresses: str) -> None:
    """A contact who confirmed every address; one that begins with + is a telephone."""
    now, calendar = house.clock.now(), Calendar(time_zone="Asia/Shanghai")
    ways = tuple(
        Way(
            contact_id=addresses[0],
            channel=Channel.SMS if address.startswith("+") else Channel.EMAIL,
            address=address,
            confirmed_at=now,
        )
        for address in addresses
    )
    contact = Contact(
        id=addresses[0], tenant_id="acme", name="Lin", role=role, language=Language.EN, ways=ways, added_at=now
    )
    with house.uow.begin() as tx:
        contacts.save_contact(tx.connection, contact)
        for way in ways:
            contacts.save_way(tx.connection, way, tenant_id="acme", calendar=calendar, at=now)


def told(house: House, template: Template = Template.REVIEW_DUE) -> list[str]:
    with house.uow.look() as connection:
        tenant, now = get_tenant(connection, "acme"), house.clock.now()
        return [reader.address for reader in readers_of(connection, tenant, ContactRole.SECURITY, template, at=now)]


def test_a_tenant_without_contacts_reads_at_the_address_that_it_gave(house: House) -> None:
    assert told(house) == [OWN]


def test_security_contacts_hear_of_it_and_nobody_of_another_role(house: House) -> None:
    has_contact(house, ContactRole.FINANCE, "zhao@acme.example.com")
    assert told(house) == [OWN]
    has_contact(house, ContactRole.OWNER, "wei@acme.example.com")
    assert told(house) == ["wei@acme.example.com"]
    has_contact(house, ContactRole.SECURITY, "lin@acme.example.com")
    has_contact(house, ContactRole.SECURITY, "mei@acme.example.com")
    assert told(house) == ["lin@acme.example.com", "mei@acme.example.com"]


def test_a_letter_with_a_link_goes_by_mail_and_never_to_a_telephone(house: House) -> None:
    has_contact(house, ContactRole.SECURITY, "+8613800138000")
    assert told(house) == [OWN]
    has_contact(house, ContactRole.SECURITY, "lin@acme.example.com", "+8613900139000")
    assert told(house) == ["lin@acme.example.com"]


@pytest.mark.parametrize("template", [Template.CHECK_UP_DUE, Template.REVIEW_DUE])
def test_an_address_that_does_not_work_is_passed_over(house: House, template: Template) -> None:
    has_contact(house, ContactRole.SECURITY, "lin@acme.example.com")
    lost = dead.DeadAddress(
        tenant_id="acme",
        channel=Channel.EMAIL,
        address="lin@acme.example.com",
        notice_id="n",
        since=house.clock.now(),
    )
    with house.uow.begin() as tx:
        dead.add(tx.connection, lost)
    assert told(house, template) == [OWN]


def test_who_has_not_confirmed_for_long_hears_no_more(house: House) -> None:
    has_contact(house, ContactRole.SECURITY, "lin@acme.example.com")
    house.clock.move(OVERTIME * (RENEWED_EACH + 2))
    assert told(house) == [OWN]
