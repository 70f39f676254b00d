"""The gate: may this account use this service now? OpenID AuthZEN Authorization API 1.0.

`subject` is the account, `resource` the service, `action` is `use`. A refusal is a 200 with `decision: false`, our
stable code and both languages' sentences in `context` (section 5.5.1 leaves its shape to us); a hold that only asks
for proof adds a `step-up` obligation. Everything is read from memory: no answer waits for a database.

A login service says in `context` whether the password was right. Where it was wrong, the answer is the same bytes
whatever the account is, and nothing is looked up for it: what is not read cannot be told, by words or by time.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import msgspec

from frostgate.base.errors import Malformed
from frostgate.base.texts import both
from frostgate.enforcement.register import Register
from frostgate.enforcement.store import Bite
from frostgate.standing.model import Kind, Permit, Service

MAX_EVALUATIONS = 1000


class AskedSubject(msgspec.Struct, frozen=True):
    """Whom it is about. Callers that serve several tenants name the tenant in `properties`."""

    type: str
    id: str
    properties: Mapping[str, Any] = {}


class AskedAction(msgspec.Struct, frozen=True):
    """What the account wants to do."""

    name: str
    properties: Mapping[str, Any] = {}


class AskedResource(msgspec.Struct, frozen=True):
    """Which service it wants to use."""

    type: str
    id: str
    properties: Mapping[str, Any] = {}


class Ask(msgspec.Struct, frozen=True):
    """One question (section 6.1)."""

    subject: AskedSubject
    action: AskedAction
    resource: AskedResource
    context: Mapping[str, Any] = {}


class AskPart(msgspec.Struct, frozen=True):
    """One question of several, whose missing parts stand beside the list (section 7.1)."""

    subject: AskedSubject | None = None
    action: AskedAction | None = None
    resource: AskedResource | None = None
    context: Mapping[str, Any] = {}


class Options(msgspec.Struct, frozen=True):
    """How several questions are answered (section 7.1.2.1)."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class AskMany(AskPart, frozen=True):
    """Several questions at once."""

    evaluations: tuple[AskPart, ...] = ()
    options: Options = Options()


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to one question."""

    decision: bool
    context: Mapping[str, Any] | None = None


_ALLOWED = Reply(True)
_ALLOWED_BYTES = b'{"decision":true}'

_decode_ask = msgspec.json.Decoder(Ask).decode
_decode_many = msgspec.json.Decoder(AskMany).decode
_encode = msgspec.json.Encoder().encode

_CODES = {
    Kind.CHALLENGE: "account.challenge",
    Kind.LIMIT: "account.limited",
    Kind.FREEZE: "account.frozen",
    Kind.BAN: "account.banned",
}


class Gate:
    """Answers from the register. `knows` says whether there is a tenant, `where` is the page that helps its people.

    Calls to a number in `emergency` are connected whatever is on hold.
    """

    def __init__(
        self, register: Register, *, knows: Callable[[str], bool], where: str, emergency: Collection[str] = ()
    ) -> None:
        self.register = register
        self._knows = knows
        self._where = where
        self._emergency = frozenset(emergency)
        self._texts: dict[tuple[int, str, str], dict[str, str]] = {}
        self.allowed = self.denied = 0  # answers since the start, for the metrics

    def evaluate(self, body: bytes, *, tenant_id: str | None) -> bytes:
        """Answer one question, bytes to bytes. `tenant_id` is the caller's only tenant, None when it has all.

        Raises:
            Malformed: the body is not a question.
        """
        try:
            ask = _decode_ask(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(problem=str(error)) from None
        reply = self._reply(ask.subject, ask.action, ask.resource, ask.context, tenant_id)
        return _ALLOWED_BYTES if reply is _ALLOWED else _encode(reply)

    def evaluate_many(self, body: bytes, *, tenant_id: str | None) -> bytes:
        """Answer several questions in their order; without a list it is one question (section 7.1).

        Raises:
            Malformed: the body is not of the right shape, or asks more than `MAX_EVALUATIONS`.
        """
        try:
            many = _decode_many(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(problem=str(error)) from None
        if not many.evaluations:
            return self.evaluate(body, tenant_id=tenant_id)
        if len(many.evaluations) > MAX_EVALUATIONS:
            raise Malformed(problem=f"at most {MAX_EVALUATIONS} evaluations at once", pointer="/evaluations")
        stop_at = {"deny_on_first_deny": False, "permit_on_first_permit": True}.get(many.options.evaluations_semantic)
        replies: list[Reply] = []
        for part in many.evaluations:
            replies.append(self._reply_part(part, many, tenant_id))
            if replies[-1].decision is stop_at:
                break
        return _encode({"evaluations": replies})

    def _reply_part(self, part: AskPart, many: AskMany, tenant_id: str | None) -> Reply:
        subject = part.subject or many.subject
        action = part.action or many.action
        resource = part.resource or many.resource
        if subject is None or action is None or resource is None:
            return _refusal("gate.incomplete")
        return self._reply(subject, action, resource, part.context or many.context, tenant_id)

    def _reply(
        self,
        subject: AskedSubject,
        action: AskedAction,
        resource: AskedResource,
        context: Mapping[str, Any],
        tenant_id: str | None,
    ) -> Reply:
        if subject.type != "account" or resource.type != "service" or action.name != "use":
            return _refusal("gate.not_ours")
        named = subject.properties.get("tenant")
        if named is not None and tenant_id is not None and named != tenant_id:
            return _refusal("gate.other_tenant")
        tenant = tenant_id or named
        if not isinstance(tenant, str):
            return _refusal("event.tenant_missing")
        if tenant_id is None and not self._knows(tenant):  # nobody there is on hold, and that must not mean yes
            return _refusal("tenant.unknown", tenant=tenant)
        said = context.get("password", "right") if context else "right"
        if said != "right":
            return _WRONG_PASSWORD if said == "wrong" else _refusal("gate.password_unclear")
        try:
            permit, bite = self.register.permit(tenant, subject.id, resource.id)
        except KeyError:
            return _refusal("gate.service_unknown", services=", ".join(Service))
        if bite is None or permit is Permit.ALLOWED or self._is_emergency(resource):
            self.allowed += 1
            return _ALLOWED
        self.denied += 1
        return self._denial(bite, resource.id)

    def _is_emergency(self, resource: AskedResource) -> bool:
        """Whether it is a call for help; gateways name whom a call goes to in `properties`."""
        number = resource.properties.get("number")
        return resource.id == Service.VOICE and isinstance(number, str) and number in self._emergency

    def _denial(self, bite: Bite, service: str) -> Reply:
        """What a refusal says: enough for the account's holder to act on, nothing about how we found out."""
        context: dict[str, Any] = {
            "code": _CODES[Kind(bite.kind)],
            "texts": self._texts_of(bite, service),
            "where": self._where,
            "hold": bite.id,
            "case": bite.case_id,
            "cause": bite.cause,
            "waits_for": bite.condition,
            "since": bite.placed_at,
        }
        if bite.kind == Kind.CHALLENGE:
            context["obligations"] = [{"type": "step-up", "condition": bite.condition}]
        return Reply(False, context)

    def _texts_of(self, bite: Bite, service: str) -> dict[str, str]:
        """Why, and where to go, in both languages. There are few such sentences, so each is made once."""
        key = (bite.kind, bite.cause, service)
        texts = self._texts.get(key)
        if texts is None:
            code = _CODES[Kind(bite.kind)]
            texts = self._texts[key] = both(code, cause=bite.cause, service=service, where=self._where)
        return texts


def _refusal(code: str, **params: Any) -> Reply:
    return Reply(False, {"code": code, "texts": both(code, **params)})


_WRONG_PASSWORD = _refusal("login.wrong_password")  # one value for everybody, made once
