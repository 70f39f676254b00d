"""Codes to an account's own contact, what they open, and reports of fake notices.

Asking for a code does the same work and gets the same answer whatever was named: it only saves the question. Whether
there is such an account is looked up a moment later, when nobody waits for it.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol, runtime_checkable

import msgspec

from frostgate.base.errors import NotFound
from frostgate.base.ids import new_code, new_secret
from frostgate.base.model import SYSTEM, Actor, ActorKind, Language
from frostgate.base.texts import moment, word
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases.model import PLATFORM, CaseKind
from frostgate.cases.reactions import close_task, open_task
from frostgate.cases.store import find_open_task
from frostgate.directory import store as directory
from frostgate.directory.model import Tenant
from frostgate.notices.model import Audience, Reader, Template
from frostgate.notices.params import Params
from frostgate.notices.render import Explanation, Renderer
from frostgate.notices.service import owe_to_tenant
from frostgate.notices.store import placed_notices
from frostgate.selfcheck import store
from frostgate.selfcheck.records import (
    ASKS_WITHIN,
    CODE_LASTS,
    CODE_LENGTH,
    MOST_ASKS,
    Ask,
    FakeNoticeLookedAt,
    FakeNoticeReported,
    FakeNoticesForgotten,
    Report,
    StandingShown,
)
from frostgate.standing.model import Cause, Hold, Kind
from frostgate.standing.routes import standing_of

FORGOTTEN_AT_ONCE = 200  # reports


@runtime_checkable  # the framework checks what it hands to a route
class Health(Protocol):
    """What the program knows of itself; whoever runs it joins this."""

    def __call__(self) -> Mapping[str, bool]:
        """Each check by its name, and whether all is well with it."""


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is open against an account, as its holder may read it: what the notice of it says."""

    kind: str
    cause: str
    since: str
    case_id: str
    explanation: Explanation | None  # None where the holder was sent no notice of it


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a right code opens: an account as it stands."""

    account_id: str
    tenant: str
    at: str  # on the tenant's clock, as is every time here
    services: Mapping[str, str]  # what each still permits
    holds: tuple[Open, ...]  # the most severe first


# Codes


def ask(tx: Tx, *, tenant_id: str, account_id: str) -> Ask | int:
    """Save that somebody wants a code; where the account was named too often, in how many seconds it may be again."""
    store.forget_asks(tx.connection, tx.now - max(ASKS_WITHIN, CODE_LASTS))
    before = store.asked_since(tx.connection, tx.now - ASKS_WITHIN, tenant_id=tenant_id, account_id=account_id)
    if len(before) >= MOST_ASKS:
        return math.ceil((before[-MOST_ASKS] + ASKS_WITHIN - tx.now) / timedelta(seconds=1))
    asked = Ask(id=new_secret(), tenant_id=tenant_id, account_id=account_id, asked_at=tx.now)
    store.add_ask(tx.connection, asked)
    return asked


def send_codes(uow: UnitOfWork) -> int:
    """Look up what was asked for, and owe a code to those accounts that have a contact; how many were looked up."""
    with uow.look() as connection:  # costs no writer's turn: mostly nobody has asked
        if not store.new_asks(connection):
            return 0
    with uow.begin() as tx:
        found = store.new_asks(tx.connection)
        for each in found:
            # The row is alike where nothing is sent: it holds the digest of a secret that nobody has.
            store.save_ask(tx.connection, each.sent(_send_code(tx, each) or new_secret()))
    return len(found)


def open_account(tx: Tx, ask_id: str, code: str, *, renderer: Renderer, language: Language) -> Opened | None:
    """Take a code: the account that it opens, or None. A wrong one is counted, so nothing is raised."""
    asked = store.find_ask(tx.connection, ask_id)
    if asked is None:
        return None
    replied, opens = asked.reply(code, at=tx.now)
    store.save_ask(tx.connection, replied)
    if not opens:
        return None
    tenant = directory.get_tenant(tx.connection, asked.tenant_id)
    now = standing_of(tx.connection, tenant_id=tenant.id, account_id=asked.account_id)
    fact = StandingShown(tenant_id=tenant.id, account_id=asked.account_id)
    tx.state(fact, actor=Actor(ActorKind.HOLDER, asked.account_id))
    return Opened(
        account_id=asked.account_id,
        tenant=tenant.name,
        at=moment(tx.now, tenant.time_zone, language),
        services={service.value: permit.word for service, permit in now.permits.items()},
        holds=tuple(_for_holder(tx, hold, tenant, renderer, language) for hold in now.holds),
    )


def _for_holder(tx: Tx, hold: Hold, tenant: Tenant, renderer: Renderer, language: Language) -> Open:
    told = [
        notice
        for notice in placed_notices(tx.connection, hold.id, tenant_id=tenant.id)
        if notice.audience is Audience.HOLDER
    ]
    return Open(
        kind=word(hold.kind.word, language),
        cause=word(hold.cause.value, language),
        since=moment(hold.placed_at, tenant.time_zone, language),
        case_id=hold.case_id,
        explanation=renderer.explanation(told[0], language) if told else None,
    )


def _send_code(tx: Tx, asked: Ask) -> str:
    """Owe a new code to the account's own address, and return it; "" where there is no such account or address."""
    if tx.now - asked.asked_at >= CODE_LASTS:  # we were not there to look: a code that is over would only puzzle
        return ""
    try:
        tenant = directory.get_tenant(tx.connection, asked.tenant_id)
        account = directory.get_account(tx.connection, asked.account_id, tenant_id=asked.tenant_id)
    except NotFound:
        return ""
    if not account.email:
        return ""
    code = new_code(CODE_LENGTH)
    params = Params(
        account=account.id,
        tenant=tenant.name,
        kind=Kind.CHALLENGE.word,
        cause=Cause.ABNORMAL_LOGIN.value,
        services=(),
        since=asked.asked_at,
        until=asked.asked_at + CODE_LASTS,
        case_id="",
        time_zone=tenant.time_zone,
        reply_code=code,
    )
    reader = Reader(Audience.HOLDER, account.email, account.language or tenant.language)
    owe_to_tenant(tx, tenant, Template.SELF_CHECK_CODE, params, [reader], actor=SYSTEM)
    return code


# Reports of fake notices


def report(tx: Tx, *, text: str, source: str, contact: str) -> Report:
    """Keep what somebody reports, and see that there is one task for people to look at all of them."""
    new = Report(id=tx.new_id(), text=text, source=source, contact=contact, reported_at=tx.now)
    store.add_report(tx.connection, new)
    tx.state(FakeNoticeReported(tenant_id=None, report_id=new.id), actor=SYSTEM)
    # Whoever does the task reads the list: a line in the case for each report would let strangers fill it.
    kind = CaseKind.FAKE_NOTICES
    if find_open_task(tx.connection, tenant_id=PLATFORM, kind=kind, hold_id=None, account_id=None) is None:
        reason = f"fake notices are reported, the first is {new.id}"
        open_task(tx, kind=kind, tenant_id=PLATFORM, hold_id=None, account_id=None, cause=None, reason=reason)
    return new


def look_at(tx: Tx, report_id: str, *, actor: Actor) -> Report:
    """Mark a report as looked at; a second time changes nothing. With the last one their task is done.

    Raises:
        ReportUnknown: there is none of this id.
    """
    seen = store.save_looked_at(tx.connection, report_id, actor=actor, at=tx.now)
    if seen.looked_at == tx.now and seen.looked_by == actor:
        tx.state(FakeNoticeLookedAt(tenant_id=None, report_id=report_id), actor=actor)
        if not store.has_unseen(tx.connection):
            reason = "every report was looked at"
            close_task(tx, kind=CaseKind.FAKE_NOTICES, tenant_id=PLATFORM, actor=actor, reason=reason)
    return seen


def forget_reports(uow: UnitOfWork, *, keep: timedelta) -> int:
    """Delete reports that are older than this, in small transactions; how many. What nobody looked at stays."""
    total = 0
    while True:
        with uow.look() as connection:  # costs no writer's turn: mostly there is nothing
            if not store.old_reports(connection, uow.clock.now() - keep, at_most=1):
                return total
        with uow.begin() as tx:
            gone = store.old_reports(tx.connection, tx.now - keep, at_most=FORGOTTEN_AT_ONCE)
            store.forget_reports(tx.connection, gone)
            tx.state(FakeNoticesForgotten(tenant_id=None, report_ids=tuple(gone)), actor=SYSTEM)
        total += len(gone)
