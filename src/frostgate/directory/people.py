"""Sessions, operators and tokens over HTTP: who may come in, and with what."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory import credentials, service, signin, tokens
from frostgate.directory.auth import still
from frostgate.directory.model import Email, Name, Operator, Purpose, Token
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import Permission, Role
from frostgate.directory.routing import Who, Work
from frostgate.directory.service import OperatorChanges
from frostgate.directory.sessions.opening import SignInKit
from frostgate.directory.sessions.second import Ticketed
from frostgate.directory.sessions.views import (
    OpenedSession,
    SecondStep,
    Session,
    opened,
    session_view,
    step_view,
    whence,
)

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Password


class OwnPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own new password."""

    current: Password
    password: Password


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody else's new password."""

    password: Password


class NewOperator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who shall be able to sign in."""

    email: Email
    name: Name
    role: Role
    tenant_id: str | None = None
    password: Password


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to issue; `role` for API tokens only."""

    name: Name
    purpose: Purpose
    tenant_id: str | None = None
    role: Role | None = None
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class IssuedToken(msgspec.Struct, frozen=True):
    """A new token; `secret` is shown this once."""

    secret: str
    token: Token


# Sessions


@post("/session", opt={NEEDS: Permission.PUBLIC}, sync_to_thread=True)
def open_session(
    data: JSONBody[Credentials], request: Request[Any, Any, Any], work: Work, staff: NamedDependency[SignInKit]
) -> OpenedSession | SecondStep:
    """Sign in. Whoever has a second factor, or needs one, gets a ticket to the second step instead of a session."""
    found = signin.sign_in(work, email=data.email, password=data.password, whence=whence(request), kit=staff)
    return step_view(found) if isinstance(found, Ticketed) else opened(found)


@get("/session", opt={NEEDS: Permission.SELF}, sync_to_thread=False)
def see_session(principal: Who) -> Session:
    """Who am I, and what may I do?"""
    return session_view(principal)


@delete("/session", opt={NEEDS: Permission.SELF}, sync_to_thread=True)
def close_session(work: Work, principal: Who) -> None:
    """Sign out."""
    with work.begin() as tx:
        signin.sign_out(tx, principal=principal)


@put("/session/password", opt={NEEDS: Permission.SELF}, sync_to_thread=True, status_code=204)
def change_own_password(
    data: JSONBody[OwnPassword], work: Work, principal: Who, passwords: NamedDependency[Passwords]
) -> None:
    """Change one's own password; all other sessions end."""
    signin.change_own_password(work, password=data.password, current=data.current, by=principal, passwords=passwords)


# Operators


@get("/operators", opt={NEEDS: Permission.OPERATORS_READ}, sync_to_thread=True)
def list_operators(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[Operator]:
    """Who can sign in, as far as the caller sees."""
    with work.look() as connection:
        found = credentials.list_operators(
            connection, tenant_id=principal.tenant_id, after=after or "", limit=limit + 1
        )
    return page_of(found, limit)


@post("/operators", opt={NEEDS: Permission.OPERATORS_WRITE}, sync_to_thread=True)
def add_operator(
    data: JSONBody[NewOperator], work: Work, principal: Who, passwords: NamedDependency[Passwords]
) -> Operator:
    """Let somebody sign in from now on."""
    password_hash = service.new_password_hash(data.password, email=data.email, passwords=passwords)
    with work.begin() as tx:
        return service.add_operator(
            tx,
            email=data.email,
            name=data.name,
            role=data.role,
            tenant_id=data.tenant_id,
            password_hash=password_hash,
            by=still(tx, principal),
        )


@get("/operators/{operator_id:str}", opt={NEEDS: Permission.OPERATORS_READ}, sync_to_thread=True)
def get_operator(operator_id: FromPath[str], work: Work, principal: Who) -> Operator:
    """One operator."""
    with work.look() as connection:
        operator = credentials.get_operator(connection, operator_id)
    principal.within(operator.tenant_id)
    return operator


@patch("/operators/{operator_id:str}", opt={NEEDS: Permission.OPERATORS_WRITE}, sync_to_thread=True)
def change_operator(
    operator_id: FromPath[str], data: JSONBody[OperatorChanges], work: Work, principal: Who
) -> Operator:
    """Change what is named of an operator."""
    with work.begin() as tx:
        return service.change_operator(tx, operator_id, data, by=principal)


@put(
    "/operators/{operator_id:str}/password",
    opt={NEEDS: Permission.OPERATORS_WRITE},
    sync_to_thread=True,
    status_code=204,
)
def reset_password(
    operator_id: FromPath[str],
    data: JSONBody[NewPassword],
    work: Work,
    principal: Who,
    passwords: NamedDependency[Passwords],
) -> None:
    """Give somebody else a new password; their sessions end."""
    signin.reset_password(work, operator_id, password=data.password, by=principal, passwords=passwords)


# Tokens


@get("/tokens", opt={NEEDS: Permission.TOKENS_WRITE}, sync_to_thread=True)
def list_tokens(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[Token]:
    """The machines' tokens that the caller sees; none of them with its secret."""
    with work.look() as connection:
        found = credentials.list_tokens(connection, tenant_id=principal.tenant_id, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@post("/tokens", opt={NEEDS: Permission.TOKENS_WRITE}, sync_to_thread=True)
def issue_token(data: JSONBody[NewToken], work: Work, principal: Who) -> IssuedToken:
    """Issue a token. For one tenant where the caller belongs to one, unless it says otherwise."""
    with work.begin() as tx:
        secret, token = tokens.issue_token(
            tx,
            name=data.name,
            purpose=data.purpose,
            tenant_id=data.tenant_id if data.tenant_id is not None else principal.tenant_id,
            role=data.role,
            expires_at=data.expires_at,
            by=principal,
        )
    return IssuedToken(secret, token)


@delete("/tokens/{token_id:str}", opt={NEEDS: Permission.TOKENS_WRITE}, sync_to_thread=True)
def revoke_token(token_id: FromPath[str], work: Work, principal: Who) -> None:
    """Make a token count for nothing from now on."""
    with work.begin() as tx:
        tokens.revoke_token(tx, token_id, by=principal)


PEOPLE = [
    open_session,
    see_session,
    close_session,
    change_own_password,
    list_operators,
    add_operator,
    get_operator,
    change_operator,
    reset_password,
    list_tokens,
    issue_token,
    revoke_token,
]
