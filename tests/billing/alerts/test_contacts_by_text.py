"""A finance contact with a telephone: confirmed by a code that came as a text, then told of a bill in the same way."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from watched import Watched

from frostgate.base.model import Language
from frostgate.config import Sms
from frostgate.notices.registered import PARAMETERS
from phones import KEY_ID, KEY_SECRET, Phones
from servers import Databases
from world import Json, World

LIN = "+8613800138000"


@pytest.fixture
def phones() -> Iterator[Phones]:
    phones = Phones()
    yield phones
    phones.stop()


@pytest.fixture
def acme(backend: str, database_url: str, databases: Databases, phones: Phones) -> Iterator[Watched]:
    sms = Sms(
        provider="alibaba",
        endpoint=phones.endpoint,
        key_id=KEY_ID,
        key_secret=KEY_SECRET,
        sign_name="艾克米",
        templates={template: {Language.EN: f"SMS_{template}"} for template in PARAMETERS},
    )
    world = World(database_url, databases.secrets[backend], sms=sms)
    yield Watched(world)
    world.close()


def owes_the_bill_of_march(acme: Watched, *channels: str) -> None:
    """With one reminder, on the day after it was due."""
    step = {"name": "last", "offset": {"days": 1}, "whom": ["finance"], "channels": channels}
    policy = {"name": "standard", "steps": [step], "grace": {"days": 2}}
    acme.world.boss().does("POST", "/v1/billing/dunning/policies", json=policy)
    acme.uses(10, "message")
    for day in (1, 16):  # of April: the bill of March is due on the fifteenth
        acme.world.clock.move_to(datetime(2026, 4, day, 4, tzinfo=UTC))
        acme.does_its_chores()


def has_lin(acme: Watched, phones: Phones) -> None:
    contact = acme.adds(LIN)
    acme.replies(contact, phones.texts[-1].values["reply_code"])
    assert acme.trust(contact) == "confirmed"


def reminders(acme: Watched) -> list[Json]:
    found = acme.world.boss().sees(f"{acme.tenant.path}/notices")["items"]
    return [notice for notice in found if notice["template"] == "debt_last_notice"]


def test_a_contact_is_confirmed_and_reminded_by_text(acme: Watched, phones: Phones) -> None:
    has_lin(acme, phones)
    owes_the_bill_of_march(acme, "sms")

    asked, told = phones.texts
    assert [(text.number, text.template_id) for text in (asked, told)] == [
        ("8613800138000", "SMS_contact_asked"),
        ("8613800138000", "SMS_debt_last_notice"),
    ]
    assert (told.values["total"], told.values["due_on"]) == ("0.50 CNY", "2026-04-15")
    [notice] = reminders(acme)
    assert (notice["channel"], notice["state"], notice["id"]) == ("sms", "sent", told.notice_id)
    file = acme.world.boss().sees(f"{acme.tenant.path}/notices/{notice['id']}")
    assert file["provider_reference"] == "biz^2 (request R-3)"
    assert "total: 0.50 CNY\n" in file["text"]
    assert acme.mails("security@acme.example") == []
    genuine = acme.world.http.get("/verify", params={"code": told.values["code"], "lang": "en"})
    assert "We sent this notice" in genuine.text


def test_who_has_no_mail_is_not_told_by_a_step_that_writes_mail_alone(acme: Watched, phones: Phones) -> None:
    has_lin(acme, phones)
    owes_the_bill_of_march(acme, "email")
    assert len(phones.texts) == 1
    [notice] = reminders(acme)
    assert (notice["audience"], notice["channel"]) == ("tenant", "email")


def test_an_alert_goes_to_the_telephone(acme: Watched, phones: Phones) -> None:
    has_lin(acme, phones)
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    text = phones.texts[-1]
    assert (text.template_id, text.values["reached"]) == ("SMS_alert_balance", "100.00 CNY")


def test_an_alert_about_days_says_how_many_are_left(acme: Watched, phones: Phones) -> None:
    has_lin(acme, phones)
    acme.tops_up(10_000)
    acme.watches("cover", 9, 14)
    acme.days_pass(8, using=1_000)
    text = phones.texts[-1]
    assert (text.template_id, text.values["days"], text.values["reached"]) == ("SMS_alert_cover", "7", "9")


@pytest.mark.parametrize("address", ["lin@acme.example", "13800138000", "+86 13800138000"])
def test_a_telephone_has_a_number_with_its_country(acme: Watched, phones: Phones, address: str) -> None:
    body = {"name": "Lin", "role": "finance", "mobile": address}
    assert acme.admin.is_refused("POST", acme.contacts, json=body) == "contact.address_unusable"
    assert phones.texts == []


def test_a_number_that_the_network_refuses_becomes_a_case(acme: Watched, phones: Phones) -> None:
    phones.refuse = "isv.MOBILE_NUMBER_ILLEGAL"
    acme.adds(LIN)
    [notice] = acme.world.boss().sees(f"{acme.tenant.path}/notices")["items"]
    assert (notice["state"], notice["problem"]) == (
        "undeliverable",
        "isv.MOBILE_NUMBER_ILLEGAL: refused (request R-2)",
    )
    assert len(acme.cases()) == 1
