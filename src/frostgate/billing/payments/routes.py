"""Money that others tell us of, over HTTP: Stripe's webhooks, what waits for people, and bank statements."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, RawBody

from frostgate.base.texts import both
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS, PUBLIC
from frostgate.billing.payments import advices, imports, store
from frostgate.billing.payments.imports import Chosen, StatementFile
from frostgate.billing.payments.model import Advice, AdviceState, Import, LineState, StatementLine
from frostgate.billing.payments.stripe import StripeWebhooks, read_event
from frostgate.directory.model import Name
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work

Stripe = NamedDependency[StripeWebhooks]
Wanted = Annotated[AdviceState | None, QueryParameter(name="state", description="Only those in this state.")]
LinesAfter = Annotated[int, QueryParameter(ge=0, lt=2**31, description="`next` of the page before this one.")]

# What is not posted yet belongs to nobody but the platform.
_READ = {NEEDS: Permission.BILLING_READ}
_POST = {NEEDS: Permission.BILLING_POST}


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a webhook: `posted`, `known`, `refused` with its code, or `ignored`."""

    outcome: str
    code: str | None = None


class ProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """A code with its sentences."""

    code: str
    texts: dict[str, str]


class AdviceView(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider told us of some money; `problem` says why it was refused."""

    id: str
    provider: str
    event_id: str
    type: str
    kind: str
    payment_id: str
    tenant_id: str | None
    invoices: list[str]
    amount: int
    currency: str
    note: str
    at: datetime
    received_at: datetime
    state: str
    problem: ProblemView | None
    entry: int | None


class Retrying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose money it is, where the provider does not say or is wrong."""

    tenant_id: Name | None = None


class Posting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly these lines; null: every line without a problem."""

    lines: Annotated[list[Chosen], msgspec.Meta(min_length=1, max_length=5000)] | None = None


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """A bank statement. `ready` adds up, by currency, what would be posted now; problems and states are counted."""

    id: str
    name: str
    encoding: str
    delimiter: str
    columns: dict[str, list[str]]
    uploaded_at: datetime
    uploaded_by: str
    expires_at: datetime
    lines: int
    ready_lines: int
    ready: dict[str, int]
    problems: dict[str, int]
    states: dict[str, int]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a bank statement."""

    number: int
    at: datetime | None
    amount: int | None
    currency: str | None
    memo: str
    reference: str | None
    tenant_id: str | None
    invoices: list[str]
    problems: list[ProblemView]
    state: str
    entry: int | None


class LinesView(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines; `next` asks for what follows, and is null at the end."""

    items: list[LineView]
    next: int | None


@post(
    "/webhooks/stripe",
    opt={NEEDS: PUBLIC},
    sync_to_thread=True,
    status_code=200,
    security=[],
    summary="Stripe's webhooks",
)
def take_stripe(body: RawBody, request: Request[Any, Any, Any], work: Work, stripe: Stripe) -> Taken:
    """Signed by Stripe (`Stripe-Signature`), or refused. What cannot be posted is kept, and not asked for again."""
    now = work.clock.now()
    stripe.check(request.headers.get("stripe-signature", ""), body, now=now)
    advice = read_event(body, received_at=now, advice_id=work.ids.new(now))
    if advice is None:
        return Taken(outcome="ignored")
    taken = advices.take(work, advice)
    return Taken(outcome=taken.state.value, code=taken.code)


@get("/advices", opt=_READ, sync_to_thread=True, summary="What providers told us of money")
def list_advices(
    work: Work, principal: Who, wanted: Wanted = None, after: After = None, limit: Limit = 100
) -> Page[AdviceView]:
    """Oldest first; those that are `refused` wait for people."""
    principal.within(None)
    with work.look() as connection:
        found = store.list_advices(connection, state=wanted, after=after or "", limit=limit + 1)
    return page_of([_advice(each) for each in found], limit)


@post(
    "/advices/{advice_id:str}/retry",
    opt=_POST,
    sync_to_thread=True,
    status_code=200,
    summary="Try again what was refused",
)
def retry_advice(advice_id: FromPath[str], data: JSONBody[Retrying], work: Work, principal: Who) -> AdviceView:
    """Once what stood in its way is gone; what was posted stays as it is."""
    principal.within(None)
    return _advice(advices.retry(work, advice_id, tenant_id=data.tenant_id, by=principal))


@post("/imports", opt=_POST, sync_to_thread=True, summary="Upload a bank statement, to look at it first")
def upload_statement(data: JSONBody[StatementFile], work: Work, principal: Who) -> ImportView:
    """CSV in UTF-8 or GB18030, in Base64. Nothing is posted; the preview can be posted for a day."""
    principal.within(None)
    return _import(work, imports.upload(work, data, actor=principal.actor))


@get("/imports/{import_id:str}", opt=_READ, sync_to_thread=True, summary="One bank statement")
def get_import(import_id: FromPath[str], work: Work, principal: Who) -> ImportView:
    """How it was read, what would be posted of it, and what was."""
    principal.within(None)
    with work.look() as connection:
        made = store.get_import(connection, import_id)
    return _import(work, made)


@get("/imports/{import_id:str}/lines", opt=_READ, sync_to_thread=True, summary="The lines of a bank statement")
def list_lines(
    import_id: FromPath[str], work: Work, principal: Who, after: LinesAfter = 0, limit: Limit = 100
) -> LinesView:
    """In the order of the file, each with all of its problems."""
    principal.within(None)
    with work.look() as connection:
        store.get_import(connection, import_id)
        found = store.list_lines(connection, import_id, after=after, limit=limit + 1)
    following = found[limit - 1].number if len(found) > limit else None
    return LinesView(items=[_line(each) for each in found[:limit]], next=following)


@post(
    "/imports/{import_id:str}/posting",
    opt=_POST,
    sync_to_thread=True,
    status_code=200,
    summary="Post a bank statement",
)
def post_statement(import_id: FromPath[str], data: JSONBody[Posting], work: Work, principal: Who) -> ImportView:
    """Exactly the chosen lines, or all without a problem. The same again goes on where it was cut off."""
    principal.within(None)
    imports.post(work, import_id, data.lines, actor=principal.actor)
    with work.look() as connection:
        made = store.get_import(connection, import_id)
    return _import(work, made)


def _problem(code: str) -> ProblemView:
    return ProblemView(code=code, texts=both(code))


def _advice(advice: Advice) -> AdviceView:
    known = msgspec.structs.asdict(advice)
    code = known.pop("code")
    return AdviceView(
        **{**known, "kind": advice.kind.value, "state": advice.state.value, "invoices": list(advice.invoices)},
        problem=None if code is None else _problem(code),
    )


def _line(line: StatementLine) -> LineView:
    known = msgspec.structs.asdict(line)
    shown = {"invoices": list(line.invoices), "problems": [_problem(code) for code in line.problems]}
    return LineView(**{**known, **shown, "state": line.state.value})


def _import(work: UnitOfWork, made: Import) -> ImportView:
    with work.look() as connection:
        found = store.list_lines(connection, made.id)
    ready = [line for line in found if line.state is LineState.OPEN and not line.problems]
    sums: Counter[str] = Counter()
    for line in ready:
        sums[line.currency or ""] += line.amount or 0
    return ImportView(
        **{**msgspec.structs.asdict(made), "columns": {field: list(names) for field, names in made.columns.items()}},
        lines=len(found),
        ready_lines=len(ready),
        ready=dict(sums),
        problems=dict(Counter(code for line in found for code in line.problems)),
        states=dict(Counter(line.state.value for line in found)),
    )


ROUTES = Router(
    "/billing",
    tags=["billing"],
    route_handlers=[
        take_stripe,
        list_advices,
        retry_advice,
        upload_statement,
        get_import,
        list_lines,
        post_statement,
    ],
)
