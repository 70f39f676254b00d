"""Texts over SMPP to a message centre on the loopback: what arrives, what is tried again, what receipts say."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from frostgate.base.model import Language
from frostgate.base.reconciler import Failed, Schedule
from frostgate.cases.store import cases
from frostgate.notices.channels.smpp import Smpp
from frostgate.notices.model import Channel, Letter, Notice, State, Taken, Template
from frostgate.notices.receipts import texts
from frostgate.notices.render import Site
from frostgate.notices.smpp.session import Gateway
from frostgate.notices.smpp.wire import Receipt
from smsc import PASSWORD, SYSTEM_ID, Smsc

House = Any

LONG = "【演示】" + "为保护您的账号，部分服务已暂停。" * 9 + "😀"
LETTER = Letter(
    notice_id="n1",
    address="+8613800138000",
    language=Language.EN,
    code="k7m2q9x4tz",
    template=Template.FROZEN,
    subject="",
    text="Price {1} €, on [us]",
    html="",
)
SITE = Site(
    platform="Frostgate",
    help_url="https://id.example.com/help",
    check_url="https://id.example.com/verify",
    words_are_ours=True,
)
AT_ONCE = Schedule(first=timedelta(milliseconds=1), cap=timedelta(milliseconds=1), attempts=1)


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    smsc = Smsc()
    yield smsc
    smsc.stop()


def carrier(smsc: Smsc, keep: Callable[[Receipt], None] = lambda _: None, **changes: Any) -> Smpp:
    backoff = changes.pop("backoff", AT_ONCE)
    settings = {
        "host": "127.0.0.1",
        "port": smsc.port,
        "system_id": SYSTEM_ID,
        "password": PASSWORD,
        "source": "10690000",
        "tls": False,
        "timeout": timedelta(seconds=5),
        **changes,
    }
    return Smpp(Gateway(**settings), keep=keep, backoff=backoff)


def sends(carrier: Smpp, *letters: Letter, then: Callable[[], Coroutine[Any, Any, None]] | None = None) -> list[Any]:
    """What comes of these letters, one after another, in one session."""

    async def all_of_them() -> list[Any]:
        try:
            outcomes = [await carrier.send(letter) for letter in letters]
            if then is not None:
                await then()
            return outcomes
        finally:
            await carrier.close()

    return asyncio.run(all_of_them())


def says(text: str, notice_id: str = "n1") -> Letter:
    return msgspec.structs.replace(LETTER, text=text, notice_id=notice_id)


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not is_true():
            await asyncio.sleep(0.005)


def test_a_short_text_is_one_message_in_seven_bits_and_asks_for_a_receipt(smsc: Smsc) -> None:
    assert sends(carrier(smsc), LETTER) == [Taken(detail="m1", references=("m1",))]

    [message] = smsc.messages
    assert (message.text, message.coding, message.header) == (LETTER.text, 0, b"")
    assert (message.number, message.source, message.wants_receipt) == ("8613800138000", "10690000", 1)


def test_a_long_chinese_text_arrives_whole_in_parts(smsc: Smsc) -> None:
    [outcome] = sends(carrier(smsc), says(LONG))

    assert outcome.references == ("m1", "m2", "m3")
    assert {(message.coding, message.esm_class) for message in smsc.messages} == {(8, 0x40)}
    headers = [message.header for message in smsc.messages]
    assert [header[:3] + header[4:] for header in headers] == [bytes((5, 0, 3, 3, place)) for place in (1, 2, 3)]
    assert len({header[3] for header in headers}) == 1
    assert "".join(message.text for message in smsc.messages) == LONG


def test_parts_may_be_numbered_by_parameters_or_left_to_the_gateway(smsc: Smsc) -> None:
    sends(carrier(smsc, long_texts="sar"), says(LONG))
    assert [message.sar[1:] for message in smsc.messages] == [(3, 1), (3, 2), (3, 3)]
    assert "".join(message.text for message in smsc.messages) == LONG

    sends(carrier(smsc, long_texts="payload"), says(LONG))
    assert (smsc.messages[-1].text, len(smsc.messages)) == (LONG, 4)


@pytest.mark.parametrize(
    ("status", "problem", "permanent"),
    [
        (0x58, "ESME_RTHROTTLED", False),
        (0x14, "ESME_RMSGQFUL", False),
        (0x0B, "ESME_RINVDSTADR", True),
        (0x0A, "ESME_RINVSRCADR", False),
        (0x0400, "status 0x00000400", False),
    ],
)
def test_what_is_refused_is_tried_again_unless_the_number_is_wrong(
    smsc: Smsc, status: int, problem: str, permanent: bool
) -> None:
    smsc.status = status
    assert sends(carrier(smsc), LETTER) == [Failed(problem=problem, permanent=permanent)]


def test_a_wrong_password_is_said_plainly_and_not_tried_with_every_notice(
    smsc: Smsc, capfd: pytest.CaptureFixture[str]
) -> None:
    slow = Schedule(first=timedelta(minutes=1), cap=timedelta(minutes=1), attempts=1)
    wrong = carrier(smsc, password="hidden!", backoff=slow)
    assert sends(wrong, LETTER, LETTER) == [
        Failed(problem="bind refused: ESME_RINVPASWD"),
        Failed(problem="not asked again yet: bind refused: ESME_RINVPASWD"),
    ]
    assert smsc.binds == [(SYSTEM_ID, "hidden!")]
    assert "hidden!" not in f"{wrong._gateway!r}{capfd.readouterr()}"


def test_a_connection_that_ends_in_the_middle_is_opened_again(smsc: Smsc) -> None:
    smsc.hang_up_at = 2

    async def comes_back() -> None:
        smsc.hang_up_at = None

    lost = carrier(smsc)
    assert sends(lost, says(LONG), then=comes_back) == [Failed(problem="the gateway closed the connection")]
    [again] = sends(lost, says(LONG))
    assert isinstance(again, Taken)
    # Marked as before, so a telephone that has a part already joins the others to it.
    assert len({message.header[3] for message in smsc.messages}) == 1
    assert len(smsc.binds) == 2


def test_whoever_stays_bound_binds_again_by_itself(smsc: Smsc) -> None:
    bound = carrier(smsc)

    async def story() -> None:
        staying = asyncio.create_task(bound.run())
        await until(lambda: len(smsc.binds) == 1)
        smsc.drop_everybody()
        await until(lambda: len(smsc.binds) == 2)
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying
        await bound.close()

    asyncio.run(story())


class Pauses(Schedule, frozen=True):
    """After how many failures each pause was asked for; none takes long."""

    asked: list[int] = msgspec.field(default_factory=list)

    def wait(self, attempt: int, fraction: float) -> timedelta:
        self.asked.append(attempt)
        return super().wait(1, fraction)


def test_a_gateway_that_lets_us_in_and_hangs_up_is_asked_again_after_longer_and_longer(smsc: Smsc) -> None:
    pauses = Pauses(first=timedelta(milliseconds=1), cap=timedelta(milliseconds=1), attempts=1)
    bound = carrier(smsc, backoff=pauses)
    smsc.hangs_up = True

    async def story() -> None:
        staying = asyncio.create_task(bound.run())
        await until(lambda: len(smsc.binds) >= 4)
        assert pauses.asked[:3] == [1, 2, 3]  # and each pause is longer than the one before it
        smsc.hangs_up = False
        while not isinstance(await bound.send(LETTER), Taken):
            await asyncio.sleep(0)  # until it is let in, and stays
        asked, binds = len(pauses.asked), len(smsc.binds)
        smsc.hangs_up = True
        smsc.drop_everybody()
        await until(lambda: len(smsc.binds) >= binds + 2)
        assert pauses.asked[asked] == 1  # a session that was of use makes up for what was before it
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying
        await bound.close()

    asyncio.run(story())


def test_while_it_hangs_up_no_notice_makes_us_sign_in(smsc: Smsc) -> None:
    slow = Schedule(first=timedelta(minutes=1), cap=timedelta(minutes=1), attempts=1)
    smsc.hangs_up = True
    shy = carrier(smsc, backoff=slow)

    async def story() -> None:
        staying = asyncio.create_task(shy.run())
        later = Failed(problem="not asked again yet: the gateway let us in and closed the connection")
        while await shy.send(LETTER) != later:
            await asyncio.sleep(0)  # until it has hung up
        assert [await shy.send(LETTER) for _ in range(3)] == [later] * 3
        assert len(smsc.binds) == 1
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying
        await shy.close()

    asyncio.run(story())


def test_silence_is_asked_about_and_ends_the_session(smsc: Smsc) -> None:
    watching = carrier(smsc, enquire=timedelta(milliseconds=20), timeout=timedelta(milliseconds=200))

    async def falls_silent() -> None:
        await until(lambda: smsc.links >= 2)
        smsc.is_silent = True
        assert watching._session is not None
        async with asyncio.timeout(10):
            await watching._session.ended.wait()

    assert isinstance(sends(watching, LETTER, then=falls_silent)[0], Taken)


def test_a_receipt_that_cannot_be_kept_is_asked_for_again(smsc: Smsc) -> None:
    kept: list[Receipt] = []

    def keeps(receipt: Receipt) -> None:
        if not kept:
            kept.append(receipt)
            raise OSError("the disk is full")
        kept.append(receipt)

    async def twice() -> None:
        smsc.deliver("m1", "DELIVRD", with_tlv=True)
        await until(lambda: smsc.answers == [0x64])
        smsc.deliver("m1", "UNDELIV", error="021")
        await until(lambda: smsc.answers == [0x64, 0])

    sends(carrier(smsc, keeps), LETTER, then=twice)
    assert kept == [
        Receipt(message_id="m1", has_arrived=True, said="DELIVRD"),
        Receipt(message_id="m1", has_arrived=False, said="UNDELIV err:021"),
    ]


def certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    file = folder / "gateway.pem"
    file.write_bytes(pem)
    return file


def test_tls_trusts_the_named_certificate_and_no_other(tmp_path: Path) -> None:
    cert = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    smsc = Smsc(context)
    try:
        assert isinstance(sends(carrier(smsc, tls=True, ca_file=str(cert)), LETTER)[0], Taken)
        [refused] = sends(carrier(smsc, tls=True), LETTER)
        assert isinstance(refused, Failed)
        assert "CERTIFICATE_VERIFY_FAILED" in refused.problem
    finally:
        smsc.stop()


# With the store


class Line:
    """Li's telephone: what is owed to it travels through this gateway, and receipts are kept."""

    def __init__(self, house: House, smsc: Smsc, *, email: str | None = "li@acme.example.com") -> None:
        self.house, self.smsc = house, smsc
        house.account("li", email, Language.EN, "+8613800138000")

    def round(self, then: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """One round of the delivery on one connection, and what happens on it afterwards."""

        async def story() -> None:
            sms = carrier(self.smsc, self._keep)
            await self.house.delivery(self.house.email, sms=sms, site=SITE).run_once()
            if then is not None:
                await then()
            await sms.close()

        asyncio.run(story())

    def text(self) -> Notice:
        [notice] = [each for each in self.house.notices() if each.channel is Channel.SMS]
        assert isinstance(notice, Notice)
        return notice

    def outcomes(self) -> list[str]:
        return [outcome for outcome, _ in self.house.attempts(self.text())]

    def _keep(self, receipt: Receipt) -> None:
        with self.house.uow.begin() as tx:
            texts.delivered(tx, receipt.message_id, has_arrived=receipt.has_arrived, said=receipt.said)


def test_a_receipt_is_recorded_with_its_notice_however_early_it_comes(house: House, smsc: Smsc) -> None:
    line = Line(house, smsc)
    smsc.receipt = "DELIVRD"  # beside the answer, so before anything is written down
    house.hold()
    line.round(lambda: until(lambda: line.outcomes() == ["sent", "delivered"]))

    notice = line.text()
    assert (notice.state, notice.provider_reference) == (State.DELIVERED, "m1")
    assert house.attempts(notice)[-1] == ("delivered", "DELIVRD err:000")
    assert house.rows(cases) == []


def test_a_text_that_never_arrived_becomes_a_task(house: House, smsc: Smsc) -> None:
    line = Line(house, smsc)
    house.hold()

    async def says_twice() -> None:
        smsc.deliver("m1", "EXPIRED", error="027")
        smsc.deliver("m1", "EXPIRED", error="027")
        await until(lambda: len(smsc.answers) == 2)

    line.round(says_twice)
    assert line.outcomes() == ["sent", "bounced_soft"]
    [task] = house.rows(cases)
    assert task.kind == "notice_undeliverable"


def test_throttling_and_failing_mail_do_not_stop_each_other(house: House, smsc: Smsc, postbox: Any) -> None:
    line = Line(house, smsc)
    smsc.status = 0x58
    house.hold()
    line.round()
    assert (line.text().state, len(postbox.mails)) == (State.OWED, 2)  # li, and the tenant's contact

    smsc.status, postbox.refuse = 0, "550 no such user"
    house.clock.move(timedelta(hours=2))
    line.round()
    assert (line.text().state, line.outcomes()) == (State.SENT, ["failed", "sent"])


def test_a_holder_without_mail_is_told_by_telephone(house: House, smsc: Smsc) -> None:
    line = Line(house, smsc, email=None)
    hold = house.hold()
    line.round()
    house.release(hold)
    line.round()
    assert ["protect" in smsc.messages[0].text, "ended" in smsc.messages[1].text] == [True, True]
    [placed] = [each for each in house.notices() if each.template is Template.FROZEN and each.channel is Channel.SMS]
    assert placed.code in smsc.messages[0].text
