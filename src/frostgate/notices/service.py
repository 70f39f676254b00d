"""Owing notices: what a hold's beginning and end make us tell people. Reactions, inside the hold's transaction.

Nothing is sent here. A notice that cannot be sent at all is put on record at once, and where that leaves nobody of
the tenant told, people are.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from frostgate.base import ids
from frostgate.base.model import BILLING, SYSTEM, Actor, Language
from frostgate.base.uow import Tx
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices import dead, store
from frostgate.notices.contacts.choosing import readers_for
from frostgate.notices.facts import NoticeOwed, NoticeUndeliverable, NoticeWithheld
from frostgate.notices.hours import quiet_of
from frostgate.notices.model import (
    CODES,
    OF_LASTING,
    SAYS_PLACED,
    Attempt,
    Audience,
    Channel,
    Notice,
    Reader,
    State,
    Template,
    Withheld,
    is_reachable,
)
from frostgate.notices.params import Condition as Named
from frostgate.notices.params import Conditions, Params, Question
from frostgate.notices.quiet import URGENT, quiet_until
from frostgate.standing import store as standing
from frostgate.standing.model import Finding, Glimpse, Hold, HoldPlaced, HoldReleased, Subject


class Asked(Protocol):
    """What notices needs to know of a question to a holder; the cases room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def hold_id(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def until(self) -> datetime: ...


class Condition(Protocol):
    """One condition of a release, as the cases room names it."""

    @property
    def term(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def missing(self) -> str: ...


class ConditionsOf(Protocol):
    """What notices needs to know of the conditions of a release; the cases room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def hold_id(self) -> str: ...
    @property
    def news(self) -> str: ...
    @property
    def conditions(self) -> Sequence[Condition]: ...
    @property
    def until(self) -> datetime: ...


Says = Callable[[Template, Language], bool]  # whether text messages can say this here, in this language


def never(template: Template, language: Language) -> bool:
    """What text messages can say where there are none."""
    return False


def owe_for_hold_placed(tx: Tx, fact: HoldPlaced, actor: Actor, *, by_text: Says = never) -> None:
    """Tell the holder, and those of the tenant whom it concerns, that a hold was placed. Dunning tells of its own."""
    if fact.hold.actor == BILLING:
        return
    _owe_both(tx, fact.hold, SAYS_PLACED[fact.hold.kind], actor=actor, glimpse=fact.glimpse, by_text=by_text)


def owe_for_hold_released(tx: Tx, fact: HoldReleased, actor: Actor, *, by_text: Says = never) -> None:
    """Tell both that it ended, and take back what was not sent yet: nobody is to read of a freeze after its thaw."""
    hold = fact.hold
    of_case = store.notices.c.template.in_([template.value for template in OF_LASTING])
    for notice in store.withhold_unsent(
        tx.connection,
        sa.or_(store.notices.c.hold_id == hold.id, sa.and_(store.notices.c.case_id == hold.case_id, of_case)),
        tenant_id=hold.subject.tenant_id,
        problem=Withheld.OVERTAKEN.value,
        now=tx.now,
    ):
        tx.state(NoticeWithheld(**about(notice), problem=Withheld.OVERTAKEN.value), actor=actor)
    if hold.actor != BILLING or actor != BILLING:  # dunning tells of what it gives back itself
        _owe_both(tx, hold, Template.RELEASED, actor=actor, glimpse=Glimpse(), by_text=by_text)


def owe_question(tx: Tx, fact: Asked, actor: Actor, *, by_text: Says = never) -> None:
    """Ask the holder what a reviewer needs to know; those of the tenant whom it concerns read it, too."""
    assert fact.tenant_id is not None, "BUG: a question that belongs to no tenant"
    hold = standing.get_hold(tx.connection, fact.hold_id, tenant_id=fact.tenant_id)
    question = Question(words=fact.question, until=fact.until)
    _owe_both(tx, hold, Template.CASE_ASKED, actor=actor, glimpse=Glimpse(), question=question, by_text=by_text)


def owe_conditions(tx: Tx, fact: ConditionsOf, actor: Actor, *, by_text: Says = never) -> None:
    """Tell the holder what must happen before the hold ends; those of the tenant whom it concerns read it, too."""
    assert fact.tenant_id is not None, "BUG: conditions that belong to no tenant"
    hold = standing.get_hold(tx.connection, fact.hold_id, tenant_id=fact.tenant_id)
    said = Conditions(
        news=fact.news,
        conditions=tuple(
            Named(term=each.term, zh=each.zh, en=each.en, missing=each.missing) for each in fact.conditions
        ),
        until=fact.until,
    )
    template = Template.CONDITIONS_LAPSED if fact.news == "lapsed" else Template.RELEASE_CONDITIONS
    _owe_both(tx, hold, template, actor=actor, glimpse=Glimpse(), conditions=said, by_text=by_text)


def owe_kept(tx: Tx, hold: Hold, until: datetime | None, *, actor: Actor, by_text: Says = never) -> None:
    """Tell both that people looked and the hold stays: until it ends by itself then, or until its condition is true."""
    _owe_both(tx, hold, Template.CASE_KEPT, actor=actor, glimpse=Glimpse(until=until), by_text=by_text)


def owe_to_tenant(
    tx: Tx, tenant: Tenant, template: Template, params: Params, readers: Sequence[Reader], *, actor: Actor
) -> list[Notice]:
    """Tell some people of a tenant, or of our own, something that is about no hold; what is owed now."""
    return owe(tx, tenant.id, template, params, readers, actor=actor)


def owe(
    tx: Tx, tenant_id: str, template: Template, params: Params, readers: Sequence[Reader], *, actor: Actor
) -> list[Notice]:
    """As `owe_to_tenant`, also where what it is about is no tenant's ("")."""
    thread, gone = tx.new_id(), _not_working(tx.connection, tenant_id, template, readers)
    owed = [_notice(tx, tenant_id, template, reader, params, thread=thread, gone=gone) for reader in readers]
    store.add_all(tx.connection, owed)
    for notice in owed:
        _tell(tx, notice, actor=actor)
    return owed


def take_back(tx: Tx, notice_ids: Iterable[str], *, tenant_id: str, actor: Actor) -> None:
    """Take back notices that are not sent yet and not true any more."""
    for notice in store.withhold_unsent(
        tx.connection,
        store.notices.c.id.in_(notice_ids),
        tenant_id=tenant_id,
        problem=Withheld.OVERTAKEN.value,
        now=tx.now,
    ):
        tx.state(NoticeWithheld(**about(notice), problem=Withheld.OVERTAKEN.value), actor=actor)


def is_overtaken(tx: Tx, notice: Notice) -> bool:
    """Whether a notice says that a hold was placed that has ended since, or brings a code that counts no more.

    The hold is locked: whoever is releasing it now passes over a notice that is in a worker's hands.
    """
    if notice.template in CODES:
        return notice.params.until is not None and tx.now >= notice.params.until
    if notice.hold_id is None or notice.template is Template.RELEASED:
        return False
    return not standing.get_hold(tx.connection, notice.hold_id, tenant_id=notice.tenant_id, lock=True).is_open


def withhold_overtaken(tx: Tx, notice: Notice) -> None:
    """Take back a notice that was in a worker's hands when its hold ended, and did not get through."""
    store.save_withheld(tx.connection, notice, Withheld.OVERTAKEN.value)
    tx.state(NoticeWithheld(**about(notice), problem=Withheld.OVERTAKEN.value), actor=SYSTEM)


def read_notice(connection: sa.Connection, notice_id: str, *, tenant_id: str) -> tuple[Notice, list[Attempt]]:
    """One notice of this tenant with every attempt at it, as it is shown to those to whom it was not sent.

    Raises:
        NoticeUnknown: there is none.
    """
    notice = store.get_notice(connection, notice_id, tenant_id=tenant_id)
    return notice.for_others(), store.attempts_of(connection, notice)


def genuine(connection: sa.Connection, code: str) -> Notice | None:
    """The notice that this code proves, once it has left the house; None where we sent no such thing.

    Whoever asks may have found the code anywhere: show them its sort and time, never whom it was for.
    """
    typed = ids.typed_code(code)
    if not (typed.isascii() and typed.isalnum()):  # no code of ours, and perhaps nothing that can be looked for
        return None
    notice = store.find_by_code(connection, typed)
    return notice if notice is not None and notice.sent_at is not None else None


def about(notice: Notice) -> dict[str, Any]:
    """What every fact about a notice says of it."""
    return {
        "tenant_id": notice.tenant_id,
        "notice_id": notice.id,
        "hold_id": notice.hold_id,
        "case_id": notice.case_id,
        "account_id": notice.account_id,
        "cause": notice.params.cause,
        "audience": notice.audience,
        "channel": notice.channel,
        "template": notice.template,
    }


def _owe_both(
    tx: Tx,
    hold: Hold,
    template: Template,
    *,
    actor: Actor,
    glimpse: Glimpse,
    by_text: Says,
    question: Question | None = None,
    conditions: Conditions | None = None,
) -> None:
    """One notice to the holder by each way, where the hold is on one account, and one to each whom it concerns."""
    tenant = directory.get_tenant(tx.connection, hold.subject.tenant_id)
    readers = readers_for(tx.connection, tenant, hold.cause, hold.kind, template, at=tx.now)
    if hold.subject.account_id is not None:
        # None where events speak of an account that its tenant never registered.
        account = directory.find_account(tx.connection, hold.subject.account_id, tenant_id=tenant.id)
        language = (account and account.language) or tenant.language
        readers.insert(0, Reader(Audience.HOLDER, (account and account.email) or "", language))
        if account is not None and account.mobile and by_text(template, language):
            readers.insert(1, Reader(Audience.HOLDER, account.mobile, language, Channel.SMS))
    of_case = template in OF_LASTING
    links = _links(tx.connection, hold) if of_case else {}
    thread, gone = tx.new_id(), _not_working(tx.connection, tenant.id, template, readers)
    said = _params(tx.connection, hold, tenant, glimpse)
    owed = []
    for reader in readers:
        params = said
        if of_case:
            link = links.get((reader.channel, reader.address))
            params = msgspec.structs.replace(said, question=question, conditions=conditions, link_of=link)
        notice = _notice(tx, tenant.id, template, reader, params, hold, thread=thread, gone=gone)
        if of_case:  # of one hold there is one notice of each sort, and of its case as many as are asked
            notice = msgspec.structs.replace(notice, hold_id=None)
        owed.append(notice)
    store.add_all(tx.connection, owed)
    for notice in owed:
        _tell(tx, notice, actor=actor)


def _links(connection: sa.Connection, hold: Hold) -> dict[tuple[Channel, str], str]:
    """By which notice each reader comes to the appeal: the one that told them of the hold, at this very address."""
    placed = store.placed_notices(connection, hold.id, tenant_id=hold.subject.tenant_id)
    return {(each.channel, each.address): each.id for each in placed}


def _not_working(
    connection: sa.Connection, tenant_id: str, template: Template, readers: Sequence[Reader]
) -> set[tuple[Channel, str]]:
    """The addresses among theirs that do not work. Codes are tried all the same: a reply shows that one works again.

    Nobody asks this of our own people: they must go on hearing, whatever one mail met.
    """
    if template in CODES or template in _ASKED:
        return set()
    named = [reader.address for reader in readers if reader.audience is not Audience.OPERATORS]
    return dead.among(connection, named, tenant_id=tenant_id) if named else set()


_ASKED = frozenset({Template.CONTACT_ASKED, Template.SELF_CHECK_CODE})


def quiet_text(
    connection: sa.Connection, tenant_id: str, template: Template, reader: Reader, params: Params
) -> str | None:
    """The hours in which this is not sent to this reader; None where it may be sent at any."""
    if template in URGENT or reader.audience is Audience.OPERATORS:
        return None
    quiet = quiet_of(connection, tenant_id=tenant_id)[reader.channel]
    return None if quiet is None else quiet.text(params.time_zone)


def _notice(
    tx: Tx,
    tenant_id: str,
    template: Template,
    reader: Reader,
    params: Params,
    hold: Hold | None = None,
    *,
    thread: str,
    gone: set[tuple[Channel, str]],
) -> Notice:
    problem = None
    if not is_reachable(reader.channel, reader.address):
        problem = Withheld.BAD_ADDRESS if reader.address else Withheld.NO_ADDRESS
    elif (reader.channel, reader.address) in gone and reader.audience is not Audience.OPERATORS:
        problem = Withheld.NOT_WORKING
    # The tenant's own address is the last that could be told: without it, people of our own must take over.
    last = reader.audience is Audience.TENANT
    quiet = quiet_text(tx.connection, tenant_id, template, reader, params)
    return Notice(
        id=tx.new_id(),
        tenant_id=tenant_id,
        hold_id=hold.id if hold else None,
        case_id=hold.case_id if hold else None,
        account_id=hold.subject.account_id if hold else None,
        audience=reader.audience,
        channel=reader.channel,
        address=reader.address,
        language=reader.language,
        template=template,
        params=params,
        code=ids.new_code(),
        state=State.OWED if problem is None else State.UNDELIVERABLE if last else State.WITHHELD,
        problem=problem.value if problem else None,
        attempts=0,
        next_attempt_at=quiet_until(quiet, tx.now) or tx.now,
        owed_at=tx.now,
        quiet=quiet,
        thread=thread,
        contact_id=reader.contact_id,
    )


def _tell(tx: Tx, notice: Notice, *, actor: Actor) -> None:
    """State what became of a new notice."""
    if notice.state is State.OWED:
        tx.state(NoticeOwed(**about(notice)), actor=actor)
        return
    assert notice.problem is not None, "BUG: withheld without a reason"
    if notice.state is State.UNDELIVERABLE:
        tx.state(NoticeUndeliverable(**about(notice), attempts=0, problem=notice.problem), actor=SYSTEM)
    else:
        tx.state(NoticeWithheld(**about(notice), problem=notice.problem), actor=actor)


def _params(connection: sa.Connection, hold: Hold, tenant: Tenant, glimpse: Glimpse) -> Params:
    return Params(
        account=hold.subject.account_id,
        tenant=tenant.name,
        kind=hold.kind.word,
        cause=hold.cause.value,
        services=tuple(sorted(service.value for service in hold.services)),
        since=hold.placed_at,
        until=hold.released_at or glimpse.until,
        case_id=hold.case_id,
        time_zone=tenant.time_zone,
        places=glimpse.places,
        seen_at=glimpse.at,
        calls_for_check_up=hold.released_at is not None and hold.calls_for_check_up,
        finding=(hold.finding or Finding.CONDITION_MET).value if hold.released_at else None,
        still_held=hold.released_at is not None and _still_held(connection, hold),
    )


def _still_held(connection: sa.Connection, hold: Hold) -> bool:
    """Whether another hold is open that this holder feels: their own, or one on their whole tenant."""
    tenant_id = hold.subject.tenant_id
    subjects = {hold.subject, Subject(tenant_id=tenant_id, account_id=None)}
    return any(other.id != hold.id for subject in subjects for other in standing.open_holds(connection, subject))
