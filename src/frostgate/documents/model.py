"""What was handed in as proof, and how long it is kept. Pure."""

import enum
import re
from datetime import datetime, timedelta

import msgspec

from frostgate.base.model import Actor, Fact

LARGEST = 10 * 1024 * 1024  # bytes of one file
MOST_PAGES = 20  # of one file
MOST_IN_CASE = 50  # files; a flood of them is nobody's proof
_LONGEST_NAME = 120
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]")


class Purpose(enum.StrEnum):
    """What a file is to prove."""

    BUSINESS_LICENCE = "business_licence"  # 营业执照
    LEGAL_REPRESENTATIVE_ID = "legal_representative_id"  # 法定代表人身份证件
    AUTHORISATION_LETTER = "authorisation_letter"  # 授权书
    PROOF_OF_PAYMENT = "proof_of_payment"  # 付款凭证
    ATTACHMENT = "attachment"  # of staff, to a case
    OTHER = "other"


class Kind(enum.StrEnum):
    """What a file is, told by its content and by nothing that anybody says of it."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    PDF = "pdf"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page as a picture of our own drawing; sizes in pixels, `body` is JPEG."""

    width: int
    height: int
    body: bytes


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What the separate process answers: the pages, or the code of its refusal and what fills the sentence."""

    pages: tuple[Page, ...] = ()
    code: str | None = None
    params: dict[str, int] = {}


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was examined and redrawn, ready to be kept; the original is gone."""

    name: str  # as it was called, for people; never a path
    kind: Kind
    size: int  # bytes of the original
    digest: str  # SHA-256 of the original, hexadecimal
    pages: tuple[Page, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a case. When its pages are deleted the line stays, without the name."""

    id: str
    tenant_id: str
    case_id: str
    account_id: str | None
    purpose: Purpose
    name: str
    kind: Kind
    size: int  # bytes of the original
    digest: str  # SHA-256 of the original, hexadecimal
    pages: int
    handed_in_by: Actor
    handed_in_at: datetime  # UTC
    deleted_at: datetime | None = None  # UTC
    deletion: "Deletion | None" = None


class Deletion(enum.StrEnum):
    """Why the pages of a document are gone."""

    REMOVED = "removed"  # by a person
    DUE = "due"  # on schedule


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """How long pages are kept: so long after the case was decided, and never longer than `at_most`."""

    after_decision: timedelta
    at_most: timedelta


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Where else the very same file was handed in."""

    cases: int  # how many other cases; which they are is nobody's business
    tenants: bool | None  # whether some are of other tenants; None for whoever may not know


def shown_name(name: str) -> str:
    """A file's name as people may see it: without folders, without what cannot be seen, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    return _CONTROLS.sub("", last).strip()[:_LONGEST_NAME]


class DocumentKept(Fact, frozen=True, kw_only=True):
    """A file was handed in. Its name may be a person's, so the journal does not keep it."""

    name = "document.kept"

    document_id: str
    case_id: str
    account_id: str | None
    purpose: Purpose
    digest: str
    size: int
    pages: int


class DocumentViewed(Fact, frozen=True, kw_only=True):
    """Somebody looked at a page."""

    name = "document.viewed"

    document_id: str
    case_id: str
    account_id: str | None
    page: int


class DocumentKeyForgotten(Fact, frozen=True, kw_only=True):
    """A tenant's key for documents is gone, and with it whatever a copy of its pages could still have told."""

    name = "document.key_forgotten"

    made_at: datetime


class DocumentDeleted(Fact, frozen=True, kw_only=True):
    """The pages of a document are gone; the digest proves which file it was, to whoever still has it."""

    name = "document.deleted"

    document_id: str
    case_id: str
    digest: str
    deletion: Deletion
