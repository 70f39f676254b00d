"""Opening a session, by whatever means: its token, where it came from, and whether that is new."""

import msgspec

from frostgate.base.model import Actor, ActorKind
from frostgate.base.uow import Tx
from frostgate.directory.auth import session_of
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.model import SESSION_LASTS, Operator, Principal, Purpose, SessionOpened, Token
from frostgate.directory.passwords import Passwords
from frostgate.directory.sessions import store
from frostgate.directory.sessions.model import Means, SecondFactors, Whence, is_unfamiliar
from frostgate.directory.tokens import mint


class SignInKit(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in stands on."""

    passwords: Passwords
    factors: FactorKit
    second: SecondFactors


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """An open session. The secret is shown this once and cannot be read again."""

    secret: str
    token: Token
    principal: Principal


def open_session(tx: Tx, operator: Operator, *, means: Means, whence: Whence) -> SignedIn:
    """Sign an operator in who has proven who they are."""
    secret, token = mint(
        tx,
        name="session",
        purpose=Purpose.SESSION,
        role=operator.role,
        tenant_id=operator.tenant_id,
        operator_id=operator.id,
        expires_at=tx.now + SESSION_LASTS,
    )
    before = store.came_from(tx.connection, operator.id, at=tx.now)
    store.add_origin(tx.connection, token.id, operator.id, means, whence, tx.now)
    fact = SessionOpened(
        tenant_id=operator.tenant_id,
        operator_id=operator.id,
        token_id=token.id,
        means=means.value,
        is_unfamiliar=is_unfamiliar(whence, before),
    )
    tx.state(fact, actor=actor_of(operator))
    return SignedIn(secret=secret, token=token, principal=session_of(token, operator))


def actor_of(operator: Operator) -> Actor:
    """The operator as who causes something."""
    return Actor(ActorKind.OPERATOR, operator.id)
