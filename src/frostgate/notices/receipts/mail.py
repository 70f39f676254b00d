"""Delivery reports by mail: RFC 3464 (`message/delivery-status`) within RFC 6522 (`multipart/report`).

Which notice a report is of, the returned part says: our mail's own header has the notice's id and our seal, which only
the mail itself carries. A report that returns no such header is of no notice, whatever Message-ID it answers.
"""

import re
from email import message_from_bytes, message_from_string
from email.message import Message

from frostgate.notices.model import Channel
from frostgate.notices.receipts.model import Receipt, ReceiptUnreadable, Said
from frostgate.notices.signing import SEAL
from frostgate.notices.status import says_nobody_is_there

LARGEST = 1024 * 1024  # bytes; a report returns headers, or a mail of ours

_SEAL = re.compile(r"([0-9a-f]{32})\.[\w-]{1,64}", re.ASCII)

_SAID = {"delivered": Said.DELIVERED, "delayed": Said.DELAYED}  # relayed, expanded: nobody knows what came of it


def read(raw: bytes) -> list[Receipt]:
    """The receipts in a mail, one for each recipient; none where it is no delivery report.

    Raises:
        ReceiptUnreadable: it is too large, or nested too deep.
    """
    if len(raw) > LARGEST:
        raise ReceiptUnreadable(problem="the mail is too large")
    try:
        mail = message_from_bytes(raw)
        parts = [*mail.walk()]
        statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
        if not statuses:
            return []
        seal = _seal(parts)
        return [
            receipt for part in statuses for block in _blocks(part) if (receipt := _receipt(block, seal)) is not None
        ]
    except RecursionError:
        raise ReceiptUnreadable(problem="the mail is nested too deep") from None


def _blocks(part: "Message[str, str]") -> "list[Message[str, str]]":
    """The fields for each recipient; those of the whole message come first (RFC 3464, section 2.1)."""
    payload = part.get_payload()
    return (
        [each for each in payload if isinstance(each, Message) and each["Action"]] if isinstance(payload, list) else []
    )


def _receipt(block: "Message[str, str]", seal: str | None) -> Receipt | None:
    action = str(block["Action"]).strip().lower()
    status, diagnosis = str(block["Status"] or ""), " ".join(str(block["Diagnostic-Code"] or "").split())
    said = _SAID.get(action)
    if action == "failed":
        said = Said.BOUNCED_HARD if says_nobody_is_there(status, diagnosis) else Said.BOUNCED_SOFT
    if said is None:
        return None
    detail = " ".join(f"{action} {status} {diagnosis}".split())
    notice_id = seal and seal.partition(".")[0]
    return Receipt(channel=Channel.EMAIL, said=said, detail=detail, notice_id=notice_id, seal=seal)


def _seal(parts: "list[Message[str, str]]") -> str | None:
    """Our seal, as the returned part has it. The report itself, which comes first, was never ours."""
    for part in parts[1:]:
        returned = part
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            returned = message_from_string(payload.decode("latin-1") if isinstance(payload, bytes) else "")
        if found := _SEAL.fullmatch(str(returned[SEAL] or "").strip()):
            return found[0]
    return None
