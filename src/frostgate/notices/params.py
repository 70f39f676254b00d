"""What notices say: the values that letters and texts are made of. Pure."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice that a notice speaks of."""

    number: str
    open: str  # as people read it, with its currency
    due_on: str  # a date in the tenant's zone


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice about debts speaks of."""

    debts: tuple[Debt, ...]
    total: str  # of them; where currencies differ, each
    missing: str = ""  # what must be paid to end the freeze, or to prevent it
    freeze_at: datetime | None = None
    received: str = ""  # what came
    is_stopped: bool = False  # whether anything is frozen for these debts
    needs_approval: bool = False  # paying alone does not end the freeze


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert speaks of, as people read it: before anything is owed. Dates are in the tenant's zone."""

    rises: bool  # whether the value came from below
    reached: str  # the value that the tenant wanted to be told about
    balance: str  # what is left in advance
    is_known: bool  # whether there is a forecast; less than a week is none
    is_used_up: bool = False  # nothing is left in advance, so nothing lasts
    per_day: str = ""
    days: int | None = None  # that are covered; None: beyond sight
    until: str = ""  # the first day that is not covered; "": beyond sight
    earliest: str = ""
    latest: str = ""
    spent: str = ""  # this month, where there is a budget
    budget: str = ""
    share: int = 0  # percent of it


class AppealNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice about an appeal speaks of. Codes are said in the reader's language."""

    link_of: str  # the notice of the hold, by whose link this reader comes to the appeal; "": none is theirs
    asks: str = ""  # the code of what is missing
    outcome: str = ""
    ground: str = ""  # the code of why it was refused
    words: str = ""  # of who decided or asks


class CheckUpNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a reminder of a check-up speaks of."""

    link_of: str  # the notice by whose link this reader comes to it; "": it is not theirs to do
    steps: tuple[str, ...]  # that are open
    until: datetime


class ReviewNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice about the review of a quarter speaks of."""

    quarter: str
    told: int  # how often before
    people: int
    tokens: int
    changes: int
    until: datetime  # then customer success is told


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer asks the holder of a case, in the reviewer's own words."""

    words: str
    until: datetime  # then we decide with what we have


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the holder has to do; its own words, where the reviewer chose them."""

    term: str
    zh: str = ""
    en: str = ""
    missing: str = ""  # what a reviewer found not done of it


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What must happen before a hold ends, and by when."""

    news: str  # "set", "due" once more, "not_done" though the holder said so, or "lapsed"
    conditions: tuple[Condition, ...]
    until: datetime


class ContactNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact answers for, and what it is to be from now on; "": they are a contact no more."""

    role: str
    new_role: str = ""


FINANCE = ContactNews(role="finance")  # of notices that were owed when finance alone had contacts


class WaitingCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case of which our own people are told."""

    id: str
    about: str  # its cause, or the kind of its task
    due_at: datetime


class GlassBroken(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency as those are told of it who watch over it."""

    id: str
    who: str  # their address
    reason: str
    until: datetime
    on_the_machine: bool


class SignInNews(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is told of their own sign-in."""

    what: str  # a key of the template's sentences
    address: str = ""  # where a session was opened from
    browser: str = ""


class WaitingCases(msgspec.Struct, frozen=True, kw_only=True):
    """Cases in which something must happen by a time; the longest waiting ones by name."""

    limit: str
    step: str
    cases: tuple[WaitingCase, ...]
    count: int


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that could not be delivered, as our own people are told of it."""

    id: str
    template: str
    channel: str
    problem: str


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What the templates may speak of, fixed when the notice became owed."""

    account: str | None  # None: the hold is on the whole tenant
    tenant: str
    kind: str
    cause: str
    services: tuple[str, ...]
    since: datetime
    case_id: str
    time_zone: str  # an IANA name: the reader's clock
    places: Mapping[str, tuple[str, ...]] = {}  # per language, in the order of the journey
    seen_at: datetime | None = None
    until: datetime | None = None
    finding: str | None = None
    still_held: bool = False  # another hold is open, so this release alone gives nothing back
    bill: Bill | None = None  # a notice about debts, which has the sentences of its own file
    outlook: Outlook | None = None  # an alert, which has so, too
    appeal: AppealNews | None = None  # what became of an appeal, which has so, too
    calls_for_check_up: bool = False  # whether its end asks to look after the account
    check_up: CheckUpNews | None = None
    review: ReviewNews | None = None
    question: Question | None = None  # what a reviewer asks
    conditions: Conditions | None = None  # of a release
    link_of: str | None = (
        None  # beside those two: the notice of the hold, by whose link this reader comes to the appeal
    )
    waiting: WaitingCases | None = None  # what our own people are told of cases
    mentioned_by: str = ""  # the name of the colleague whose note names the reader
    emergency: GlassBroken | None = None  # who took more power than their role gives
    sign_in: SignInNews | None = None  # what one of them is told of their own sign-in
    lost: Lost | None = None  # of which notice they are told
    contact: ContactNews | None = None  # what became of somebody who is told things
    reply_code: str = ""  # proves, when it comes back, that somebody read the notice
