"""Mail through a real SMTP server: what arrives, what is tried again, and what people are told of."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from frostgate.base.model import Language
from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.cases.store import case_actions, cases
from frostgate.notices.channels.email import Email, Smtp
from frostgate.notices.model import Letter, Notice, State, Template, Withheld
from frostgate.notices.render import Renderer
from frostgate.standing.store import holds

House = Any
Postbox = Any

LETTER = Letter(
    notice_id="n1",
    address="li@acme.example.com",
    language=Language.EN,
    code="k7m2q9x4tz",
    template=Template.FROZEN,
    subject="Account frozen",
    text="Hello\n",
    html="<p>Hello</p>\n",
)


def opened(envelope: Any) -> EmailMessage:
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def one(house: House, address: str = "li@acme.example.com") -> Notice:
    notice: Notice = next(n for n in house.notices() if n.address == address)
    return notice


def test_a_notice_arrives_as_an_official_mail(house: House, postbox: Postbox) -> None:
    house.hold()
    assert house.round() == 2

    by_address = {envelope.rcpt_tos[0]: opened(envelope) for envelope in postbox.mails}
    mail, chinese = by_address["li@acme.example.com"], by_address["security@acme.example.com"]
    holder = one(house)
    assert mail["From"] == "Frostgate <notice@id.example.com>"
    assert mail["To"] == "li@acme.example.com"
    assert mail["Subject"] == "[Frostgate] Account frozen: unusual sign-in"
    assert mail["Date"].datetime == house.clock.now()
    assert mail["Message-ID"] == f"<{holder.id}@id.example.com>" == holder.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["X-Frostgate-Notice"] == holder.code
    assert mail.get_content_type() == "multipart/alternative"
    assert holder.code in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert holder.code in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert chinese["Subject"] == "【Frostgate】账号已被冻结：登录异常"
    assert "冻结期间不会删除任何数据" in chinese.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(byte < 128 for envelope in postbox.mails for byte in envelope.content)


def test_what_was_sent_is_on_record_and_not_sent_again(house: House, postbox: Postbox) -> None:
    house.hold()
    house.round()
    assert house.later(days=1) == 0

    notice = one(house)
    assert (notice.state, notice.attempts) == (State.SENT, 1)
    assert (notice.provider_reference or "").startswith("OK queued as")
    assert [outcome for outcome, _ in house.attempts(notice)] == ["sent"]
    assert house.facts().count("notice.sent") == 2
    assert len(postbox.mails) == 2


@pytest.mark.parametrize("answer", ["451 4.7.1 try again later", "450 mailbox busy"])
def test_a_server_that_is_busy_is_asked_again_and_gets_the_same_mail(
    house: House, postbox: Postbox, answer: str
) -> None:
    house.hold()
    postbox.refuse = answer
    house.round()
    notice = one(house)
    assert (notice.state, notice.attempts) == (State.OWED, 1)
    assert house.attempts(notice) == [("failed", f"recipient refused: {answer}")]

    postbox.refuse = None
    assert house.later(seconds=29) == 0
    assert house.later(seconds=1) == 2
    assert one(house).state is State.SENT
    assert {opened(mail)["Message-ID"] for mail in postbox.mails} == {n.message_id for n in house.notices()}


def test_a_recipient_refused_for_good_is_told_to_people_at_once(house: House, postbox: Postbox) -> None:
    house.hold()
    postbox.refuse = "550 5.1.1 no such user"
    house.round()

    notice = one(house)
    assert (notice.state, notice.attempts) == (State.UNDELIVERABLE, 1)
    assert notice.problem == "recipient refused: 550 5.1.1 no such user"
    assert house.attempts(notice) == [("refused", notice.problem)]
    (task,) = house.rows(cases)  # both notices concern one hold, so people get one file
    assert (task.kind, task.state, task.hold_id, task.cause) == (
        "notice_undeliverable",
        "open",
        notice.hold_id,
        "abnormal_login",
    )
    assert len(house.rows(case_actions)) == 2
    assert house.later(days=1) == 0


def test_a_message_refused_for_good_is_not_repeated(house: House, postbox: Postbox) -> None:
    house.hold()
    postbox.refuse_data = "554 5.6.0 not like this"
    house.round()
    assert one(house).state is State.UNDELIVERABLE


def test_a_server_that_hangs_up_is_asked_again(house: House, postbox: Postbox) -> None:
    house.hold()
    postbox.hang_up = True
    house.round()
    assert one(house).state is State.OWED
    assert "SMTPServerDisconnected" in house.attempts(one(house))[0][1]


def test_a_server_that_stays_away_is_given_up_loudly(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    house.deliver = house.delivery(house.emails(port))
    house.hold()
    rounds = 0
    while one(house).state is State.OWED:
        house.later(hours=2)
        rounds += 1

    assert rounds == 14
    notice = one(house)
    assert notice.state is State.UNDELIVERABLE
    assert len(house.attempts(notice)) == 14
    assert {row.kind for row in house.rows(cases)} == {"notice_undeliverable"}


def test_a_mail_that_was_sent_before_the_process_died_is_the_same_mail_again(house: House, postbox: Postbox) -> None:
    async def sends_and_dies(letter: Letter) -> Done:
        await house.email.send(letter)
        raise asyncio.CancelledError

    house.hold()
    house.deliver = house.delivery(Scripted(house.email, sends_and_dies))
    with pytest.raises(asyncio.CancelledError):
        house.round()
    house.deliver = house.delivery(house.email)
    house.later(seconds=91)

    assert one(house).state is State.SENT
    assert len({opened(mail)["Message-ID"] for mail in postbox.mails}) == 2


def test_encryption_that_was_asked_for_is_never_done_without(house: House, postbox: Postbox) -> None:
    house.deliver = house.delivery(house.emails(house.port, security="starttls"))
    house.hold()
    house.round()
    assert one(house).state is State.OWED
    assert postbox.mails == []


def test_a_password_never_crosses_the_network_in_the_clear() -> None:
    plain = {"port": 25, "sender": "a@b.example.com", "sender_name": "x", "username": "u", "password": "p"}
    with pytest.raises(ValueError, match="unencrypted"):
        Smtp(host="mail.example.com", security="none", **plain)
    assert "'p'" not in repr(Smtp(host="mail.example.com", **plain))
    Smtp(host="127.0.0.1", security="none", **plain)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hello\r\nBcc: all@example.com"},
        {"subject": "Hello\nX: y"},
        {"code": "abc\r\nX: y"},
        {"address": "li@example.com\r\nRCPT TO:<all@example.com>"},
        {"address": "li@example.com>, <all@example.com"},
    ],
)
def test_nothing_can_be_smuggled_into_a_header(house: House, postbox: Postbox, change: dict[str, str]) -> None:
    settings = Smtp(
        host="127.0.0.1", port=house.port, sender="notice@id.example.com", sender_name="Frostgate", security="none"
    )
    carrier = Email(settings, clock=house.clock, seal=lambda *_: "")
    outcome = asyncio.run(carrier.send(msgspec.structs.replace(LETTER, **change)))
    assert isinstance(outcome, Failed)
    assert outcome.permanent
    assert postbox.mails == []


def test_a_domain_in_its_own_script_is_reached_by_its_ascii_name(house: House, postbox: Postbox) -> None:
    house.account("zhao", "zhao@例子.中国")
    house.hold("zhao")
    house.round()
    assert "zhao@xn--fsqu00a.xn--fiqs8s" in [mail.rcpt_tos[0] for mail in postbox.mails]


def test_a_lease_outlives_the_patience_of_the_channel(house: House) -> None:
    assert timedelta(seconds=45) > Smtp(host="h", port=1, sender="a@b.cn", sender_name="x").timeout


@pytest.mark.parametrize("outcome", [Failed(problem="421 gone"), Failed(problem="550 no", permanent=True)])
def test_what_fails_after_its_hold_ended_is_not_sent_after_the_news_of_that(
    house: House, postbox: Postbox, outcome: Failed
) -> None:
    """The release came while a worker had the notice in hand, so the release itself could not take it back."""
    hold = house.hold()

    async def released_meanwhile(_letter: Letter) -> Failed:
        if not house.rows(holds.select().where(holds.c.released_at.is_not(None)).subquery()):
            house.release(hold)
        return outcome

    house.deliver = house.delivery(Scripted(house.email, released_meanwhile))
    house.round()
    placed = [notice for notice in house.notices() if notice.template is Template.FROZEN]
    assert {(notice.state, notice.problem) for notice in placed} == {(State.WITHHELD, Withheld.OVERTAKEN.value)}
    assert house.rows(cases) == []

    house.deliver = house.delivery(house.email)
    house.later(hours=3)
    assert {notice.state for notice in house.notices() if notice.template is Template.RELEASED} == {State.SENT}
    assert len(postbox.mails) == 2


class Scripted:
    """Email with a sending of its own."""

    def __init__(self, email: Email, send: Callable[[Letter], Awaitable[Outcome]]) -> None:
        self.message_id, self.send = email.message_id, send


def test_a_letter_is_put_in_words_once(house: House, postbox: Postbox) -> None:
    """Not a second time in the writer's turn, where everybody else would wait for it."""
    rendered = []

    class Counting(Renderer):
        def letter(self, notice: Notice) -> Letter:
            rendered.append(notice.id)
            return super().letter(notice)

    house.hold()
    house.deliver = house.delivery(house.email, renderer=Counting)
    house.round()
    assert len(rendered) == len(set(rendered)) == len(postbox.mails) == 2
