"""What providers of text messages tell of each text, as they post it to us. Neither signs what it posts.

Sources: help.aliyun.com, "SmsReport" (Alibaba Cloud); cloud.tencent.com/document/product/382/5807 (Tencent Cloud).

Codes of what went wrong come from the phone networks and mean many things at once; `MK:0012` may be a telephone that
is switched off. So a number is taken to be dead only where the code says so and nothing else.
"""

from typing import TypeVar

import msgspec

from frostgate.notices.model import Channel
from frostgate.notices.receipts.model import Receipt, ReceiptUnreadable, Said

T = TypeVar("T")

MOST = 1000  # reports in one request

# "Unknown subscriber": error 1 of the mobile application part, as the networks of mainland China pass it on, and what
# Alibaba Cloud says itself of numbers that nobody has.
_DEAD = frozenset({"MK:0001", "MN:0001", "INVALID_NUMBER", "MOBILE_NOT_ON_SERVICE"})


class _AlibabaReport(msgspec.Struct):
    phone_number: str
    success: bool
    biz_id: str
    err_code: str = ""
    err_msg: str = ""


class _TencentReport(msgspec.Struct):
    nationcode: str
    mobile: str
    report_status: str
    sid: str
    errmsg: str = ""
    description: str = ""


_ALIBABA = msgspec.json.Decoder(list[_AlibabaReport])
_TENCENT = msgspec.json.Decoder(list[_TencentReport])


def read_alibaba(body: bytes) -> list[Receipt]:
    """Its reports; `biz_id` is what SendSms called the text.

    Raises:
        ReceiptUnreadable: this is no report of theirs.
    """
    return [
        Receipt(
            channel=Channel.SMS,
            said=_said(each.err_code, arrived=each.success),
            detail=f"{each.err_code} {each.err_msg}".strip(),
            receipt_id=each.biz_id,
            number=each.phone_number,
        )
        for each in _reports(_ALIBABA, body)
    ]


def read_tencent(body: bytes) -> list[Receipt]:
    """Its reports; `sid` is the SerialNo of the sending.

    Raises:
        ReceiptUnreadable: this is no report of theirs.
    """
    return [
        Receipt(
            channel=Channel.SMS,
            said=_said(each.errmsg, arrived=each.report_status == "SUCCESS"),
            detail=f"{each.errmsg} {each.description}".strip(),
            receipt_id=each.sid,
            number=f"{each.nationcode}{each.mobile}",
        )
        for each in _reports(_TENCENT, body)
    ]


def _said(code: str, *, arrived: bool) -> Said:
    if arrived:
        return Said.DELIVERED
    return Said.BOUNCED_HARD if code in _DEAD else Said.BOUNCED_SOFT


def _reports(decoder: msgspec.json.Decoder[list[T]], body: bytes) -> list[T]:
    try:
        found = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReceiptUnreadable(problem=str(error)) from None
    if len(found) > MOST:
        raise ReceiptUnreadable(problem=f"more than {MOST} reports")
    return found
