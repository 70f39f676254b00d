"""Policies and decisions over HTTP."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from frostgate.base.errors import NotFound
from frostgate.base.looks import SHOWS, note_look
from frostgate.base.model import Language
from frostgate.base.web import NEEDS, language_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.directory.store import get_tenant
from frostgate.rules import service, store
from frostgate.rules.chart import draw
from frostgate.rules.explain import Explanation, explain, journey_of
from frostgate.rules.service import PolicyUnknown
from frostgate.rules.store import Published

Number = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in a list."""

    number: int
    name: str
    digest: str
    published_at: datetime
    published_by: str


class PolicyText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy's YAML text."""

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000_000)]


class CheckedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy that is in order contains."""

    name: str
    digest: str
    rules: list[str]
    windows: list[str]


@get(
    "/policies",
    opt={NEEDS: Permission.POLICIES_READ},
    sync_to_thread=True,
    summary="Policies, newest first",
    tags=["policies"],
)
def list_policies(work: Work) -> list[PolicyView]:
    """The first is in force."""
    with work.look() as connection:
        return [_view(each) for each in store.newest_first(connection)]


@get(
    "/policies/{number:int}",
    opt={NEEDS: Permission.POLICIES_READ},
    sync_to_thread=True,
    summary="One policy with its text",
    tags=["policies"],
)
def read_policy(number: FromPath[Number], work: Work) -> Published:
    """A policy never changes once it has a number."""
    with work.look() as connection:
        found = store.get(connection, number)
    if found is None:
        raise PolicyUnknown(number=number)
    return found


@post(
    "/policies/check",
    opt={NEEDS: Permission.POLICIES_CHECK},
    sync_to_thread=True,
    status_code=200,
    summary="Check a policy without publishing it",
    tags=["policies"],
)
def check_policy(data: JSONBody[PolicyText]) -> CheckedPolicy:
    """Every problem is answered at once, each with line, column and a hint, as `policy.refused`."""
    policy = service.check(data.source)
    return CheckedPolicy(
        name=policy.name,
        digest=policy.digest,
        rules=[rule.id for rule in policy.rules],
        windows=[window.name for window in policy.windows],
    )


@post(
    "/policies",
    opt={NEEDS: Permission.POLICIES_PUBLISH},
    sync_to_thread=True,
    summary="Put a policy in force",
    tags=["policies"],
)
def publish_policy(data: JSONBody[PolicyText], work: Work, principal: Who) -> PolicyView:
    """What is refused changes nothing: the running policy stays. It judges every tenant, so no tenant's own may."""
    principal.within(None)
    policy = service.check(data.source)
    with work.begin() as tx:
        return _view(service.publish(tx, policy, actor=principal.actor))


@get(
    "/decisions/{decision_id:str}",
    opt={NEEDS: Permission.DECISIONS_READ, SHOWS: "decision"},
    sync_to_thread=True,
    summary="Why an event was judged as it was; the journal keeps who looked",
    tags=["decisions"],
)
def read_decision(
    decision_id: FromPath[str], work: Work, principal: Who, request: Request[Any, Any, Any]
) -> Explanation:
    """Which rules matched, on which values, in the words of the policy that decided."""
    with work.look() as connection:
        found = explain(connection, decision_id, tenant_id=principal.tenant_id, language=language_of(request.scope))
    if found is None:
        raise NotFound
    whose = {"tenant_id": found.tenant_id, "account_id": found.account_id}
    note_look(work, "decision", decision_id, **whose, actor=principal.actor)
    return found


@get(
    "/decisions/{decision_id:str}/journey.svg",
    opt={NEEDS: Permission.DECISIONS_READ, SHOWS: "journey"},
    sync_to_thread=True,
    media_type="image/svg+xml",
    summary="The journey that a decision rests on, drawn; the journal keeps who looked",
    tags=["decisions"],
)
def draw_journey(
    decision_id: FromPath[str],
    work: Work,
    principal: Who,
    request: Request[Any, Any, Any],
    language: FromQuery[Language | None] = None,
) -> Response[bytes]:
    """Both places with how far they may be off, the time between them, and what somebody could have done in it."""
    spoken = language or language_of(request.scope)
    with work.look() as connection:
        journey, event = journey_of(connection, decision_id, tenant_id=principal.tenant_id)
        tenant = get_tenant(connection, event.tenant_id)
    note_look(work, "journey", decision_id, tenant_id=tenant.id, account_id=event.data.account, actor=principal.actor)
    return Response(
        draw(journey, spoken, time_zone=tenant.time_zone).encode(),
        media_type="image/svg+xml",
        headers={
            "content-language": spoken.value,
            "vary": "Accept-Language",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        },
    )


def _view(published: Published) -> PolicyView:
    return PolicyView(
        number=published.number,
        name=published.name,
        digest=published.digest,
        published_at=published.published_at,
        published_by=published.published_by,
    )


ROUTES = Router(
    "/", route_handlers=[list_policies, read_policy, check_policy, publish_policy, read_decision, draw_journey]
)
