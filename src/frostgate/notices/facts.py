"""What became of notices, as other rooms and the journal hear of it. Pure."""

from frostgate.base.model import Fact
from frostgate.notices.model import Audience, Bounce, Channel, Template


class _NoticeFact(Fact, frozen=True, kw_only=True):
    """What the journal keeps of a notice: whom it concerned, never the address or the words."""

    notice_id: str
    hold_id: str | None
    case_id: str | None
    account_id: str | None
    cause: str
    audience: Audience
    channel: Channel
    template: Template


class NoticeOwed(_NoticeFact, frozen=True, kw_only=True):
    """Somebody must be told something."""

    name = "notice.owed"


class NoticeWithheld(_NoticeFact, frozen=True, kw_only=True):
    """Somebody should have been told something and will not be; `problem` says why."""

    name = "notice.withheld"

    problem: str


class NoticeSent(_NoticeFact, frozen=True, kw_only=True):
    """The other side took the notice."""

    name = "notice.sent"

    attempts: int


class NoticeUndeliverable(_NoticeFact, frozen=True, kw_only=True):
    """We could not tell somebody what we owed them: people must. `problem`: refused, exhausted, no_ or bad_address."""

    name = "notice.undeliverable"

    attempts: int
    problem: str


class NoticeDelivered(_NoticeFact, frozen=True, kw_only=True):
    """The other side says that the notice came to where it was sent."""

    name = "notice.delivered"


class NoticeBounced(_NoticeFact, frozen=True, kw_only=True):
    """A notice that was taken came back."""

    name = "notice.bounced"

    bounce: Bounce


class NoticeRerouted(_NoticeFact, frozen=True, kw_only=True):
    """A notice did not arrive, so another one goes out instead."""

    name = "notice.rerouted"

    instead_id: str
