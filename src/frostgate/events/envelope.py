"""A CloudEvent as it stands on the wire (CloudEvents 1.0, section 3): its attributes, and its data still unread."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Envelope(msgspec.Struct, frozen=True):
    """The attributes of one CloudEvent that we read; extensions that we do not know are passed over."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    type: Text
    data: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    tenant: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    datacontenttype: str | None = None
