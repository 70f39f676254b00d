"""Whether it arrived: receipts of mail and of texts, what each changes, and what goes out instead."""

from typing import Any

import msgspec
import pytest

from frostgate.base.calendar import Calendar
from frostgate.base.model import SYSTEM, Language
from frostgate.base.uow import Tx
from frostgate.cases.store import cases
from frostgate.notices import dead, store
from frostgate.notices.contacts import store as contacts
from frostgate.notices.contacts.model import Contact, ContactRole, Way
from frostgate.notices.model import Audience, Channel, Notice, Reader, State, Template
from frostgate.notices.params import Params, SignInNews
from frostgate.notices.providers.receipts import read_alibaba, read_tencent
from frostgate.notices.receipts.mail import read
from frostgate.notices.receipts.model import ReceiptKeyWrong, ReceiptsNotSetUp, Said, Taken
from frostgate.notices.receipts.service import ReceiptKeys, take
from frostgate.notices.service import owe
from frostgate.notices.signing import seal, signature

House = Any


def report(
    house: House, notice: Notice, action: str = "failed", status: str = "5.1.1", returned: str | None = None
) -> bytes:
    """A delivery report as Postfix writes it; `returned` is what it returns instead of our mail's own seal."""
    if returned is None:
        returned = f"X-Frostgate-Receipt: {seal(house.vault, notice.id, notice.address)}"
    return f"""From: MAILER-DAEMON@mx.example
To: notice@id.example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {notice.address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <{notice.id}@id.example.com>
X-Frostgate-Notice: {notice.code}
{returned}
Subject: Account frozen

--b--
""".encode()


def takes(house: House, raw: bytes) -> list[Taken]:
    with house.uow.begin() as tx:
        return [take(tx, receipt, vault=house.vault) for receipt in read(raw)]


def sent(house: House) -> tuple[Notice, Notice]:
    """The notices of a freeze, to its holder and to the tenant, which the mail server took."""
    house.hold()
    house.round()
    holder, tenant = house.notices()
    assert (holder.state, tenant.state) == (State.SENT, State.SENT)
    return holder, tenant


def has_contact(house: House, address: str, role: ContactRole) -> None:
    way = Way(contact_id=address, channel=Channel.EMAIL, address=address, confirmed_at=house.clock.now())
    contact = Contact(
        id=address,
        tenant_id="acme",
        name="Lin",
        role=role,
        language=Language.EN,
        ways=(way,),
        added_at=house.clock.now(),
    )
    with house.uow.begin() as tx:
        contacts.save_contact(tx.connection, contact)
        calendar = Calendar(time_zone="Asia/Shanghai")
        contacts.save_way(tx.connection, way, tenant_id="acme", calendar=calendar, at=tx.now)


def now(house: House, notice: Notice) -> Notice:
    with house.uow.look() as connection:
        return store.get_notice(connection, notice.id, tenant_id="acme")


def test_a_hard_bounce_marks_the_address_and_asks_people_where_nobody_is_left(house: House) -> None:
    _, tenant = sent(house)
    assert takes(house, report(house, tenant)) == [Taken.TAKEN]
    after = now(house, tenant)
    assert (after.state, after.bounce) == (State.BOUNCED, "hard")
    assert [case.kind for case in house.rows(cases) if case.kind == "notice_undeliverable"] == ["notice_undeliverable"]
    with house.uow.look() as connection:
        assert [each.address for each in dead.list_dead(connection, tenant_id="acme")] == [tenant.address]

    facts = house.facts()
    assert takes(house, report(house, tenant)) == [Taken.NOTHING_NEW]
    assert takes(house, report(house, tenant, "delivered", "2.0.0")) == [Taken.NOTHING_NEW]
    assert house.facts() == facts


def test_what_bounced_goes_to_the_tenants_own_address_instead(house: House) -> None:
    has_contact(house, "lin@acme.example.com", ContactRole.SECURITY)
    _, told = sent(house)
    assert told.address == "lin@acme.example.com"
    takes(house, report(house, told))
    house.round()
    [instead] = [each for each in house.notices() if each.address == "security@acme.example.com"]
    assert (instead.state, instead.template, instead.thread) == (State.SENT, told.template, told.thread)
    assert [case for case in house.rows(cases) if case.kind == "notice_undeliverable"] == []

    takes(house, report(house, instead))  # nobody is left
    assert len([case for case in house.rows(cases) if case.kind == "notice_undeliverable"]) == 1


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7", ""])
def test_a_full_mailbox_or_an_unwanted_mail_says_nothing_of_the_address(house: House, status: str) -> None:
    _, tenant = sent(house)
    assert takes(house, report(house, tenant, status=status)) == [Taken.TAKEN]
    assert now(house, tenant).bounce == "soft"
    with house.uow.look() as connection:
        assert dead.list_dead(connection, tenant_id="acme") == []


def test_delivery_may_be_followed_by_a_bounce(house: House) -> None:
    holder, _ = sent(house)
    assert takes(house, report(house, holder, "delayed", "4.4.1")) == [Taken.TAKEN]
    assert takes(house, report(house, holder, "delayed", "4.4.1")) == [Taken.NOTHING_NEW]
    assert takes(house, report(house, holder, "delivered", "2.0.0")) == [Taken.TAKEN]
    assert now(house, holder).state is State.DELIVERED
    takes(house, report(house, holder))
    assert now(house, holder).state is State.BOUNCED


def test_a_report_that_is_made_up_changes_nothing(house: House) -> None:
    holder, tenant = sent(house)
    stranger = msgspec.structs.replace(tenant, id="0" * 32)
    facts = house.facts()
    assert takes(house, report(house, stranger)) == [Taken.UNKNOWN]
    assert read(b"Subject: out of office\r\n\r\nback on Monday") == []
    for made_up in (
        f"X-Frostgate-Receipt: {tenant.id}.{'A' * 22}",
        f"X-Frostgate-Receipt: {tenant.id}.{signature(house.vault, tenant)}",  # of the link, which others may read
        f"X-Frostgate-Receipt: {tenant.id}.{seal(house.vault, holder.id, holder.address).partition('.')[2]}",
        f"X-Frostgate-Receipt: {seal(house.vault, tenant.id, holder.address)}",
        f"X-Frostgate-Receipt: {tenant.id}.",
        "X-Frostgate-Receipt: \u8fd9",
    ):
        assert takes(house, report(house, tenant, returned=made_up)) == [Taken.UNKNOWN]
    assert house.facts() == facts


def test_whoever_knows_id_code_and_message_id_of_a_notice_cannot_have_it_returned(house: House) -> None:
    """A tenant's people read all three; they are not to silence the one who hears of security."""
    _, tenant = sent(house)
    facts = house.facts()
    assert takes(house, report(house, tenant, returned="X-Mailer: none")) == [Taken.UNKNOWN]
    answers = report(house, tenant, returned="").replace(
        b"MIME-Version", f"In-Reply-To: {tenant.message_id}\nReferences: {tenant.message_id}\nMIME-Version".encode()
    )
    assert takes(house, answers) == [Taken.UNKNOWN]
    assert (now(house, tenant).state, house.facts()) == (State.SENT, facts)


def test_what_a_mail_server_returns_of_our_own_mail_is_believed(house: House, postbox: Any) -> None:
    """Headers as they went out, whatever the servers on the way made of the Message-ID."""
    _, tenant = sent(house)
    [mail] = [mail for mail in postbox.mails if mail.rcpt_tos == [tenant.address]]
    headers = mail.content.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    mine = report(house, tenant, returned="")
    before, after = mine.split(b"text/rfc822-headers\n\n")
    rest = after.partition(b"\n\n--b--")[2]
    whole = (
        before + b"text/rfc822-headers\n\n" + headers.replace(b"Message-ID: <", b"Message-ID: <relay.") + b"\n\n--b--"
    )
    assert takes(house, whole + rest) == [Taken.TAKEN]
    as_mail = before + b"message/rfc822\n\n" + headers + b"\n\nbody\n\n--b--" + rest
    assert takes(house, as_mail) == [Taken.NOTHING_NEW]


def test_without_the_vault_no_report_by_mail_is_believed(house: House) -> None:
    _, tenant = sent(house)
    with house.uow.begin() as tx:
        assert [take(tx, receipt) for receipt in read(report(house, tenant))] == [Taken.UNKNOWN]


def test_a_report_that_overtakes_our_own_record_must_come_again(house: House) -> None:
    house.hold()
    holder, _ = house.notices()
    assert takes(house, report(house, holder)) == [Taken.TOO_EARLY]


def test_providers_say_which_text_and_which_number() -> None:
    body = (
        b'[{"phone_number": "13800138000", "success": false, "err_code": "MK:0001", "err_msg": "x", "biz_id": "9^0"}]'
    )
    [hard] = read_alibaba(body)
    assert (hard.said, hard.receipt_id, hard.number) == (Said.BOUNCED_HARD, "9^0", "13800138000")
    body = b'[{"nationcode": "86", "mobile": "13800138000", "report_status": "FAIL", "errmsg": "MK:0012", "sid": "s"}]'
    [soft] = read_tencent(body)
    assert (soft.said, soft.receipt_id, soft.number) == (Said.BOUNCED_SOFT, "s", "8613800138000")


def test_whoever_has_no_key_is_not_heard() -> None:
    with pytest.raises(ReceiptsNotSetUp):
        ReceiptKeys(()).check("")
    with pytest.raises(ReceiptKeyWrong):
        ReceiptKeys(("k" * 20,)).check("x" * 20)
    ReceiptKeys(("k" * 20,)).check("k" * 20)
    with pytest.raises(ValueError, match="20 letters"):
        ReceiptKeys(("short",))


def tells_of_a_sign_in(tx: Tx, tenant_id: str, *readers: Reader) -> list[Notice]:
    """Owe them a word about how they sign in."""
    params = Params(
        account=None,
        tenant="Acme",
        kind="limit",
        cause="manual",
        services=(),
        since=tx.now,
        case_id="",
        time_zone="Asia/Shanghai",
        sign_in=SignInNews(what="factor_added"),
    )
    return owe(tx, tenant_id, Template.SIGN_IN_TOLD, params, readers, actor=SYSTEM)


def test_our_own_people_go_on_hearing_where_an_address_was_dead_for_somebody(house: House) -> None:
    """Of a tenant's owner who is one of its contacts, too, or in a store from when staff's addresses could die."""
    both = "wei@acme.example.com"
    for tenant_id in ("acme", ""):
        lost = dead.DeadAddress(
            tenant_id=tenant_id, channel=Channel.EMAIL, address=both, notice_id="n", since=house.clock.now()
        )
        with house.uow.begin() as tx:
            dead.add(tx.connection, lost)
            readers = [Reader(Audience.OPERATORS, both, Language.EN), Reader(Audience.FINANCE, both, Language.EN)]
            owed = tells_of_a_sign_in(tx, tenant_id, *readers)
        assert [(each.audience, each.state) for each in owed] == [
            (Audience.OPERATORS, State.OWED),
            (Audience.FINANCE, State.WITHHELD),
        ]


def dead_of(house: House) -> list[str]:
    with house.uow.look() as connection:
        return sorted(each.address for each in dead.list_dead(connection, tenant_id="acme"))


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "550 5.1.2 no such domain", "550 5.2.1 disabled"])
def test_who_is_refused_at_the_door_for_good_is_as_dead_as_who_bounces(house: House, postbox: Any, answer: str) -> None:
    has_contact(house, "lin@acme.example.com", ContactRole.SECURITY)
    postbox.refused["lin@acme.example.com"] = answer
    house.hold()
    house.round()
    assert dead_of(house) == ["lin@acme.example.com"]

    house.round()  # at once: the clock did not move
    [lin] = [each for each in house.notices() if each.address == "lin@acme.example.com"]
    [instead] = [each for each in house.notices() if each.address == "security@acme.example.com"]
    assert (lin.state, instead.state, instead.thread) == (State.UNDELIVERABLE, State.SENT, lin.thread)
    assert [case for case in house.rows(cases) if case.kind == "notice_undeliverable"] == []

    house.hold("bot")
    assert "lin@acme.example.com" not in [each.address for each in house.notices() if each.account_id == "bot"]


@pytest.mark.parametrize(
    "answer",
    ["450 4.1.1 try again", "451 greylisted", "550 5.7.1 unwanted", "552 5.2.2 full", "550 no reason", "550 5.1.8 you"],
)
def test_who_is_refused_for_another_reason_is_not_dead(house: House, postbox: Any, answer: str) -> None:
    postbox.refuse = answer
    house.hold()
    house.round()
    assert dead_of(house) == []
    passes = answer.startswith("4")
    assert {each.state for each in house.notices()} == {State.OWED if passes else State.UNDELIVERABLE}


def test_our_own_people_are_never_dead_at_the_door_either(house: House, postbox: Any) -> None:
    postbox.refuse = "550 5.1.1 no such user"
    with house.uow.begin() as tx:
        readers = [Reader(Audience.OPERATORS, "wei@acme.example.com", Language.EN)]
        tells_of_a_sign_in(tx, "acme", *readers)
    house.round()
    assert (house.notices()[0].state, dead_of(house)) == (State.UNDELIVERABLE, [])
