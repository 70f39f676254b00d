"""Alibaba Cloud's short message service: SendSms of 2017-05-25, signed by ACS3-HMAC-SHA256.

Sources: help.aliyun.com, "V3 版请求体&签名机制" (the signature), "SendSms" and its "API 错误码" (the call).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

import msgspec

from frostgate.base import ids
from frostgate.base.clock import iso
from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.notices.providers.model import Access, Call, Filled

ENDPOINT = "https://dysmsapi.aliyuncs.com"

# About this number or these values, so the same request has no other end. Everything else passes (limits, outages)
# or is ours to repair (credentials, balance, a text not approved yet), and what is owed goes out then.
_PERMANENT = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
    }
)


class _Answer(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""
    request_id: str = ""
    biz_id: str = ""


_read = msgspec.json.Decoder(_Answer).decode


class Alibaba:
    """Sends by SendSms."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def call(self, text: Filled, *, at: datetime) -> Call:
        """The parameters stand in the query, each value as text; numbers have no plus there."""
        access = self._access
        query = {
            "OutId": text.notice_id,
            "PhoneNumbers": text.number.removeprefix("+"),
            "SignName": access.sign_name,
            "TemplateCode": text.template_id,
            "TemplateParam": msgspec.json.encode(text.values).decode(),
        }
        headers = {
            "host": urlsplit(access.endpoint).netloc,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": _sha256(b""),
            "x-acs-date": iso(at)[:19] + "Z",
            "x-acs-signature-nonce": ids.new_code(32),
            "x-acs-version": "2017-05-25",
        }
        common = {"accept": "application/json", "authorization": authorization(access, query, headers)}
        return Call(url=f"{access.endpoint}/?{_encoded(query)}", headers={**headers, **common})

    def outcome(self, answer: bytes) -> Outcome:
        """`BizId` is what their records of the delivery are asked by."""
        said = _read(answer)
        if said.code == "OK":
            return Done(detail=f"{said.biz_id} (request {said.request_id})")
        return Failed(
            problem=f"{said.code}: {said.message} (request {said.request_id})", permanent=said.code in _PERMANENT
        )


def authorization(access: Access, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The signature of a POST whose parameters stand in the query; `headers` has the hash of the body."""
    names = sorted(headers)
    canonical = "\n".join(
        [
            "POST",
            "/",
            _encoded(query),
            *(f"{name}:{headers[name]}" for name in names),
            "",
            ";".join(names),
            headers["x-acs-content-sha256"],
        ]
    )
    to_sign = f"ACS3-HMAC-SHA256\n{_sha256(canonical.encode())}"
    signature = hmac.new(access.key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={access.key_id},SignedHeaders={';'.join(names)},Signature={signature}"


def _encoded(query: Mapping[str, str]) -> str:
    """Sorted by name, and encoded as RFC 3986 has it."""
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
