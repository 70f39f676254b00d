"""What is said over SMPP 3.4: whole packets (PDUs) in octets. Pure.

`smpp34` writes what we submit and reads what is delivered; the few packets around these are a header and some words.
Source: SMPP Protocol Specification v3.4, issue 1.2: chapter 4 (packets), 5.1.3 (statuses), 5.2 (parameters) and
appendix B (receipts).
"""

import re
import struct
from collections.abc import Iterable
from typing import Literal
from zlib import crc32

import msgspec
import smpp34

from frostgate.notices.length import Coding, coding_of, encoded, split

HEADER = struct.Struct(">IIII")  # length, command, status, number
LONGEST = 70_000  # a message_payload has 64 KiB at most; what says that it is longer is no packet

RESPONSE = 0x8000_0000
BIND_TRANSCEIVER = 0x0000_0009
SUBMIT_SM = 0x0000_0004
DELIVER_SM = 0x0000_0005
UNBIND = 0x0000_0006
ENQUIRE_LINK = 0x0000_0015
GENERIC_NACK = 0x8000_0000

OK = 0x0000
INVALID_COMMAND = 0x0003
TRY_AGAIN = 0x0064  # ESME_RX_T_APPN: we cannot take it now

# Those that an installer meets; any other is shown by its number.
_STATUSES = {
    0x0001: "ESME_RINVMSGLEN",
    0x0004: "ESME_RINVBNDSTS",
    0x0005: "ESME_RALYBND",
    0x0008: "ESME_RSYSERR",
    0x000A: "ESME_RINVSRCADR",
    0x000B: "ESME_RINVDSTADR",
    0x000D: "ESME_RBINDFAIL",
    0x000E: "ESME_RINVPASWD",
    0x000F: "ESME_RINVSYSID",
    0x0014: "ESME_RMSGQFUL",
    0x0015: "ESME_RINVSERTYP",
    0x0043: "ESME_RINVESMCLASS",
    0x0045: "ESME_RSUBMITFAIL",
    0x0048: "ESME_RINVSRCTON",
    0x0049: "ESME_RINVSRCNPI",
    0x0050: "ESME_RINVDSTTON",
    0x0051: "ESME_RINVDSTNPI",
    0x0053: "ESME_RINVSYSTYP",
    0x0058: "ESME_RTHROTTLED",
    0x0062: "ESME_RINVEXPIRY",
    0x00FE: "ESME_RDELIVERYFAILURE",
    0x00FF: "ESME_RUNKNOWNERR",
}
# About this number, so the same text has no other end. Everything else passes, or is ours or the gateway's to repair.
PERMANENT = frozenset({0x000B})

_UDH = 0x40  # esm_class: the text begins with a header
_RECEIPT = 0x04  # esm_class: this is a receipt
_KIND = 0x3C  # the bits of esm_class that say what a packet is
_INTERNATIONAL, _ALPHANUMERIC, _ISDN = 1, 5, 1

# Parameters (section 5.3.2).
_SAR_MSG_REF_NUM = 0x020C
_SAR_TOTAL_SEGMENTS = 0x020E
_SAR_SEGMENT_SEQNUM = 0x020F
_RECEIPTED_MESSAGE_ID = 0x001E
_MESSAGE_PAYLOAD = 0x0424
_MESSAGE_STATE = 0x0427

LongTexts = Literal["udh", "sar", "payload"]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a text that the gateway took: `has_arrived`, or is lost for good."""

    message_id: str
    has_arrived: bool
    said: str


def status_name(status: int) -> str:
    """What the specification calls it."""
    return _STATUSES.get(status, f"status 0x{status:08X}")


def packet(command: int, number: int, body: bytes = b"", *, status: int = OK) -> bytes:
    """A packet of any sort."""
    return HEADER.pack(HEADER.size + len(body), command, status, number) + body


def bind(number: int, *, system_id: str, password: str, system_type: str) -> bytes:
    """A sign-in that both sends and receives (section 4.1.5)."""
    words = b"".join(word.encode("latin-1") + b"\0" for word in (system_id, password, system_type))
    return packet(BIND_TRANSCEIVER, number, words + bytes((0x34, 0, 0)) + b"\0")


def submissions(text: str, *, number: str, source: str, reference: str, long_texts: LongTexts) -> list["Submission"]:
    """What is submitted for a text: one packet for each part, or one for all where the gateway cuts it itself.

    The reference makes the parts' number, so that at another attempt they join those that arrived before.
    """
    coding = coding_of(text)
    parts = split(text)
    to = Submission(number=number, source=source, coding=coding, octets=encoded(text, coding))
    if len(parts) == 1:
        return [to]
    if long_texts == "payload":
        return [msgspec.structs.replace(to, octets=b"", tlvs=((_MESSAGE_PAYLOAD, to.octets),))]
    mark = crc32(reference.encode()) & 0xFF
    found = []
    for place, part in enumerate(parts, start=1):
        octets = encoded(part, coding)
        if long_texts == "udh":
            header = bytes((5, 0, 3, mark, len(parts), place))
            found.append(msgspec.structs.replace(to, octets=header + octets, esm_class=_UDH))
        else:
            tlvs = (
                (_SAR_MSG_REF_NUM, mark.to_bytes(2, "big")),
                (_SAR_TOTAL_SEGMENTS, bytes((len(parts),))),
                (_SAR_SEGMENT_SEQNUM, bytes((place,))),
            )
            found.append(msgspec.structs.replace(to, octets=octets, tlvs=tlvs))
    return found


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a text on its way to the gateway."""

    number: str
    source: str
    coding: Coding
    octets: bytes
    esm_class: int = 0
    tlvs: tuple[tuple[int, bytes], ...] = ()

    def packet(self, number: int) -> bytes:
        """The `submit_sm` (section 4.4.1), which asks for a receipt whatever becomes of it."""
        is_named = not self.source.removeprefix("+").isdigit()
        return smpp34.SubmitSm(
            self.source.removeprefix("+"),
            self.number.removeprefix("+"),
            self.octets,
            source_addr_ton=_ALPHANUMERIC if is_named else _INTERNATIONAL if self.source.startswith("+") else 0,
            source_addr_npi=0 if is_named else _ISDN,
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_ISDN,
            esm_class=self.esm_class,
            registered_delivery=1,
            data_coding=self.coding.value,
            tlvs=[smpp34.Tlv(tag, value) for tag, value in self.tlvs],
            sequence_number=number,
        ).encode()


def first_word(body: bytes) -> str:
    """The text at the beginning of a body, up to its zero."""
    return body.split(b"\0", 1)[0].decode("ascii", errors="replace")


_WORDS = re.compile(
    r"\bid:(?P<id>\S+)(?:.*?\bstat:(?P<stat>\w+))?(?:.*?\berr:(?P<err>\S+))?", re.IGNORECASE | re.DOTALL
)
_ARRIVED = frozenset({"DELIVRD"})
_LOST = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
_STATES = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}  # section 5.2.28


def receipt_of(whole: bytes) -> Receipt | None:
    """What a `deliver_sm` says of one of our texts; None where it is something else, or nothing final.

    The parameters count where they are there, and the words of appendix B where they are not.

    Raises:
        smpp34.SmppError: this is no such packet.
    """
    pdu = smpp34.decode(whole)
    assert isinstance(pdu, smpp34.DeliverSm), "BUG: the command says otherwise"
    if pdu.esm_class & _KIND != _RECEIPT:
        return None
    found = _WORDS.search(pdu.short_message.decode("latin-1"))
    named = {tlv.tag: tlv.value for tlv in pdu.tlvs}
    message_id = first_word(named.get(_RECEIPTED_MESSAGE_ID, b"")) or (found["id"] if found else "")
    state = _state(named.get(_MESSAGE_STATE, b"")) or ((found["stat"] or "").upper() if found else "")
    if not message_id or state not in _ARRIVED | _LOST:
        return None
    error = f" err:{found['err']}" if found and found["err"] else ""
    return Receipt(message_id=message_id, has_arrived=state in _ARRIVED, said=f"{state}{error}")


def _state(value: Iterable[int]) -> str:
    return next((_STATES.get(octet, "") for octet in value), "")
