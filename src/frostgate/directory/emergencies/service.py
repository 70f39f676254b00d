"""Breaking the glass and ending it, and the record of every request that comes under it."""

from datetime import timedelta

import msgspec

from frostgate.base.errors import Forbidden
from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials, tokens
from frostgate.directory import store as directory
from frostgate.directory.auth import still
from frostgate.directory.emergencies import store
from frostgate.directory.emergencies.model import (
    Emergency,
    EmergencyNotNeeded,
    EmergencyOpened,
    EmergencyProofFailed,
    EmergencyProofNeeded,
    EmergencyUsed,
    SecondFactorMissing,
    checked_reason,
    checked_span,
    opener,
    role_of,
)
from frostgate.directory.errors import OperatorUnknown, RoleIsForStaff
from frostgate.directory.factors import attempts, proving
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.model import Owner
from frostgate.directory.factors.proving import Given, WrongAnswer
from frostgate.directory.factors.service import Offer
from frostgate.directory.factors.store import FOR_EMERGENCY
from frostgate.directory.model import Operator, Principal, Purpose, normal_email
from frostgate.directory.permissions import Permission, emergency_permissions
from frostgate.directory.sessions.listing import operator_of
from frostgate.directory.sessions.second import RecoveryCode, has_second_factor, proves


class Opened(msgspec.Struct, frozen=True):
    """An emergency with the secret under which its requests come, which is shown this once."""

    secret: str
    emergency: Emergency


def offer_proof(tx: Tx, *, kit: FactorKit, by: Principal) -> Offer:
    """What can prove whoever wants to break the glass, with options for passkeys that count for nothing else.

    Raises:
        CredentialInvalid: they were signed out meanwhile.
        PersonNeeded: a program, which has no factors.
        SecondFactorMissing: they have none.
    """
    owner = Owner.of_operator(operator_of(still(tx, by)).id)
    if not has_second_factor(tx, owner):
        raise SecondFactorMissing
    able = proving.able(tx, owner, kit=kit)
    options = proving.options_for(tx, able, owner=owner, kit=kit, bound_to=FOR_EMERGENCY)
    return Offer(factors=able, passkey=options)


def open_emergency(
    uow: UnitOfWork,
    *,
    tenant_id: str | None,
    reason: str,
    span: timedelta,
    at_most: timedelta,
    proof: Given | RecoveryCode | None,
    kit: FactorKit,
    by: Principal,
) -> Opened:
    """Break the glass: a session of its own beside that of whoever is signed in, and proves it once more.

    A session may be stolen or left open, and sign-in was hours ago: only a fresh proof says who breaks the glass. A
    wrong one is counted with those of sign-in and journalled, and only then refused.

    Raises:
        CredentialInvalid: they were signed out meanwhile.
        Forbidden: it is no person who is signed in, or one who may not.
        EmergencyNotNeeded: they may all of it already.
        EmergencyTooLong, EmergencyTooShort, EmergencyReasonNeeded: a value cannot be used.
        NotFound, TenantUnknown: they see no such tenant.
        SecondFactorMissing: they have nothing to prove it with.
        EmergencyProofNeeded: no proof came.
        TooManyAnswers: too many were wrong; this one was not looked at.
        ChallengeExpired: the passkey's options are over, or were given for something else.
        WrongAnswer: it proves nothing.
    """
    by.within(tenant_id)
    if by.operator is None or not by.may(opener(tenant_id)):
        raise Forbidden(needed=opener(tenant_id).value)
    if by.outranks(emergency_permissions(role_of(tenant_id), on_the_machine=False)):
        raise EmergencyNotNeeded
    span, reason, operator = checked_span(span, at_most=at_most), checked_reason(reason), by.operator
    owner = Owner.of_operator(operator.id)
    with uow.begin() as tx:
        if not still(tx, by).may(opener(tenant_id)):  # a sign-out, or a change of role, may have come first
            raise Forbidden(needed=opener(tenant_id).value)
        if tenant_id is not None:
            directory.get_tenant(tx.connection, tenant_id)
        if not has_second_factor(tx, owner):
            raise SecondFactorMissing
        if proof is None:
            raise EmergencyProofNeeded
        left = attempts.count(tx, owner)
        if proves(tx, operator, proof, kit=kit, bound_to=FOR_EMERGENCY) is not None:
            attempts.forgive(tx, owner)
            return _open(tx, operator, tenant_id=tenant_id, reason=reason, span=span, on_the_machine=False)
        failed = EmergencyProofFailed(tenant_id=tenant_id, operator_id=operator.id, left=left)
        tx.state(failed, actor=by.actor)
    raise WrongAnswer(left=left)


def open_on_the_machine(
    tx: Tx, *, email: str, tenant_id: str | None, reason: str, span: timedelta, at_most: timedelta
) -> Opened:
    """Break the glass for somebody who cannot sign in, on the word of whoever holds the machine.

    Raises:
        OperatorUnknown: nobody who is active has this address.
        RoleIsForStaff: somebody of a tenant, for another one or for the whole platform.
        EmergencyTooLong, EmergencyTooShort, EmergencyReasonNeeded: a value cannot be used.
        EmailUnusable, TenantUnknown: nor can this one.
    """
    found = credentials.find_credentials(tx.connection, email=normal_email(email))
    if found is None or not found[0].active:
        raise OperatorUnknown
    if found[0].tenant_id not in {None, tenant_id}:
        raise RoleIsForStaff(pointer="/tenant_id")
    span = checked_span(span, at_most=at_most)
    return _open(tx, found[0], tenant_id=tenant_id, reason=reason, span=span, on_the_machine=True)


def end_emergency(tx: Tx, emergency_id: str, *, by: Principal) -> Emergency:
    """End one before its time: one's own, or as somebody who may end any that they see. Ended twice, it stays so.

    Raises:
        EmergencyUnknown, NotFound: `by` sees none.
        Forbidden: it is somebody else's.
    """
    emergency = store.get(tx.connection, emergency_id)
    by.within(emergency.tenant_id)
    if by.operator_id != emergency.operator_id and not by.may(Permission.EMERGENCIES_END):
        raise Forbidden(needed=Permission.EMERGENCIES_END.value)
    tokens.revoke(tx, credentials.get_token(tx.connection, emergency_id, lock=True), actor=by.actor)
    return store.get(tx.connection, emergency_id)


def note_request(tx: Tx, *, method: str, path: str, by: Principal) -> None:
    """Put on record that a request is let through by an emergency, before it does anything."""
    assert by.emergency_id is not None, "BUG: a request under no emergency"
    store.count_request(tx.connection, by.emergency_id)
    used = EmergencyUsed(tenant_id=by.tenant_id, emergency_id=by.emergency_id, method=method, path=path)
    tx.state(used, actor=by.actor)


def _open(
    tx: Tx, operator: Operator, *, tenant_id: str | None, reason: str, span: timedelta, on_the_machine: bool
) -> Opened:
    if tenant_id is not None:
        directory.get_tenant(tx.connection, tenant_id)
    secret, token = tokens.mint(
        tx,
        name="emergency",
        purpose=Purpose.EMERGENCY,
        role=role_of(tenant_id),
        tenant_id=tenant_id,
        operator_id=operator.id,
        expires_at=tx.now + span,
    )
    emergency = Emergency(
        id=token.id,
        operator_id=operator.id,
        tenant_id=tenant_id,
        role=token.role,
        reason=checked_reason(reason),
        on_the_machine=on_the_machine,
        began_at=tx.now,
        expires_at=tx.now + span,
    )
    store.add(tx.connection, emergency)
    actor = Actor(ActorKind.OPERATOR, operator.id)
    tx.state(EmergencyOpened(tenant_id=tenant_id, emergency=emergency), actor=actor)
    return Opened(secret, emergency)
