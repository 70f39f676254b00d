"""What a tenant says about its contacts, the facts that say so, and what is refused. Pure values."""

import enum
from typing import Annotated

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.base.model import Fact, Language
from frostgate.directory.model import NAME
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.model import Channel

MOST_CONTACTS = 20

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]


class ContactDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact as its tenant describes it, with at least one address; without a language they read the tenant's."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=NAME)]
    role: ContactRole
    email: Address | None = None
    mobile: Address | None = None  # E.164, such as +8613800138000
    language: Language | None = None

    @property
    def addresses(self) -> dict[Channel, str]:
        """Where they are written to, by each way."""
        given = {Channel.EMAIL: self.email, Channel.SMS: self.mobile}
        return {channel: address for channel, address in given.items() if address is not None}


class ReplyDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that came back from whoever reads at an address."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ContactChange(enum.StrEnum):
    """What became of a contact."""

    ADDED = "added"
    CHANGED = "changed"  # who they are, or what they answer for
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"  # a wrong code came back, or a right one too late
    ADDRESS_REMOVED = "address_removed"
    REMOVED = "removed"


class ContactChanged(Fact, frozen=True, kw_only=True):
    """Something became of a contact. The journal never forgets, so name and address stay out of it."""

    name = "contact.changed"

    contact_id: str
    role: ContactRole
    change: ContactChange
    channel: Channel | None = None  # where it is about one of their addresses


class ContactUnknown(NotFound):
    """The tenant has no such contact, or the contact no such address."""

    code = "contact.unknown"


class ContactExists(Conflict):
    """The tenant has a contact of this address already."""

    code = "contact.exists"


class TooManyContacts(Conflict):
    """A tenant has so many contacts at most."""

    code = "contact.too_many"


class AddressMissing(Refused):
    """A contact without any address could not be told anything."""

    code = "contact.address_missing"


class AddressUnusable(Refused):
    """Nothing can be sent to this address."""

    code = "contact.address_unusable"


class ChannelUnusable(Refused):
    """Notices do not travel this way here; `channels` are those that they do."""

    code = "contact.channel_unusable"


class AskedJustNow(Conflict):
    """A code was sent a moment ago; another may be in so many `minutes`."""

    code = "contact.asked_just_now"


class AskedTooOften(Conflict):
    """A tenant has so many codes sent in a day at most."""

    code = "contact.asked_too_often"


class CodeWrong(Refused):
    """This is not the code that was sent last."""

    code = "contact.code_wrong"


class CodeTooOld(Conflict):
    """The code was sent more than a week ago."""

    code = "contact.code_too_old"


class CodeNotAsked(Conflict):
    """No code waits for a reply, or wrong ones came back too often since it was sent."""

    code = "contact.code_not_asked"
