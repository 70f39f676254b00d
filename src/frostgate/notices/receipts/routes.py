"""Where receipts are posted: delivery reports by mail, and what the providers of text messages tell.

Each address has a key of ours in it (`?key=`), because none of them signs what it posts. The log of requests has the
path alone, so the key does not stand there.
"""

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, RawBody

from frostgate.base.vault import Vault
from frostgate.base.web import NEEDS, PUBLIC
from frostgate.directory.routing import Work
from frostgate.notices.providers.receipts import read_alibaba, read_tencent
from frostgate.notices.receipts.mail import read
from frostgate.notices.receipts.model import DeliveryReport, Taken
from frostgate.notices.receipts.service import ReceiptKeys, take_all

Keys = NamedDependency[ReceiptKeys]

_OPEN = {NEEDS: PUBLIC}  # to whoever has a key, which is checked first of all


class AlibabaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What Alibaba Cloud takes for a receipt of its own."""

    code: int = 0
    msg: str = "OK"


class TencentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What Tencent Cloud takes for a receipt of its own."""

    result: int = 0
    errmsg: str = "OK"


@post(
    "/notices/receipts/mail",
    opt=_OPEN,
    sync_to_thread=True,
    status_code=200,
    security=[],
    summary="A delivery report by mail",
)
def take_mail(
    body: RawBody, work: Work, receipt_keys: Keys, vault: NamedDependency[Vault], key: FromQuery[str] = ""
) -> DeliveryReport:
    """The whole mail as it came (RFC 5322). One that reports nothing is `no_receipt`, and changes nothing.

    One that does not return the headers of our mail is `unknown`: anybody can write the rest.
    """
    receipt_keys.check(key)
    return DeliveryReport(outcome=next(iter(take_all(work, read(body), vault=vault)), Taken.NO_RECEIPT))


@post(
    "/notices/receipts/alibaba",
    opt=_OPEN,
    sync_to_thread=True,
    status_code=200,
    security=[],
    summary="Alibaba Cloud's receipts of text messages",
)
def take_alibaba(body: RawBody, work: Work, receipt_keys: Keys, key: FromQuery[str] = "") -> AlibabaAnswer:
    """Its `SmsReport` by HTTP. Those of texts that are not ours change nothing."""
    receipt_keys.check(key)
    take_all(work, read_alibaba(body))
    return AlibabaAnswer()


@post(
    "/notices/receipts/tencent",
    opt=_OPEN,
    sync_to_thread=True,
    status_code=200,
    security=[],
    summary="Tencent Cloud's receipts of text messages",
)
def take_tencent(body: RawBody, work: Work, receipt_keys: Keys, key: FromQuery[str] = "") -> TencentAnswer:
    """Its callback for the state of texts. Those of texts that are not ours change nothing."""
    receipt_keys.check(key)
    take_all(work, read_tencent(body))
    return TencentAnswer()


ROUTES = Router("/", tags=["notices"], route_handlers=[take_mail, take_alibaba, take_tencent])
