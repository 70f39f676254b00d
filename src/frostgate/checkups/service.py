"""What begins check-ups, what is done in them, and what follows from a holder's "that was not me"."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx
from frostgate.cases.model import CaseKind
from frostgate.cases.reactions import open_task
from frostgate.cases.severity import Severity
from frostgate.checkups import store
from frostgate.checkups.errors import StepOfOthers
from frostgate.checkups.model import (
    LASTS,
    OF_TENANT,
    REMIND_AFTER,
    SIGN_INS,
    SIGN_INS_OF,
    STEPS,
    STRANGERS_OF,
    CheckUp,
    CheckUpEnded,
    CheckUpOpened,
    Item,
    Own,
    SignIn,
    SignInAnsweredFor,
    SignInClaimed,
    SignInsDisowned,
    State,
    Step,
    StepDone,
    StepState,
)
from frostgate.checkups.people import looks_after
from frostgate.directory import store as directory
from frostgate.directory.factors import store as factors
from frostgate.directory.factors.model import FactorState, Owner
from frostgate.directory.model import AccountKind
from frostgate.directory.networks import store as networks
from frostgate.events.disowned import by_same_device, claim, disown, sign_ins
from frostgate.events.model import Login
from frostgate.events.store import Stored
from frostgate.rules import decision as record
from frostgate.standing.model import Cause, Hold


def begin(tx: Tx, hold: Hold, *, actor: Actor) -> CheckUp | None:
    """Open the check-up that follows from the end of a hold; None where nothing is left to look after.

    One that is open is overtaken, and what it left open is asked again in the new one.
    """
    tenant_id, account_id = hold.subject.tenant_id, hold.subject.account_id
    before = store.find_open(tx.connection, tenant_id=tenant_id, account_id=account_id)
    left = set(before.open_steps) if before is not None else set()
    account, asked = None, tuple[SignIn, ...]()
    if account_id is not None:
        account = directory.find_account(tx.connection, account_id, tenant_id=tenant_id)
        asked = _asked(tx.connection, tenant_id, account_id, since=tx.now - SIGN_INS_OF)
    new = CheckUp(
        id=tx.new_id(),
        tenant_id=tenant_id,
        account_id=account_id,
        hold_id=hold.id,
        cause=hold.cause,
        of_tenant_person=account is not None and looks_after(tx.connection, tenant_id, account.email),
        state=State.OPEN,
        opened_at=tx.now,
        due_at=tx.now + LASTS,
        look_at=tx.now + min(REMIND_AFTER.values()),
        sign_ins=asked,
    )
    is_person = account is None or account.kind is AccountKind.PERSON
    wanted = [step for step in Step if step in STEPS[hold.cause] or step in left]
    items = tuple(_item(tx, new, step, is_person=is_person) for step in wanted)
    new = msgspec.structs.replace(new, items=items)
    if not new.open_steps:
        return None
    if before is not None:
        _save(tx, before, before.overtake(tx.now), actor=SYSTEM)
    store.add(tx.connection, new)
    tx.state(CheckUpOpened(**about(new), steps=new.open_steps), actor=actor)
    return new


def do(tx: Tx, check_up: CheckUp, step: Step, *, actor: Actor, for_tenant: bool = False) -> CheckUp:
    """Say that one thing was looked after: the holder, or `for_tenant` one of the tenant's administrators.

    Raises:
        CheckUpClosed, StepUnknown, StepByItself, SignInsUnanswered
        StepOfOthers: it is the other's step.
    """
    after = check_up.done(step, by=actor, at=tx.now)
    if not (step in OF_TENANT if for_tenant else check_up.takes(step)):
        raise StepOfOthers(step=step.value)
    return _save(tx, check_up, after, actor=actor)


def answer(tx: Tx, check_up: CheckUp, number: int, own: Own, *, actor: Actor) -> CheckUp:
    """The holder says whether a sign-in was theirs. A stranger's is a case for people, and is unlearned.

    In whichever order they answer, of each sign-in their own word counts, and their word of its device elsewhere.

    Raises:
        CheckUpClosed, SignInUnknown, SignInAnswered
    """
    after = check_up.answer(number, own, by=actor, at=tx.now)
    if after is check_up:
        return check_up
    saved = _save(tx, check_up, after, actor=actor)
    about_it = next(each for each in after.sign_ins if each.number == number)
    fact = SignInAnsweredFor(**about(saved), decision_id=about_it.decision_id, own=own)
    tx.state(fact, actor=actor)
    if own is Own.NO:
        _disown(tx, saved, about_it, actor=actor)
    else:
        _claim(tx, saved, about_it, actor=actor)
    return saved


def look_again(tx: Tx, check_up: CheckUp) -> CheckUp:
    """See which steps were done by themselves meanwhile."""
    after = check_up
    for step in check_up.open_steps:
        if _is_done(tx.connection, check_up, step):
            after = after.found_done(step, by=SYSTEM, at=tx.now)
    return _save(tx, check_up, after, actor=SYSTEM)


def save_looked(tx: Tx, before: CheckUp, after: CheckUp) -> CheckUp:
    """Save what looking at the time has changed."""
    return _save(tx, before, after, actor=SYSTEM)


def about(check_up: CheckUp) -> dict[str, Any]:
    """What every fact about a check-up says of it."""
    return {
        "tenant_id": check_up.tenant_id,
        "check_up_id": check_up.id,
        "hold_id": check_up.hold_id,
        "account_id": check_up.account_id,
    }


def _save(tx: Tx, before: CheckUp, after: CheckUp, *, actor: Actor) -> CheckUp:
    """Save what changed, and state which steps are done and whether it is over."""
    if after == before:
        return before
    saved = store.save(tx.connection, before, after)
    for step in before.open_steps:
        if step not in after.open_steps:
            tx.state(StepDone(**about(saved), step=step), actor=actor)
    if after.state is not before.state:
        tx.state(CheckUpEnded(**about(saved), state=after.state, left=after.open_steps), actor=actor)
    return saved


def _item(tx: Tx, check_up: CheckUp, step: Step, *, is_person: bool) -> Item:
    """How a step stands when its check-up begins."""
    state = StepState.OPEN
    if not _applies(check_up, step, is_person=is_person):
        state = StepState.NOT_APPLICABLE
    elif _is_done(tx.connection, check_up, step):
        state = StepState.DONE
    if state is StepState.OPEN:
        return Item(step=step, state=state)
    return Item(step=step, state=state, at=tx.now, by=SYSTEM)


def _applies(check_up: CheckUp, step: Step, *, is_person: bool) -> bool:
    of_everybody = check_up.account_id is None
    match step:
        case Step.SIGN_INS:
            return bool(check_up.sign_ins)
        case Step.SECOND_FACTOR:
            return is_person and not of_everybody
        case Step.SESSIONS:
            return not of_everybody
        case Step.NETWORKS:
            return True
        case Step.TOKENS | Step.ROLES:
            return of_everybody or check_up.of_tenant_person or check_up.cause is Cause.BULK_OPERATION


def _is_done(connection: sa.Connection, check_up: CheckUp, step: Step) -> bool:
    """Whether there is nothing left to do, whatever anybody says."""
    if step is Step.SECOND_FACTOR and check_up.account_id is not None:
        found = factors.list_factors(connection, Owner(check_up.tenant_id, check_up.account_id))
        return any(factor.state is FactorState.ACTIVE for factor in found)
    return step is Step.NETWORKS and networks.is_enforced(connection, tenant_id=check_up.tenant_id)


def _asked(connection: sa.Connection, tenant_id: str, account_id: str, *, since: datetime) -> tuple[SignIn, ...]:
    """The account's last sign-ins, the newest first."""
    found = sign_ins(connection, tenant_id=tenant_id, account_id=account_id, since=since, limit=SIGN_INS)
    return tuple(_sign_in(number, stored) for number, stored in enumerate(found, start=1))


def _sign_in(number: int, stored: Stored) -> SignIn:
    signals, data = record.read(stored.decision).signals, stored.event.data
    assert isinstance(data, Login), "BUG: a sign-in that is none"
    country, city = signals.get("geo.country"), signals.get("geo.city")
    return SignIn(
        number=number,
        decision_id=stored.decision_id,
        at=stored.event.time,
        country=country if isinstance(country, str) else None,
        city=city if isinstance(city, str) else None,
        device=data.device,
    )


def _claim(tx: Tx, check_up: CheckUp, about_it: SignIn, *, actor: Actor) -> None:
    """Take back what the same device's other sign-ins had said of this one."""
    assert check_up.account_id is not None, "BUG: a tenant does not sign in"
    whose = {"tenant_id": check_up.tenant_id, "account_id": check_up.account_id}
    if claim(tx.connection, about_it.decision_id, **whose, at=tx.now):
        tx.state(SignInClaimed(**whose, decision_id=about_it.decision_id), actor=actor)


def _disown(tx: Tx, check_up: CheckUp, about_it: SignIn, *, actor: Actor) -> None:
    """Keep that the sign-in, and every other by that device that was not claimed, was a stranger's, and tell people."""
    assert check_up.account_id is not None, "BUG: a tenant does not sign in"
    whose = {"tenant_id": check_up.tenant_id, "account_id": check_up.account_id}
    claimed = {each.decision_id for each in check_up.sign_ins if each.own is Own.YES}
    alike = by_same_device(tx.connection, about_it.decision_id, **whose, since=tx.now - STRANGERS_OF)
    others = tuple(each for each in alike if each != about_it.decision_id and each not in claimed)
    disown(tx.connection, about_it.decision_id, others, **whose, at=tx.now)
    tx.state(SignInsDisowned(**whose, decision_ids=(about_it.decision_id, *others)), actor=actor)
    open_task(
        tx,
        kind=CaseKind.SIGN_IN_DISOWNED,
        **whose,
        hold_id=None,
        cause=Cause.ABNORMAL_LOGIN.value,
        reason=f"{about_it.at:%Y-%m-%d %H:%M} UTC: 持有人表示该次登录非本人操作 / the holder says that it was not them "
        f"(decision {about_it.decision_id}, check-up {check_up.id})",
        actor=actor,
        severity=Severity.HIGH,
    )
