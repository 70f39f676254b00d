"""Notes in a case: words for colleagues, who of them is meant, and papers that belong to the words. Pure."""

import re
from datetime import datetime

import msgspec

from frostgate.base.errors import Refused
from frostgate.base.model import Actor, Fact
from frostgate.directory.model import Operator
from frostgate.directory.permissions import PERMISSIONS, Permission

MOST_MENTIONED = 20  # people in one note; to all others the queue speaks

# "@rui@frostgate.example", also right after Chinese; an address that is only written down is no mention.
_MENTION = re.compile(r"(?<![\w.%+@-])@([\w.%+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII)


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was named in a note."""

    id: str
    tenant_id: str
    case_id: str
    action_id: str  # the line of the case's history that the note is
    operator_id: str
    by: Actor
    at: datetime


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that a text mentions, each once, as they are stored."""
    return tuple(dict.fromkeys(found.lower() for found in _MENTION.findall(text)))


def may_read(operator: Operator, *, tenant_id: str) -> bool:
    """Whether somebody may read the cases of this tenant, and so be told of one."""
    is_theirs = operator.tenant_id in {None, tenant_id}
    return operator.active and is_theirs and Permission.CASES_READ in PERMISSIONS[operator.role]


class CaseMentioned(Fact, frozen=True, kw_only=True):
    """People were named in a note and are to be told so. Its words stand in the case alone."""

    name = "case.mentioned"

    case_id: str
    operator_ids: tuple[str, ...]


class MentionUnknown(Refused):
    """Nobody who may read the case has this address or id; whether anybody else has is not said."""

    code = "note.mention_unknown"


class TooManyMentions(Refused):
    """A note that names everybody is for nobody."""

    code = "note.too_many_mentions"


class AttachmentUnknown(Refused):
    """It is no file that staff attached to this very case, or its pages are gone."""

    code = "note.attachment_unknown"
