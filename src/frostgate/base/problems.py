"""Refusals on the wire: problem details (RFC 9457), with one table of codes and statuses."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.texts import both, say, title
from frostgate.base.wire import plain, to_json_bytes

CONTENT_TYPE = "application/problem+json"

# The one table: which HTTP status a code travels with.
STATUS: Mapping[str, int] = {
    "refused": 400,
    "request.malformed": 400,
    "request.invalid": 400,
    "request.not_found": 404,
    "request.method_not_allowed": 405,
    "request.too_large": 413,
    "request.media_type": 415,
    "request.conflict": 409,
    "server.internal": 500,
    "store.unavailable": 503,
    "store.unopened": 503,
    "store.outdated": 503,
    "store.misnamed": 500,
    "serve.port_taken": 500,
    "auth.required": 401,
    "auth.invalid": 401,
    "auth.forbidden": 403,
    "auth.wrong_credentials": 401,
    "auth.too_many_attempts": 429,
    "auth.grants_too_much": 403,
    "tenant.unknown": 404,
    "tenant.exists": 409,
    "tenant.id_unusable": 422,
    "tenant.time_zone_unknown": 422,
    "account.unknown": 404,
    "account.id_unusable": 422,
    "account.repeated": 422,
    "account.too_many": 413,
    "trip.unknown": 404,
    "trip.backwards": 422,
    "trip.past": 422,
    "trip.too_long": 422,
    "trip.too_far_ahead": 422,
    "trip.country_unknown": 422,
    "trip.too_many": 409,
    "trip.decided_already": 409,
    "trip.over": 409,
    "trip.own": 403,
    "network.unknown": 404,
    "network.cidr_unusable": 422,
    "network.host_bits": 422,
    "network.too_broad": 422,
    "network.exists": 409,
    "network.too_many": 409,
    "allowlist.empty": 409,
    "allowlist.untested": 422,
    "allowlist.misses": 409,
    "allowlist.in_force": 409,
    "profile.unknown": 404,
    "profile.for_person": 409,
    "operator.unknown": 404,
    "operator.email_taken": 409,
    "operator.email_unusable": 422,
    "operator.password_weak": 422,
    "operator.role_needs_tenant": 422,
    "operator.role_is_for_staff": 422,
    "operator.role_is_for_machines": 422,
    "operator.last_superintendent": 409,
    "operator.already_exist": 409,
    "token.unknown": 404,
    "token.role_unusable": 422,
    "token.lifetime_unusable": 422,
    "event.time_in_future": 422,
    "event.too_old": 422,
    "event.type_unknown": 422,
    "event.data_invalid": 422,
    "event.id_reused": 409,
    "event.tenant_missing": 422,
    "event.tenant_mismatch": 403,
    "hold.unknown": 404,
    "hold.closed": 409,
    "hold.condition_not_met": 409,
    "factor.unknown": 404,
    "factor.already_active": 409,
    "factor.code_wrong": 422,
    "factor.too_many": 409,
    "factor.account_held": 409,
    "factor.proof_needed": 409,
    "factor.passkeys_not_configured": 409,
    "factor.passkey_refused": 422,
    "factor.passkey_known": 409,
    "factor.options_expired": 409,
    "factor.key_missing": 409,
    "factor.secret_unreadable": 500,
    "challenge.no_factor": 409,
    "challenge.wrong_answer": 422,
    "challenge.too_many_attempts": 429,
    "challenge.expired": 409,
    "hold.services_needed": 422,
    "hold.services_not_for_freeze": 422,
    "ban.needs_case": 409,
    "approval.second_person_needed": 403,
    "case.unknown": 404,
    "case.closed": 409,
    "case.reason_required": 422,
    "case.no_proposal": 409,
    "case.no_ban": 409,
    "decision.no_journey": 404,
    "case.not_for_ban": 409,
    "case.wrong_kind": 409,
    "approval.person_needed": 403,
    "policy.refused": 422,
    "policy.unknown": 404,
    "request.busy": 503,
    "limits.exceeded": 429,
    "limits.cost_too_large": 422,
    "limits.tenant_missing": 422,
    "plan.unknown": 404,
    "plan.id_unusable": 422,
    "plan.in_use": 409,
    "plan.method_repeated": 422,
    "plan.not_assigned": 404,
    "quota.too_slow": 422,
    "quota.override_unknown": 404,
    "batch_window.unknown": 404,
    "batch_window.not_in_plan": 409,
    "batch_window.without_quota": 422,
    "batch_window.dates_unusable": 422,
    "batch_window.too_many": 409,
    "import.format_unknown": 422,
    "import.nothing_read": 422,
    "import.unreadable": 422,
    "import.year_needed": 422,
    "notice.unknown": 404,
    "policy.unreadable": 422,
    "replay.unwritable": 500,
    "replay.output_unwritable": 500,
    "simulation.truth_missing": 422,
    "usage.unit_unknown": 422,
    "usage.quantity_unusable": 422,
    "usage.event_reused": 409,
    "price_list.unknown": 404,
    "price_list.unusable": 422,
    "price_list.starts_past": 422,
    "price_list.currency_differs": 409,
    "price_list.price_missing": 409,
    "billing_plan.unknown": 404,
    "billing_plan.unusable": 422,
    "billing_plan.not_assigned": 404,
    "billing_plan.starts_unusable": 422,
    "calendar.region_unknown": 422,
    "calendar.day_unusable": 422,
    "alert.threshold_unusable": 422,
    "alert.threshold_unknown": 404,
    "alert.recipient_unknown": 422,
    "alert.too_many": 409,
    "contact.unknown": 404,
    "contact.exists": 409,
    "contact.too_many": 409,
    "contact.address_unusable": 422,
    "contact.channel_unusable": 422,
    "contact.asked_just_now": 409,
    "contact.code_wrong": 422,
    "contact.code_too_old": 409,
    "contact.code_not_asked": 409,
    "dunning.policy_unusable": 422,
    "dunning.policy_unknown": 404,
    "dunning.pause_unusable": 422,
    "dunning.pause_unknown": 404,
    "dunning.pause_decided": 409,
    "dunning.nothing_open": 409,
    "dunning.nothing_to_release": 409,
    "dunning.not_unreached": 409,
    "money.currency_unknown": 422,
    "billing.amount_unusable": 422,
    "billing.in_future": 422,
    "billing.key_reused": 409,
    "billing.reference_reused": 409,
    "billing.ledger_closed": 409,
    "billing.entry_unknown": 404,
    "billing.invoice_unknown": 404,
    "billing.invoice_repeated": 422,
    "billing.currency_differs": 422,
    "billing.period_unusable": 422,
    "billing.due_unusable": 422,
    "billing.more_than_unbilled": 409,
    "billing.more_than_open": 409,
    "billing.more_than_available": 409,
    "billing.more_than_billed": 409,
    "billing.nothing_to_allocate": 409,
    "billing.not_reversible": 409,
    "billing.reversed_already": 409,
    "billing.dispute_unknown": 404,
    "billing.dispute_closed": 409,
    "billing.proposal_unknown": 404,
    "billing.proposal_decided": 409,
    "statement.month_unusable": 422,
    "statement.month_not_over": 409,
    "statement.nothing_posted": 409,
    "statement.unknown": 404,
    "statement.line_unknown": 404,
    "statement.not_disputable": 409,
    "statement.answered_too_late": 409,
    "statement.confirmed_already": 409,
    "invoicing.currency_not_of_plan": 422,
    "invoicing.month_not_ended": 409,
    "invoicing.earlier_month_open": 409,
    "invoicing.month_billed": 409,
    "invoicing.line_unknown": 404,
    "payments.webhooks_closed": 404,
    "payments.signature_wrong": 400,
    "payments.signature_old": 400,
    "payments.event_unreadable": 422,
    "payments.tenant_missing": 422,
    "payments.currency_not_billed": 409,
    "payments.payment_unknown": 409,
    "payments.refund_unplaceable": 409,
    "payments.nothing_to_dispute": 409,
    "payments.advice_unknown": 404,
    "payments.file_unreadable": 422,
    "payments.columns_missing": 422,
    "payments.too_many_lines": 422,
    "payments.line_incomplete": 422,
    "payments.date_unreadable": 422,
    "payments.amount_unreadable": 422,
    "payments.currency_missing": 422,
    "payments.not_incoming": 422,
    "payments.reference_missing": 422,
    "payments.reference_repeated": 422,
    "payments.tenant_unmatched": 422,
    "payments.tenant_ambiguous": 422,
    "payments.duplicate": 422,
    "payments.import_unknown": 404,
    "payments.import_expired": 409,
    "payments.line_unknown": 422,
    "payments.line_unusable": 409,
    "settings.refused": 500,
    "signals.places_unreadable": 500,
    "signals.snapshot_refused": 500,
    # What the gate says of an account; 403 where it travels as a refusal (forward-auth).
    "gate.incomplete": 200,
    "gate.not_ours": 200,
    "gate.other_tenant": 200,
    "gate.service_unknown": 200,
    "account.throttled": 429,
    "event.refused": 403,
    "account.allowed": 200,
    "account.challenge": 403,
    "account.limited": 403,
    "account.frozen": 403,
    "account.banned": 403,
}

_RETRY_SOON = 5  # seconds; what a client should wait when we cannot say better


class Invalid(Refused):
    """Values in the request are wrong; `errors` lists each with its place."""

    code = "request.invalid"


class MethodNotAllowed(Refused):
    """The address is right and the method is not."""

    code = "request.method_not_allowed"


class TooLarge(Refused):
    """The request is larger than we take at once."""

    code = "request.too_large"


class MediaType(Refused):
    """The body is of a kind that we do not read here."""

    code = "request.media_type"


class Internal(Refused):
    """Our own fault. What happened stands in the log under the request's id, never in the answer."""

    code = "server.internal"


def status_of(code: str) -> int:
    """The HTTP status of a code."""
    return STATUS.get(code, 400)


def problem(refused: Refused, language: Language, instance: str | None = None) -> dict[str, Any]:
    """The problem document for a reader of `language`; `instance` is the id of the request.

    Faults of our own (500 and above) show no parameters: a driver's words may name hosts, paths or users.
    """
    status = status_of(refused.code)
    params = refused.params if status < 500 else {}
    document: dict[str, Any] = {
        "type": f"/problems/{refused.code}",
        "title": title(status, language),
        "status": status,
        "detail": say(refused.code, language, **params),
        "code": refused.code,
        "texts": both(refused.code, **params),
    }
    if instance is not None:
        document["instance"] = instance
    if refused.pointer is not None:
        document["pointer"] = refused.pointer
    if params:
        document["params"] = _safe(params)
    return document


def problem_bytes(refused: Refused, language: Language, instance: str | None = None) -> bytes:
    """The problem document as JSON."""
    return to_json_bytes(problem(refused, language, instance))


def headers_of(refused: Refused, language: Language) -> dict[str, str]:
    """The headers that belong to the problem, besides its content type."""
    headers = {
        "content-language": language.value,
        "vary": "Accept-Language",
        "cache-control": "no-store",
    }
    status = status_of(refused.code)
    if status == 401:
        # RFC 6750, section 3.1: name the error only where a credential was given.
        error = ', error="invalid_token"' if refused.code == "auth.invalid" else ""
        headers["www-authenticate"] = f'Bearer realm="frostgate"{error}'
    if status in {429, 503}:
        headers["retry-after"] = str(refused.params.get("retry_after", _RETRY_SOON))
    if status == 405 and "allowed" in refused.params:
        headers["allow"] = str(refused.params["allowed"])
    return headers


async def send_problem(
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    refused: Refused,
    language: Language,
    request_id: str | None = None,
) -> None:
    """Answer a raw ASGI request with the problem."""
    body = problem_bytes(refused, language, request_id)
    headers = {
        **headers_of(refused, language),
        "content-type": CONTENT_TYPE,
        "content-length": str(len(body)),
    }
    if request_id is not None:
        headers["x-request-id"] = request_id
    await send(
        {
            "type": "http.response.start",
            "status": status_of(refused.code),
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _safe(params: Mapping[str, Any]) -> Any:
    """The parameters as JSON; a value that JSON does not know is shown as text rather than spoil the answer."""
    try:
        return plain(params)
    except TypeError:
        return {name: str(value) for name, value in params.items()}
