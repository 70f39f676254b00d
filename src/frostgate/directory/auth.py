"""From an Authorization header to a principal: the one place where a token counts for something."""

import hashlib
import hmac
import re
import threading
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from frostgate.base.clock import Clock, stopwatch
from frostgate.base.database import Database
from frostgate.base.errors import Unauthenticated
from frostgate.base.model import SYSTEM, Actor, ActorKind, Fact
from frostgate.base.uow import Tx
from frostgate.directory import credentials
from frostgate.directory.emergencies import store as emergencies
from frostgate.directory.emergencies.model import may_go_on
from frostgate.directory.errors import CredentialInvalid
from frostgate.directory.model import SESSIONS, Operator, Principal, Purpose, Token
from frostgate.directory.permissions import MACHINE_ROLES, PERMISSIONS, Role, emergency_permissions

REMEMBERED_FOR = (
    2.0  # seconds for which a process that cannot follow the others still accepts a machine's revoked token
)
_MOST_REMEMBERED = 10_000

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(fg_[a-z]+_[A-Za-z0-9_-]{43}) *")

# The program itself: what the command line and the demo act as.
SYSTEM_PRINCIPAL = Principal(
    actor=SYSTEM, role=Role.SUPERINTENDENT, tenant_id=None, permissions=PERMISSIONS[Role.SUPERINTENDENT]
)


def hash_of(secret: str | bytes) -> str:
    """What is stored of a token. It has 256 random bits, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).hexdigest()


def session_of(token: Token, operator: Operator) -> Principal:
    """The principal of a session: always the operator's role of now, not that of when they signed in."""
    return Principal(
        actor=Actor(ActorKind.OPERATOR, operator.id),
        role=operator.role,
        tenant_id=operator.tenant_id,
        permissions=PERMISSIONS[operator.role],
        token_id=token.id,
        operator=operator,
        operator_id=operator.id,
    )


def principal_of(token: Token, operator: Operator | None) -> Principal:
    """The principal of a token that counts; `operator` is whose session it is, or who issued it.

    An API token never may more than its issuer may now, nor may one that it issued in turn. Tokens of ingestion, gates,
    verifiers and portals outlive theirs, because a person's leaving must not stop a customer's events.

    Raises:
        CredentialInvalid: its operator is no longer active.
    """
    permissions = PERMISSIONS[token.role]
    if operator is not None and token.purpose in {Purpose.SESSION, Purpose.API}:
        if not operator.active:
            raise CredentialInvalid
        if token.purpose is Purpose.SESSION:
            return session_of(token, operator)
        permissions &= PERMISSIONS[operator.role]
    return Principal(
        actor=Actor(ActorKind.TOKEN, token.id),
        role=token.role,
        tenant_id=token.tenant_id,
        permissions=permissions,
        token_id=token.id,
        operator_id=token.operator_id,
    )


def emergency_of(token: Token, operator: Operator, *, on_the_machine: bool) -> Principal:
    """The principal of somebody who broke the glass: they themselves as actor, with the powers of another role.

    Nobody is signed in as themselves there, so that whatever is about one's own account is not open.

    Raises:
        CredentialInvalid: they are not, or no longer, somebody who may.
    """
    if not may_go_on(operator, tenant_id=token.tenant_id, on_the_machine=on_the_machine):
        raise CredentialInvalid
    return Principal(
        actor=Actor(ActorKind.OPERATOR, operator.id),
        role=token.role,
        tenant_id=token.tenant_id,
        permissions=emergency_permissions(token.role, on_the_machine=on_the_machine),
        token_id=token.id,
        operator_id=operator.id,
        emergency_id=token.id,
    )


def counting(connection: sa.Connection, token: Token, *, at: datetime) -> Principal:
    """The principal of a token that was just read, with what its operator may now.

    Raises:
        CredentialInvalid: it expired or was revoked, or its operator may no longer come with it.
    """
    over = token.expires_at is not None and token.expires_at <= at
    if over or token.revoked_at is not None:
        raise CredentialInvalid
    operator = credentials.get_operator(connection, token.operator_id) if token.operator_id else None
    if token.purpose is Purpose.EMERGENCY:
        assert operator is not None, "BUG: an emergency of nobody"
        broken = emergencies.get(connection, token.id)
        return emergency_of(token, operator, on_the_machine=broken.on_the_machine)
    return principal_of(token, operator)


def still(tx: Tx, principal: Principal) -> Principal:
    """Who is asking as they count now: for what took long since the guard let them through, such as hashing.

    A transaction that has the journal's head sees every sign-out and change of a role that came before it.

    Raises:
        CredentialInvalid: they were signed out meanwhile.
    """
    if principal.token_id is None:  # the program itself
        return principal
    return counting(tx.connection, credentials.get_token(tx.connection, principal.token_id), at=tx.now)


class Authenticator:
    """Turns headers into principals, and remembers machines for a moment so that a hot path pays one hash.

    People and the programs that act for them are looked up each time, so a change of what somebody may counts at the
    next request in every process. Only valid credentials are remembered, under a hash of the header, never itself.
    """

    def __init__(self, database: Database, *, clock: Clock, seconds: Callable[[], float] = stopwatch) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._known: dict[bytes, tuple[float, Principal]] = {}
        self._used: dict[str, datetime] = {}  # sessions, and when each was last looked up
        self._generation = 0
        self._uses: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def authenticate(self, authorization: str | bytes | None) -> Principal:
        """Who sent this Authorization header (RFC 6750, section 2.1). May read the database.

        Raises:
            Unauthenticated: there is no header.
            CredentialInvalid: its token is unknown, expired or revoked.
        """
        return self.remembered(authorization) or self._look_up(authorization)

    def remembered(self, authorization: str | bytes | None) -> Principal | None:
        """The principal where it is known without asking the database: about a microsecond."""
        if not authorization:
            return None
        found = self._known.get(_key(authorization))
        if found is None or self._seconds() >= found[0]:
            return None
        return found[1]

    def forget(self) -> None:
        """Look everything up again from now on."""
        with self._lock:
            self._generation += 1
            self._known.clear()

    def take_uses(self) -> dict[str, datetime]:
        """When each token, but sessions, was last looked up, by id, of those that were since this was asked before."""
        with self._lock:
            uses, self._uses = self._uses, {}
        return uses

    def forget_after(self, tx: Tx, _fact: Fact, _actor: Actor) -> None:
        """A reaction to whatever takes powers away: forget as soon as it is saved."""
        tx.after_commit(self.forget)

    def take_used(self) -> dict[str, datetime]:
        """Which sessions were used since the last time, and when: forgotten here with this."""
        with self._lock:
            used, self._used = self._used, {}
        return used

    def _look_up(self, authorization: str | bytes | None) -> Principal:
        if not authorization:
            raise Unauthenticated
        generation = self._generation
        raw = _raw(authorization)
        found = _BEARER.fullmatch(raw)
        if found is None:
            raise CredentialInvalid
        token, principal = self._read(hash_of(found[1]))
        if token.purpose not in SESSIONS:
            with self._lock:
                self._uses[token.id] = self._clock.now()
        if token.role not in MACHINE_ROLES:
            return principal
        lasts = REMEMBERED_FOR
        if token.expires_at is not None:
            lasts = min(lasts, (token.expires_at - self._clock.now()).total_seconds())
        with self._lock:
            # What was read before somebody said `forget` must not be remembered after it.
            if generation == self._generation:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[_key(raw)] = (self._seconds() + lasts, principal)
        return principal

    def _read(self, secret_hash: str) -> tuple[Token, Principal]:
        with self._database.read() as connection:
            found = credentials.find_token(connection, secret_hash=secret_hash)
            if found is None or not hmac.compare_digest(found[1], secret_hash):
                raise CredentialInvalid
            token = found[0]
            principal = counting(connection, token, at=self._clock.now())
        if token.purpose is Purpose.SESSION:
            with self._lock:
                self._used[token.id] = self._clock.now()
        return token, principal


def _raw(authorization: str | bytes) -> bytes:
    return authorization if isinstance(authorization, bytes) else authorization.encode("utf-8", "replace")


def _key(authorization: str | bytes) -> bytes:
    return hashlib.sha256(_raw(authorization)).digest()
