"""Signing operators in on an identity provider's word: OpenID Connect, authorization code with PKCE.

What a sign-in is bound to is made of a secret in the browser's cookie, so nothing of it lies in the store, and asking
for one leaves nothing there; only that its answer came does, so that it counts once.
"""

import msgspec

from frostgate.base.database import from_micros, micros
from frostgate.base.errors import Conflict
from frostgate.base.ids import new_secret
from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.base.vault import Vault
from frostgate.directory import credentials, service
from frostgate.directory.auth import SYSTEM_PRINCIPAL, hash_of
from frostgate.directory.model import Operator
from frostgate.directory.oidc import store
from frostgate.directory.oidc.client import Client
from frostgate.directory.oidc.model import (
    SIGN_IN_LASTS,
    Bound,
    Claims,
    IdentityLinked,
    NotAdmitted,
    SingleSignOnOff,
    StateInvalid,
)
from frostgate.directory.passwords import Passwords
from frostgate.directory.service import OperatorChanges
from frostgate.directory.sessions.model import Means, Whence
from frostgate.directory.sessions.opening import SignedIn, open_session

_PURPOSE = "oidc sign-in"


class SingleSignOn(msgspec.Struct, frozen=True, kw_only=True):
    """What single sign-on stands on; without a client there is none."""

    client: Client | None
    vault: Vault
    passwords: Passwords
    is_secure: bool  # whether cookies travel by https alone

    def on(self) -> Client:
        """The provider's client.

        Raises:
            SingleSignOnOff: none is configured.
        """
        if self.client is None:
            raise SingleSignOnOff
        return self.client


def begin(uow: UnitOfWork, sso: SingleSignOn) -> tuple[str, str]:
    """Where the browser goes, and what its cookie holds meanwhile.

    Raises:
        SingleSignOnOff: no provider is configured.
        ProviderUnavailable: it cannot be reached.
        KeyMissing: there is nothing to sign the cookie with.
    """
    client = sso.on()
    text = f"{micros(uow.clock.now() + SIGN_IN_LASTS)}.{new_secret()}"
    cookie = f"{text}.{sso.vault.sign(text, purpose=_PURPOSE)}"
    return client.address(Bound(cookie)), cookie


def finish(uow: UnitOfWork, *, code: str, state: str, cookie: str, whence: Whence, sso: SingleSignOn) -> SignedIn:
    """Open a session for whoever the provider says brought this code.

    Raises:
        SingleSignOnOff: no provider is configured.
        StateInvalid: the sign-in was begun elsewhere, too long ago, or its answer came before.
        ProviderUnavailable, ProviderRefused: as of `Client.claims`.
        NotAdmitted: nobody here is meant by what the provider says.
    """
    client, bound = sso.on(), Bound(cookie)
    text, _, signature = cookie.rpartition(".")
    if not sso.vault.is_signed(text, signature, purpose=_PURPOSE) or state != bound.state:
        raise StateInvalid
    expires_at = from_micros(int(text.partition(".")[0]))
    with uow.begin(head_first=False) as tx:
        is_first = store.use_up(tx.connection, hash_of(state), at=tx.now, expires_at=expires_at)
        if tx.now >= expires_at or not is_first:
            raise StateInvalid
    claims = client.claims(code, bound, at=uow.clock.now())
    unused = sso.passwords.hash(new_secret())  # of whoever is added now: nobody knows it
    with uow.begin() as tx:
        operator = _operator(tx, claims, creates=client.provider.creates, password_hash=unused)
        return open_session(tx, operator, means=Means.OIDC, whence=whence)


def _operator(tx: Tx, claims: Claims, *, creates: bool, password_hash: str) -> Operator:
    """Who is meant: by the provider's own name for them once they were here, and by their address the first time."""
    known = store.find_operator(tx.connection, issuer=claims.issuer, subject=claims.subject)
    if known is None:
        operator = _by_address(tx, claims, creates=creates, password_hash=password_hash)
        if not store.link(tx.connection, operator.id, issuer=claims.issuer, subject=claims.subject):
            raise NotAdmitted(problem="the operator of this address is somebody else at the provider")
        linked = IdentityLinked(tenant_id=None, operator_id=operator.id, issuer=claims.issuer)
        tx.state(linked, actor=SYSTEM)
    else:
        operator = credentials.get_operator(tx.connection, known, lock=True)
    if not operator.active or operator.tenant_id is not None:
        raise NotAdmitted(problem="they are no active member of the platform's own staff")
    if claims.role is not None and claims.role is not operator.role:
        try:
            return service.change_operator(tx, operator.id, OperatorChanges(role=claims.role), by=SYSTEM_PRINCIPAL)
        except Conflict:  # the last superintendent stays one, whatever the provider says
            return operator
    return operator


def _by_address(tx: Tx, claims: Claims, *, creates: bool, password_hash: str) -> Operator:
    found = credentials.find_credentials(tx.connection, email=claims.email)
    if found is not None:
        return found[0]
    if not creates or claims.role is None:
        raise NotAdmitted(problem="no operator has this address")
    return service.add_operator(
        tx,
        email=claims.email,
        name=claims.name,
        role=claims.role,
        tenant_id=None,
        password_hash=password_hash,
        by=SYSTEM_PRINCIPAL,
    )
