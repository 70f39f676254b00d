"""An operator's own second factors. Each change is proven by another factor or by the password.

A borrowed session is not enough to take the sign-in over: even the first factor asks for the password.
"""

import msgspec

from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import credentials
from frostgate.directory.auth import still
from frostgate.directory.errors import WrongCredentials
from frostgate.directory.factors import service, store
from frostgate.directory.factors.model import Factor, Owner, ProofNeeded
from frostgate.directory.factors.passkeys import Json
from frostgate.directory.factors.proving import Given
from frostgate.directory.model import Operator, Principal
from frostgate.directory.sessions import recovery
from frostgate.directory.sessions import store as sessions
from frostgate.directory.sessions.listing import anothers, operator_of
from frostgate.directory.sessions.model import FactorsReset
from frostgate.directory.sessions.opening import SignInKit
from frostgate.directory.signin import check_current
from frostgate.directory.tokens import revoke_sessions


class Password(msgspec.Struct, frozen=True):
    """The password, as proof of who wants a change."""

    text: str


Proof = Given | Password


def confirm_totp(
    uow: UnitOfWork, factor_id: str, *, code: str, proof: Proof | None, kit: SignInKit, by: Principal
) -> Factor:
    """As `factors.service.confirm_totp`, for oneself.

    Raises:
        ProofNeeded, WrongCredentials, TooManyAttempts, CredentialInvalid: as of `_vouched`.
        And what the service raises.
    """
    operator = operator_of(by)
    given, vouch = _vouched(uow, by, proof, kit=kit)
    return service.confirm_totp(
        uow,
        factor_id,
        owner=Owner.of_operator(operator.id),
        code=code,
        proof=given,
        kit=kit.factors,
        actor=by.actor,
        vouch=vouch,
    )


def enrol_passkey(
    uow: UnitOfWork, *, name: str, credential: Json, proof: Proof | None, kit: SignInKit, by: Principal
) -> Factor:
    """As `factors.service.enrol_passkey`, for oneself.

    Raises:
        ProofNeeded, WrongCredentials, TooManyAttempts, CredentialInvalid: as of `_vouched`.
        And what the service raises.
    """
    operator = operator_of(by)
    given, vouch = _vouched(uow, by, proof, kit=kit)
    return service.enrol_passkey(
        uow,
        owner=Owner.of_operator(operator.id),
        name=name,
        credential=credential,
        proof=given,
        kit=kit.factors,
        actor=by.actor,
        vouch=vouch,
    )


def remove_factor(uow: UnitOfWork, factor_id: str, *, proof: Proof | None, kit: SignInKit, by: Principal) -> None:
    """Take one of one's own factors away; not the last one where the role needs one.

    Raises:
        LastFactor: the role needs it.
        ProofNeeded, WrongCredentials, TooManyAttempts, CredentialInvalid: as of `_vouched`.
        And what the service raises.
    """
    operator = operator_of(by)
    given, vouch = _vouched(uow, by, proof, kit=kit)
    service.remove_own_factor(
        uow,
        factor_id,
        owner=Owner.of_operator(operator.id),
        proof=given,
        kit=kit.factors,
        actor=by.actor,
        vouch=vouch,
        least=kit.second.least_of(operator),
    )


def rename_factor(tx: Tx, factor_id: str, *, name: str, by: Principal) -> Factor:
    """Call one of one's own factors otherwise. It changes nothing of what it proves, so it asks for no proof.

    Raises:
        FactorUnknown: they have no such factor.
    """
    factor = store.get_factor(tx.connection, factor_id, owner=Owner.of_operator(operator_of(by).id))
    renamed = msgspec.structs.replace(factor, name=name)
    store.save(tx.connection, renamed)
    return renamed


def renew_codes(uow: UnitOfWork, *, proof: Proof | None, kit: SignInKit, by: Principal) -> list[str]:
    """Ten new recovery codes, shown this once.

    Raises:
        ProofNeeded, WrongCredentials, TooManyAttempts, CredentialInvalid: as of `_vouched`.
        And what the proof of a factor raises.
    """
    operator = operator_of(by)
    given, vouch = _vouched(uow, by, proof, kit=kit)

    def renew(tx: Tx, _by: Factor | None) -> list[str]:
        vouch(tx)
        return recovery.renew(tx, operator, actor=by.actor)

    owner = Owner.of_operator(operator.id)
    return service.prove_change(uow, renew, given, owner=owner, kit=kit.factors, actor=by.actor)


def reset_factors(tx: Tx, operator_id: str, *, actor: Actor = SYSTEM, by: Principal | None = None) -> Operator:
    """Remove all factors and recovery codes of somebody who is locked out, and sign them out everywhere.

    On the machine there is no `by`: whoever runs commands there reads and writes the store anyway.

    Raises:
        OwnAccount, OperatorUnknown, NotFound, GrantsTooMuch: as of `listing.anothers`.
    """
    if by is not None:
        anothers(tx.connection, operator_id, by=by)
    operator = credentials.get_operator(tx.connection, operator_id, lock=True)
    removed = store.remove_all(tx.connection, Owner.of_operator(operator.id))
    sessions.replace_codes(tx.connection, operator.id, [])
    sessions.drop_tickets(tx.connection, operator.id)
    revoke_sessions(tx, operator.id, actor=actor)
    tx.state(FactorsReset(tenant_id=operator.tenant_id, operator_id=operator.id, count=removed), actor=actor)
    return operator


def _vouched(
    uow: UnitOfWork, by: Principal, proof: Proof | None, *, kit: SignInKit
) -> tuple[Given | None, service.Vouch]:
    """The proof by a factor, and what has to hold still when the change is made: looked at with it, in its transaction.

    A password is compared before, which takes long: somebody may reset it meanwhile, and sign out whoever asks.

    Raises:
        ProofNeeded: none came.
        WrongCredentials: it is not the password, or no longer.
        TooManyAttempts: it was wrong too often.
        CredentialInvalid: they were signed out meanwhile.
    """
    if proof is None:
        raise ProofNeeded
    if not isinstance(proof, Password):

        def stay(tx: Tx) -> bool:
            still(tx, by)
            return False  # the factor itself is looked at

        return proof, stay
    pointer = "/proof/password"
    compared = check_current(uow, operator_of(by), proof.text, kit.passwords, pointer=pointer)

    def vouch(tx: Tx) -> bool:
        operator = operator_of(still(tx, by))
        if credentials.password_of(tx.connection, operator.id) != compared:
            raise WrongCredentials(pointer=pointer)
        return True

    return None, vouch
