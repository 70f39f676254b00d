"""Tencent Cloud's short message service: SendSms of 2021-01-11, signed by TC3-HMAC-SHA256.

Sources: cloud.tencent.com/document/api/382/52072 (the signature) and /55981 (the call and its error codes).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.notices.providers.model import Access, Call, Filled

ENDPOINT = "https://sms.tencentcloudapi.com"

# About this number or these values, so the same request has no other end. Everything else passes (limits, outages)
# or is ours to repair (credentials, balance, a text not approved yet), and what is owed goes out then.
_PERMANENT = frozenset(
    {
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.PhoneNumberInBlacklist",
        "InvalidParameterValue.ContentLengthLimit",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        "InvalidParameterValue.TemplateParameterFormatError",
        "InvalidParameterValue.TemplateParameterLengthLimit",
        "LimitExceeded.AppCountryOrRegionInBlacklist",
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
        "UnsupportedOperation.UnsupportedRegion",
    }
)


class _Said(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""
    serial_no: str = ""


class _Response(msgspec.Struct, rename="pascal"):
    request_id: str = ""
    error: _Said | None = None  # where the request itself was refused
    send_status_set: tuple[_Said, ...] = ()  # one for each number; we name one


class _Answer(msgspec.Struct, rename="pascal"):
    response: _Response


_read = msgspec.json.Decoder(_Answer).decode


class Tencent:
    """Sends by SendSms."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def call(self, text: Filled, *, at: datetime) -> Call:
        """The parameters stand in the body; the values without names, in the order of the registered text."""
        access = self._access
        body = msgspec.json.encode(
            {
                "PhoneNumberSet": [text.number],
                "SmsSdkAppId": access.app_id,
                "SignName": access.sign_name,
                "TemplateId": text.template_id,
                "TemplateParamSet": list(text.values.values()),
                "SessionContext": text.notice_id,
            }
        )
        headers = {
            "content-type": "application/json; charset=utf-8",
            "host": urlsplit(access.endpoint).netloc,
            "x-tc-action": "SendSms",
        }
        common = {
            "authorization": authorization(access, headers, body, service="sms", at=at),
            "x-tc-region": access.region,
            "x-tc-timestamp": str(int(at.timestamp())),
            "x-tc-version": "2021-01-11",
        }
        return Call(url=f"{access.endpoint}/", headers={**headers, **common}, body=body)

    def outcome(self, answer: bytes) -> Outcome:
        """`SerialNo` is what their records of the delivery are asked by."""
        response = _read(answer).response
        said = response.error or next(iter(response.send_status_set), _Said(code="no status"))
        if said.code == "Ok":
            return Done(detail=f"{said.serial_no} (request {response.request_id})")
        return Failed(
            problem=f"{said.code}: {said.message} (request {response.request_id})", permanent=said.code in _PERMANENT
        )


def authorization(access: Access, headers: Mapping[str, str], body: bytes, *, service: str, at: datetime) -> str:
    """The signature of a POST whose parameters stand in the body; its key counts for one day and one service."""
    names, day = ";".join(sorted(headers)), at.astimezone(UTC).strftime("%Y-%m-%d")
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{headers[name].lower()}" for name in sorted(headers)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"TC3{access.key_secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{hashed}"
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"TC3-HMAC-SHA256 Credential={access.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
