"""Finance contacts over HTTP and by mail: confirmed by a code, asked again each half year, told nothing before."""

from datetime import UTC, datetime, timedelta

import pytest
from watched import DAY, LIN, Watched

from world import Json, World


def test_a_code_that_came_by_mail_confirms_who_reads_it(acme: Watched) -> None:
    contact = acme.adds()
    assert acme.trust(contact) == "unconfirmed"
    [letter] = acme.mails()
    assert "CNY" not in letter.text

    shown = acme.replies(contact, acme.code().upper())

    [way] = shown["ways"]
    assert (way["trust"], way["asked_at"], way["address"]) == ("confirmed", None, LIN)
    assert acme.is_wrong(contact, acme.code()) == "contact.code_not_asked"  # a code counts once


def test_the_code_stands_in_the_letter_alone(acme: Watched) -> None:
    acme.adds()
    [notice] = acme.admin.sees(f"{acme.tenant.path}/notices")["items"]
    file = acme.admin.sees(f"{acme.tenant.path}/notices/{notice['id']}")
    assert (notice["template"], notice["audience"]) == ("contact_asked", "finance")
    assert acme.code() not in str(file)
    assert "**********" in file["text"]


def test_codes_cannot_be_guessed(acme: Watched) -> None:
    contact = acme.adds()
    assert [acme.is_wrong(contact, "0000000000") for _ in range(5)] == ["contact.code_wrong"] * 5
    assert acme.is_wrong(contact, acme.code()) == "contact.code_not_asked"
    assert acme.trust(contact) == "unconfirmed"

    again = f"{acme.contacts}/{contact}/email/code"
    assert acme.admin.is_refused("POST", again) == "contact.asked_just_now"
    acme.world.clock.move(timedelta(minutes=10))
    acme.admin.does("POST", again)
    acme.delivers()
    acme.replies(contact, acme.code())
    assert acme.trust(contact) == "confirmed"


def test_a_code_of_last_week_is_too_old(acme: Watched) -> None:
    contact = acme.adds()
    acme.world.clock.move(7 * DAY)
    assert acme.is_wrong(contact, acme.code()) == "contact.code_too_old"


def test_whoever_is_not_confirmed_is_told_no_figures(acme: Watched) -> None:
    acme.adds()
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    assert acme.alerts() == []
    assert [case["cause"] for case in acme.cases()] == ["arrears"]  # people must call
    acme.looks()
    assert len(acme.cases()) == 1


def test_each_half_year_it_is_asked_whether_they_still_read(acme: Watched) -> None:
    contact = acme.has()
    acme.watches("balance", 10_000, 20_000)
    acme.tops_up(100_000)
    acme.looks()
    [mail, *_] = acme.mails()
    assert "Confirm" in mail.subject
    acme.world.clock.move_to(datetime(2026, 9, 1, 15, 59, tzinfo=UTC))  # a minute to 2 September in Shanghai
    acme.looks()
    assert (len(acme.mails()), acme.trust(contact)) == (1, "confirmed")

    acme.world.clock.move(timedelta(minutes=1))
    acme.looks()
    acme.looks()
    assert (len(acme.mails()), acme.trust(contact)) == (2, "renewing")
    acme.days_pass(14)
    assert len(acme.mails()) == 4  # once a week
    acme.is_charged(95_000)
    acme.looks()
    assert len(acme.alerts()) == 1  # it counts while it is asked

    acme.replies(contact, acme.code())
    acme.days_pass(60)
    assert (len(acme.mails()), acme.trust(contact)) == (5, "confirmed")


def test_whoever_does_not_answer_for_a_month_counts_no_more(acme: Watched) -> None:
    contact = acme.has()
    acme.world.clock.move_to(datetime(2026, 9, 1, 16, tzinfo=UTC))
    acme.days_pass(30)
    assert acme.trust(contact) == "lapsed"
    acme.watches("balance", 10_000, 20_000)
    acme.looks()
    assert acme.alerts() == []
    assert len(acme.cases()) == 1
    asked = len(acme.mails())
    acme.days_pass(30)
    assert len(acme.mails()) == asked  # whoever reads there now is left alone


def test_contacts_can_be_removed_and_are_not_added_twice(acme: Watched) -> None:
    contact = acme.has()
    body = {"name": "Lin again", "role": "finance", "email": LIN}
    assert acme.admin.is_refused("POST", f"{acme.contacts}", json=body) == "contact.exists"
    acme.admin.does("DELETE", f"{acme.contacts}/{contact}")
    assert acme.admin.sees(f"{acme.contacts}") == []
    assert acme.admin.is_refused("DELETE", f"{acme.contacts}/{contact}") == "contact.unknown"
    acme.world.clock.move(timedelta(minutes=10))
    acme.has()


def test_nobody_is_flooded_with_codes_by_removing_and_adding_a_contact(acme: Watched) -> None:
    contact = acme.adds()
    acme.admin.does("DELETE", f"{acme.contacts}/{contact}")
    body = {"name": "Lin", "role": "finance", "email": LIN}
    assert acme.admin.is_refused("POST", f"{acme.contacts}", json=body) == "contact.asked_just_now"
    assert len(acme.mails()) == 1
    acme.world.clock.move(timedelta(minutes=10))
    acme.adds()
    assert len(acme.mails()) == 2


def test_a_tenant_does_not_write_to_the_whole_world(shared: World) -> None:
    """An address after another, each removed at once, sixty times in a day."""
    path = f"{shared.tenant('wide').path}/contacts"
    boss = shared.boss()

    def adds(number: int) -> Json:
        return {"name": "Lin", "role": "finance", "email": f"lin{number}@wide.example"}

    for number in range(60):
        contact = boss.does("POST", path, json=adds(number))["id"]
        boss.does("DELETE", f"{path}/{contact}")
    assert boss.is_refused("POST", path, json=adds(60)) == "contact.asked_too_often"
    assert boss.sees(path) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "no address"}, "contact.address_unusable"),
        ({"mobile": "13800000000"}, "contact.channel_unusable"),
        ({}, "contact.address_missing"),
        ({"email": "a@b.example", "language": "de"}, "request.invalid"),
    ],
)
def test_where_nothing_can_be_sent_is_refused(shared: World, body: dict[str, str], code: str) -> None:
    tenant = shared.tenant(f"t{shared.number()}")
    path = f"{tenant.path}/contacts"
    assert shared.boss().is_refused("POST", path, json={"name": "Lin", "role": "finance", **body}) == code
    assert shared.boss().sees(path) == []


def test_there_are_not_more_than_people_can_look_after(shared: World) -> None:
    path = f"{shared.tenant('many').path}/contacts"
    for number in range(20):
        shared.boss().does("POST", path, json=lin(f"lin{number}@many.example"))
    refused = shared.boss().is_refused("POST", path, json=lin("lin@many.example"))
    assert refused == "contact.too_many"


def lin(address: str) -> Json:
    return {"name": "Lin", "role": "finance", "email": address}


def test_the_journal_keeps_neither_names_nor_addresses_nor_codes(acme: Watched) -> None:
    acme.has()
    told = str([entry.body for entry in acme.world.journal("acme") if entry.fact == "contact.changed"])
    assert told.count("confirmed") == 1
    assert not any(secret in told for secret in (LIN, "Lin", acme.code()))


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_reminders_go_to_who_is_confirmed_and_else_to_the_tenants_contact(acme: Watched, is_confirmed: bool) -> None:
    step = {"name": "last", "offset": {"days": 1}, "whom": ["finance"]}
    policy = {"name": "standard", "steps": [step], "grace": {"days": 2}}
    acme.world.boss().does("POST", "/v1/billing/dunning/policies", json=policy)
    _ = acme.has() if is_confirmed else acme.adds()
    acme.uses(10, "message")
    for day in (1, 16):  # of April: the bill of March is due on the fifteenth
        acme.world.clock.move_to(datetime(2026, 4, day, 4, tzinfo=UTC))
        acme.does_its_chores()

    told, stands_in = acme.alerts(), acme.alerts("security@acme.example")

    assert (len(told), len(stands_in)) == ((1, 0) if is_confirmed else (0, 1))
    assert "Last notice" in (told or stands_in)[0].subject
