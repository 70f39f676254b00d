"""What every provider of text messages is given and asked for. Pure values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from frostgate.base.reconciler import Outcome


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """As whom we send. `app_id` and `region` are Tencent Cloud's alone."""

    key_id: str
    key_secret: str
    sign_name: str
    endpoint: str
    app_id: str = ""
    region: str = ""

    def __repr__(self) -> str:
        """Without the secret: settings get printed."""
        return f"Access({self.key_id} at {self.endpoint})"


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A registered text with what it is filled with, for one number in E.164."""

    notice_id: str
    number: str
    template_id: str
    values: Mapping[str, str]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A signed request, as it is posted."""

    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Provider(Protocol):
    """Somebody who hands texts to the phone networks."""

    def call(self, text: Filled, *, at: datetime) -> Call:
        """The request that sends a text, signed at this time."""

    def outcome(self, answer: bytes) -> Outcome:
        """What came of it.

        Raises:
            msgspec.DecodeError: this is no answer of theirs.
        """
