"""Whose account somebody may manage, and ending sessions: one, or all others."""

import sqlalchemy as sa

from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials
from frostgate.directory.auth import Authenticator
from frostgate.directory.errors import GrantsTooMuch, OwnAccount, TokenUnknown
from frostgate.directory.model import Operator, Principal, Purpose
from frostgate.directory.permissions import PERMISSIONS
from frostgate.directory.sessions import store
from frostgate.directory.sessions.model import PersonNeeded, SessionUnknown
from frostgate.directory.tokens import revoke, revoke_sessions


def end_one(tx: Tx, session_id: str, *, operator_id: str, by: Principal) -> None:
    """End a session of an operator, oneself or somebody whom `by` may manage.

    Raises:
        SessionUnknown: the operator has no such session that still counts.
        GrantsTooMuch, OperatorUnknown, NotFound: as of `managed`.
    """
    managed(tx, operator_id, by=by)
    try:
        token = credentials.get_token(tx.connection, session_id, lock=True)
    except TokenUnknown:
        raise SessionUnknown from None
    is_theirs = token.purpose is Purpose.SESSION and token.operator_id == operator_id
    if not is_theirs or token.revoked_at is not None:
        raise SessionUnknown
    revoke(tx, token, actor=by.actor)


def end_all(tx: Tx, *, operator_id: str, by: Principal) -> None:
    """End all sessions of an operator but the one that `by` came with.

    Raises:
        GrantsTooMuch, OperatorUnknown, NotFound: as of `managed`.
    """
    managed(tx, operator_id, by=by)
    revoke_sessions(tx, operator_id, actor=by.actor, keep=by.token_id)


def managed(tx: Tx, operator_id: str, *, by: Principal) -> Operator:
    """The operator, where it is oneself or somebody who may do no more.

    Raises:
        OperatorUnknown, NotFound: `by` sees no such operator.
        GrantsTooMuch: they may do more than `by`.
    """
    operator = credentials.get_operator(tx.connection, operator_id)
    if by.operator is None or by.operator.id != operator_id:
        _refuse_betters(operator, by)
    return operator


def anothers(connection: sa.Connection, operator_id: str, *, by: Principal, lock: bool = False) -> Operator:
    """The operator whose password or factors `by` may reset: somebody else, who may do no more.

    A token is the person whom it goes back to: who got hold of a session issues one, and would be rid of every proof.
    An emergency may, because only one that was opened on the machine gets here, whose master has the database anyway.

    Raises:
        OwnAccount: it is they themselves, or whoever issued their token.
        OperatorUnknown, NotFound: `by` sees no such operator.
        GrantsTooMuch: they may do more than `by`.
    """
    operator = credentials.get_operator(connection, operator_id, lock=lock)
    by.within(operator.tenant_id)
    if by.operator_id == operator_id and by.emergency_id is None:
        raise OwnAccount
    _refuse_betters(operator, by)
    return operator


def operator_of(principal: Principal) -> Operator:
    """Who is signed in.

    Raises:
        PersonNeeded: a program, which has no factors and no sessions.
    """
    if principal.operator is None:
        raise PersonNeeded
    return principal.operator


def _refuse_betters(operator: Operator, by: Principal) -> None:
    by.within(operator.tenant_id)
    if not by.outranks(PERMISSIONS[operator.role]):
        raise GrantsTooMuch


def save_used(uow: UnitOfWork, authenticator: Authenticator) -> None:
    """Write down when sessions were used since the last time: now and then, not with every request."""
    used = authenticator.take_used()
    if used:
        with uow.begin(head_first=False) as tx:
            store.save_used(tx.connection, used)
