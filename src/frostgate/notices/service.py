"""Owing notices: what a hold's beginning and end make us tell people. Reactions, inside the hold's transaction.

Nothing is sent here. A notice that cannot be sent at all is put on record at once, and where that leaves nobody of
the tenant told, people are.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base import ids
from frostgate.base.model import BILLING, SYSTEM, Actor, Language
from frostgate.base.uow import Tx
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices import store
from frostgate.notices.model import (
    SAYS_PLACED,
    Attempt,
    Audience,
    Channel,
    Notice,
    NoticeOwed,
    NoticeUndeliverable,
    NoticeWithheld,
    Params,
    State,
    Template,
    Withheld,
    is_reachable,
)
from frostgate.standing import store as standing
from frostgate.standing.model import Finding, Glimpse, Hold, HoldPlaced, HoldReleased, Subject


class Reader(msgspec.Struct, frozen=True):
    """Who is to read a notice, where, in which language and by which way."""

    audience: Audience
    address: str
    language: Language
    channel: Channel = Channel.EMAIL


def owe_for_hold_placed(tx: Tx, fact: HoldPlaced, actor: Actor) -> None:
    """Tell the holder and the tenant's contact that a hold was placed. What dunning places it tells of itself."""
    if fact.hold.actor == BILLING:
        return
    _owe_both(tx, fact.hold, SAYS_PLACED[fact.hold.kind], actor=actor, glimpse=fact.glimpse)


def owe_for_hold_released(tx: Tx, fact: HoldReleased, actor: Actor) -> None:
    """Tell both that it ended, and take back what was not sent yet: nobody is to read of a freeze after its thaw."""
    hold = fact.hold
    for notice in store.withhold_unsent(
        tx.connection,
        store.notices.c.hold_id == hold.id,
        tenant_id=hold.subject.tenant_id,
        problem=Withheld.OVERTAKEN.value,
        now=tx.now,
    ):
        tx.state(NoticeWithheld(**about(notice), problem=Withheld.OVERTAKEN.value), actor=actor)
    if hold.actor != BILLING or actor != BILLING:  # dunning tells of what it gives back itself
        _owe_both(tx, hold, Template.RELEASED, actor=actor, glimpse=Glimpse())


def owe_to_tenant(
    tx: Tx, tenant: Tenant, template: Template, params: Params, readers: Sequence[Reader], *, actor: Actor
) -> list[Notice]:
    """Tell some people of a tenant, or of our own, something that is about no hold; what is owed now."""
    owed = [_notice(tx, tenant.id, template, reader, params) for reader in readers]
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
    """Whether a notice says that a hold was placed that has ended since.

    The hold is locked: whoever is releasing it now passes over a notice that is in a worker's hands.
    """
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
    notice = store.find_by_code(connection, code.strip().lower())
    return notice if notice is not None and notice.state is State.SENT else None


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


def _owe_both(tx: Tx, hold: Hold, template: Template, *, actor: Actor, glimpse: Glimpse) -> None:
    """One notice to the holder, where the hold is on one account, and one to the tenant's contact."""
    tenant = directory.get_tenant(tx.connection, hold.subject.tenant_id)
    readers = [Reader(Audience.TENANT, tenant.contact_email, tenant.language)]
    if hold.subject.account_id is not None:
        # None where events speak of an account that its tenant never registered.
        account = directory.find_account(tx.connection, hold.subject.account_id, tenant_id=tenant.id)
        language = (account and account.language) or tenant.language
        readers.insert(0, Reader(Audience.HOLDER, (account and account.email) or "", language))
    owed = [
        _notice(tx, tenant.id, template, reader, _params(tx.connection, hold, tenant, reader.language, glimpse), hold)
        for reader in readers
    ]
    store.add_all(tx.connection, owed)
    for notice in owed:
        _tell(tx, notice, actor=actor)


def _notice(
    tx: Tx, tenant_id: str, template: Template, reader: Reader, params: Params, hold: Hold | None = None
) -> Notice:
    usable = is_reachable(reader.channel, reader.address)
    problem = None if usable else Withheld.BAD_ADDRESS if reader.address else Withheld.NO_ADDRESS
    # The tenant's contact is the last one who could be told: without it, people of our own must take over.
    last = reader.audience is Audience.TENANT
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
        state=State.OWED if usable else State.UNDELIVERABLE if last else State.WITHHELD,
        problem=problem.value if problem else None,
        attempts=0,
        next_attempt_at=tx.now,
        owed_at=tx.now,
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


def _params(connection: sa.Connection, hold: Hold, tenant: Tenant, language: Language, glimpse: Glimpse) -> Params:
    return Params(
        account=hold.subject.account_id,
        tenant=tenant.name,
        kind=hold.kind.word,
        cause=hold.cause.value,
        services=tuple(sorted(service.value for service in hold.services)),
        since=hold.placed_at,
        until=hold.released_at,
        case_id=hold.case_id,
        time_zone=tenant.time_zone,
        places=glimpse.places.get(language.value, ()),
        seen_at=glimpse.at,
        finding=(hold.finding or Finding.CONDITION_MET).value if hold.released_at else None,
        still_held=hold.released_at is not None and _still_held(connection, hold),
    )


def _still_held(connection: sa.Connection, hold: Hold) -> bool:
    """Whether another hold is open that this holder feels: their own, or one on their whole tenant."""
    tenant_id = hold.subject.tenant_id
    subjects = {hold.subject, Subject(tenant_id=tenant_id, account_id=None)}
    return any(other.id != hold.id for subject in subjects for other in standing.open_holds(connection, subject))
