"""Receipts as others post them: to an address with a key in it, as they like, twice, too early, and rubbish."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from frostgate.base.model import Language
from frostgate.config import Notices, Sms
from frostgate.notices import signing
from frostgate.notices.receipts.mail import LARGEST
from frostgate.notices.registered import PARAMETERS
from phones import KEY_ID, KEY_SECRET, Phones, Text
from servers import Databases
from world import Account, Json, Tenant, World

KEY, OLD_KEY = "k7m2q9x4tz-of-today-and-tomorrow", "b3n8w1c5vd-of-yesterday"
REPORT = """From: MAILER-DAEMON@mx.example
To: no-reply@frostgate.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; somebody
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

{headers}

--b--
"""


class Telephones:
    """A world whose texts go by one provider, and the provider's side of it."""

    def __init__(self, world: World, phones: Phones) -> None:
        self.world, self.phones = world, phones
        self.tenant = world.tenant(language="en")
        self._numbers = iter(range(10_000_000, 99_999_999))

    def told(self) -> tuple[Account, Text, int]:
        """Somebody who was told of a freeze by text; which text of the provider's it was."""
        number = f"+86138{next(self._numbers)}"
        somebody = self.tenant.account(f"a{number[-8:]}", mobile=number)
        self.world.reviewer().places(somebody)
        self.world.until(lambda: self.notice(somebody)["state"] == "sent")
        [(place, text)] = [
            (place, text) for place, text in enumerate(self.phones.texts, 1) if text.number.endswith(number[3:])
        ]
        return somebody, text, place

    def notice(self, somebody: Account) -> Json:
        [notice] = [each for each in somebody.notices() if each["channel"] == "sms"]
        return notice

    def posts(self, who: str, body: Any, *, key: str | None = KEY) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {} if key is None else {"key": key}
        return self.world.http.post(f"/v1/notices/receipts/{who}", params=given, content=content)


def telephones(databases: Databases, **settings: Any) -> Iterator[Telephones]:
    phones = Phones()
    sms = Sms(
        endpoint=phones.endpoint,
        key_id=KEY_ID,
        key_secret=KEY_SECRET,
        sign_name="艾克米",
        templates={template: {Language.EN: f"SMS_{template}"} for template in PARAMETERS},
        **settings,
    )
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], sms=sms, notices=Notices(receipt_keys=(KEY, OLD_KEY)))
    yield Telephones(world, phones)
    world.close()
    phones.stop()
    databases.remove(url)


@pytest.fixture(scope="module")
def alibaba(databases: Databases) -> Iterator[Telephones]:
    yield from telephones(databases, provider="alibaba")


@pytest.fixture(scope="module")
def tencent(databases: Databases) -> Iterator[Telephones]:
    yield from telephones(databases, provider="tencent", app_id="1400006666")


def of_alibaba(text: Text, place: int, **more: Any) -> Json:
    return {
        "phone_number": text.number,
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "send_time": "2026-03-02 12:00:01",
        "report_time": "2026-03-02 12:00:05",
        "sms_size": "1",
        "biz_id": f"biz^{place}",
        "out_id": text.notice_id,
        **more,
    }


def of_tencent(text: Text, place: int, **more: Any) -> Json:
    return {
        "user_receive_time": "2026-03-02 12:00:05",
        "nationcode": "86",
        "mobile": text.number.removeprefix("+86"),
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": f"serial:{place}",
        **more,
    }


def test_alibaba_says_that_a_text_came_and_then_that_nobody_has_the_number(alibaba: Telephones) -> None:
    somebody, text, place = alibaba.told()
    came = [of_alibaba(text, place)]
    answers = [alibaba.posts("alibaba", came) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [(200, {"code": 0, "msg": "OK"})] * 2
    notice = alibaba.notice(somebody)
    assert (notice["state"], notice["delivered_at"] is not None) == ("delivered", True)

    lost = [of_alibaba(text, place, success=False, err_code="MK:0001", err_msg="空号")]
    for _ in range(2):
        assert alibaba.posts("alibaba", lost, key=OLD_KEY).status_code == 200
    notice = alibaba.notice(somebody)
    assert (notice["state"], notice["bounce"], notice["problem"]) == ("bounced", "hard", "MK:0001 空号")
    file = alibaba.world.boss().sees(f"{alibaba.tenant.path}/notices/{notice['id']}")
    assert [each["outcome"] for each in file["attempts"]] == ["sent", "delivered", "bounced_hard"]
    dead = alibaba.world.boss().sees(f"{alibaba.tenant.path}/dead-addresses")
    assert notice["id"] in [each["notice"] for each in dead]

    assert alibaba.posts("alibaba", came).status_code == 200  # a bounce is the last word
    assert alibaba.notice(somebody)["state"] == "bounced"


def test_tencent_says_that_a_text_came_and_that_another_may_come_later(tencent: Telephones) -> None:
    (one, text, place), (other, off, where) = tencent.told(), tencent.told()
    both = [of_tencent(text, place), of_tencent(off, where, report_status="FAIL", errmsg="MK:0012", description="关机")]
    answers = [tencent.posts("tencent", both) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [(200, {"result": 0, "errmsg": "OK"})] * 2
    assert tencent.notice(one)["state"] == "delivered"
    notice = tencent.notice(other)
    assert (notice["state"], notice["bounce"], notice["problem"]) == ("bounced", "soft", "MK:0012 关机")
    dead = tencent.world.boss().sees(f"{tencent.tenant.path}/dead-addresses")
    assert notice["id"] not in [each["notice"] for each in dead]
    file = tencent.world.boss().sees(f"{tencent.tenant.path}/notices/{notice['id']}")
    assert [each["outcome"] for each in file["attempts"]] == ["sent", "bounced_soft"]


@pytest.mark.parametrize("who", ["alibaba", "tencent", "mail"])
def test_whoever_has_no_key_of_ours_changes_nothing(alibaba: Telephones, who: str) -> None:
    somebody, text, place = alibaba.told()
    for key in (None, "", KEY[:-1], f"{KEY} ", "钥匙" * 10):
        refused = alibaba.posts(who, [of_alibaba(text, place)], key=key)
        assert (refused.status_code, refused.json()["code"]) == (403, "receipt.key_wrong")
        assert KEY not in refused.text
    assert alibaba.notice(somebody)["state"] == "sent"


@pytest.mark.parametrize("who", ["alibaba", "tencent", "mail"])
def test_where_no_key_is_set_nobody_is_heard(shared: World, who: str) -> None:
    refused = shared.http.post(f"/v1/notices/receipts/{who}", params={"key": ""}, content=b"[]")
    assert (refused.status_code, refused.json()["code"]) == (404, "receipt.not_set_up")


@pytest.mark.parametrize("who", ["alibaba", "tencent"])
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe", b"{}", b"[1]", b"[{}]", b"null", b"[" * 2000, [{"success": "yes", "biz_id": 7}]],
    ids=lambda body: repr(body)[:20],
)
def test_rubbish_is_refused_as_such(alibaba: Telephones, who: str, body: Any) -> None:
    refused = alibaba.posts(who, body)
    assert (refused.status_code, refused.json()["code"]) == (400, "receipt.unreadable")


def test_too_much_at_once_is_refused_whole(alibaba: Telephones) -> None:
    somebody, text, place = alibaba.told()
    many = [of_alibaba(text, place)] * 1001
    refused = alibaba.posts("alibaba", many)
    assert (refused.status_code, refused.json()["code"]) == (400, "receipt.unreadable")
    assert alibaba.posts("alibaba", b"[" + b" " * 20_000_000 + b"]").status_code == 413
    assert alibaba.notice(somebody)["state"] == "sent"
    assert alibaba.posts("alibaba", many[:1000]).status_code == 200
    assert alibaba.notice(somebody)["state"] == "delivered"


def test_what_does_not_fit_one_of_our_texts_changes_nothing(alibaba: Telephones, tencent: Telephones) -> None:
    """Other programs may send by the same account, and whoever learned the address may guess."""
    somebody, text, place = alibaba.told()
    for strange in (
        of_alibaba(text, place, biz_id="biz^999999", success=False),
        of_alibaba(text, place, phone_number="8613900000000", success=False),
        of_alibaba(text, place, phone_number="", success=False),
        of_alibaba(text, place, phone_number=text.number[-3:], success=False),
    ):
        assert alibaba.posts("alibaba", [strange]).json() == {"code": 0, "msg": "OK"}
    assert alibaba.notice(somebody)["state"] == "sent"

    somebody, text, place = tencent.told()
    for strange in (
        of_tencent(text, place, sid="serial:999999", report_status="FAIL"),
        of_tencent(text, place, nationcode="1", report_status="FAIL"),
    ):
        assert tencent.posts("tencent", [strange]).json() == {"result": 0, "errmsg": "OK"}
    assert tencent.notice(somebody)["state"] == "sent"


# By mail


@pytest.fixture
def acme(backend: str, database_url: str, databases: Databases) -> Iterator[Tenant]:
    world = World(database_url, databases.secrets[backend], notices=Notices(receipt_keys=(KEY,)))
    yield world.tenant(language="en")
    world.close()


def posts_mail(world: World, raw: bytes) -> httpx.Response:
    return world.http.post("/v1/notices/receipts/mail", params={"key": KEY}, content=raw)


def report(headers: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return REPORT.format(headers=headers.strip(), action=action, status=status).encode()


def test_a_mail_that_comes_back_is_known_by_what_only_it_carried(acme: Tenant) -> None:
    world, li = acme.world, acme.account("li")
    world.reviewer().places(li)
    [mail] = world.mailbox.wait_for(lambda mail: mail.to == "li@acme.example")
    world.until(lambda: [each["state"] for each in li.notices()] == ["sent", "sent"])
    headers = mail.content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode()

    unsealed = "\n".join(line for line in headers.splitlines() if not line.startswith("X-Frostgate-Receipt"))
    assert posts_mail(world, report(unsealed)).json() == {"outcome": "unknown"}
    assert posts_mail(world, b"Subject: out of office\r\n\r\nback on Monday").json() == {"outcome": "no_receipt"}
    assert posts_mail(world, b"\xff\x00 no mail at all").json() == {"outcome": "no_receipt"}
    assert {each["state"] for each in li.notices()} == {"sent"}

    outcomes = [posts_mail(world, report(headers)).json()["outcome"] for _ in range(2)]
    assert outcomes == ["taken", "nothing_new"]
    [theirs] = [each for each in li.notices() if each["audience"] == "holder"]
    assert (theirs["state"], theirs["bounce"]) == ("bounced", "hard")
    [dead] = world.boss().sees(f"{acme.path}/dead-addresses")
    assert dead["notice"] == theirs["id"]


def test_a_report_that_overtakes_our_own_record_is_asked_for_again(acme: Tenant) -> None:
    world, li = acme.world, acme.account("li")
    world.mailbox.refuse = "451 busy"
    world.reviewer().places(li)
    world.until(lambda: all(each["next_attempt_at"] != each["owed_at"] for each in li.notices()))
    [notice] = [each for each in li.notices() if each["audience"] == "holder"]
    sealed = signing.seal(world.program.vault, notice["id"], "li@acme.example")
    early = report(f"{signing.SEAL}: {sealed}")

    again = posts_mail(world, early)
    assert (again.status_code, again.json()["code"]) == (503, "receipt.too_early")
    assert int(again.headers["retry-after"]) > 0

    world.mailbox.refuse = None
    world.clock.move(timedelta(minutes=2))
    world.program.delivery.wake()
    world.until(lambda: {each["state"] for each in li.notices()} == {"sent"})
    assert posts_mail(world, early).json() == {"outcome": "taken"}


def test_mail_that_is_too_large_or_too_deep_is_refused(acme: Tenant) -> None:
    large = posts_mail(acme.world, b"Subject: x\r\n\r\n" + b"x" * LARGEST)
    assert (large.status_code, large.json()["code"]) == (400, "receipt.unreadable")
    deep = b"Content-Type: message/rfc822\r\n\r\n" * 5000
    answer = posts_mail(acme.world, deep)
    assert answer.status_code in {200, 400}, answer.text
