"""The world of the stories: the real program behind real HTTP, with a clock that stands until somebody moves it.

Everything that a story does goes through the public interface: people sign in, tenants send events, gateways ask the
gate, and notices arrive at a real mail server.
"""

import email
import email.policy
import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.journal import Entry, entries
from frostgate.config import Factors, Secrets, Settings, SignIn
from frostgate.config import Mail as MailSettings
from frostgate.directory.permissions import Role
from frostgate.standing.model import Kind, Permit, Service
from servers import NOON, PASSWORD, PATIENCE, Http, Mailbox, MailServer, email_of, free_port, wait_until

PLACES: Mapping[str, str] = {
    "Beijing": "101.6.6.6",
    "Frankfurt": "91.65.1.1",
    "Shanghai": "202.96.209.5",
    "Lisbon": "85.240.0.1",
    "London": "212.58.244.20",
}
FREEZE_ANYWHERE = "account.frozen"
FACTORS = Factors(
    rp_id="example.com",
    origins=("https://account.example.com", "https://m.example.com"),
)
PASSWORD_ALONE = SignIn(second_factor_roles=())  # stories last for months; those of signing in say otherwise
SECRETS = Secrets(keys=("dGhpcyBrZXkgaXMgZm9yIHRlc3RzIGFuZCBubyBtb3I=",))

Json = Any


class World:
    """The program, everybody who uses it, and the time."""

    def __init__(self, database: str, secrets: Mapping[str, str], /, **settings: Any) -> None:
        self.database_url = database
        self.clock = HandClock(NOON)
        self.mailbox = Mailbox()
        self.mail_server = MailServer(self.mailbox)
        self.mail_server.start()
        self._sessions = {email_of(name): (secret, NOON) for name, secret in secrets.items()}
        self._settings = {"factors": FACTORS, "secrets": SECRETS, "sign_in": PASSWORD_ALONE, **settings}
        self._numbers = itertools.count(1)
        self._start()

    def _start(self) -> None:
        port = free_port()
        settings = Settings(
            database=self.database_url,
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            mail=MailSettings(port=self.mail_server.port, sender="no-reply@frostgate.example"),
            **self._settings,
        )
        self.program = Program(settings, clock=self.clock)
        self.server = Http(self.program)
        self.server.start()
        self.http = httpx.Client(base_url=self.server.address, timeout=PATIENCE, trust_env=False, verify=False)

    def restart(self) -> None:
        """Stop the server as an operator would, and start it again on the same database."""
        self.http.close()
        self.server.stop()
        self._start()

    def close(self) -> None:
        """End everything."""
        self.http.close()
        self.server.stop()
        self.mail_server.stop()

    # Who is there

    def person(self, name: str) -> "Person":
        """Somebody of the platform's staff, by name or by role; signed in."""
        return self.somebody(email_of(name))

    def somebody(self, address: str, **details: Any) -> "Person":
        """Whoever has this address, who signs in once a working day; hired with these details where nobody has it."""
        secret, since = self._sessions.get(address, ("", None))
        if since is None or self.clock.now() - since >= timedelta(hours=11):
            known = {"email": address, "password": PASSWORD}
            opened = self.http.post("/v1/session", json=known)
            if opened.is_client_error and details:
                self.boss().does("POST", "/v1/operators", json={"name": address, **known, **details})
                opened = self.http.post("/v1/session", json=known)
            secret = opened.raise_for_status().json()["secret"]
            self._sessions[address] = secret, self.clock.now()
        return Person(self, secret)

    def boss(self) -> "Person":
        """The superintendent."""
        return self.person("boss")

    def reviewer(self) -> "Person":
        """Somebody who reviews cases."""
        return self.person("rui")

    def tenant(self, tenant_id: str = "acme", **details: Any) -> "Tenant":
        """A new customer, with a token to send events and one to ask the gate."""
        body = {"id": tenant_id, "name": tenant_id.title(), "contact_email": f"security@{tenant_id}.example", **details}
        self.boss().does("POST", "/v1/tenants", json=body)
        return Tenant(self, tenant_id)

    # What can be seen from outside

    def facts(self, tenant_id: str | None = None) -> list[str]:
        """The names of all journal entries, in order."""
        return [entry.fact for entry in self.journal(tenant_id)]

    def journal(self, tenant_id: str | None = None) -> list[Entry]:
        """The journal, read from the store."""
        with self.program.uow.look() as connection:
            return entries(connection, tenant_id=tenant_id, limit=10_000)

    def mails_to(self, address: str, *, count: int = 1) -> list["Letter"]:
        """The mails that came to somebody, once there are so many."""
        return [Letter(mail.content) for mail in self.mailbox.wait_for(lambda mail: mail.to == address, count=count)]

    def until(self, holds: Any) -> None:
        """Wait until something holds, and fail when it never does."""
        wait_until(holds)

    def number(self) -> int:
        """A number that was not used before: for ids of events."""
        return next(self._numbers)


class Caller:
    """Somebody, or some machine, with a token."""

    def __init__(self, world: World, secret: str) -> None:
        self.world = world
        self.secret = secret
        self.headers = {"authorization": f"Bearer {secret}"}

    def asks(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request and return whatever comes back."""
        headers = {**self.headers, **request.pop("headers", {})}
        return self.world.http.request(method, path, headers=headers, **request)

    def does(self, method: str, path: str, **request: Any) -> Json:
        """Send a request that must succeed."""
        answer = self.asks(method, path, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def sees(self, path: str, **params: Any) -> Json:
        """Read something that must be there."""
        return self.does("GET", path, params=params)

    def is_refused(self, method: str, path: str, **request: Any) -> str:
        """Send a request that must be refused; the code of the refusal."""
        answer = self.asks(method, path, **request)
        assert answer.is_client_error, f"{method} {path}: {answer.status_code} {answer.text}"
        code: str = answer.json()["code"]
        return code


class Person(Caller):
    """A person who works with cases."""

    def case_of(self, account: "Account", **wanted: Any) -> Json:
        """The newest case about an account."""
        found = self.sees("/v1/cases", account=account.id, tenant=account.tenant.id, order="newest", **wanted)["items"]
        assert found, f"there is no case about {account.id}"
        return found[0]

    def reads(self, case: Json) -> Json:
        """The whole file of a case."""
        return self.sees(f"/v1/cases/{case['id']}")

    def decides(self, case: Json, what: str, **details: Any) -> httpx.Response:
        """Decide something in a case, and return whatever comes back."""
        body = {"reason": "we spoke on the telephone", **details}
        return self.asks("POST", f"/v1/cases/{case['id']}/{what}", json=body)

    def confirms(self, case: Json) -> Json:
        """Find that the hold was right."""
        return _done(self.decides(case, "confirm"))

    def releases(self, case: Json, finding: str = "mistake") -> Json:
        """Release the case's hold."""
        return _done(self.decides(case, "release", finding=finding))

    def proposes_ban(self, case: Json) -> Json:
        """Ask for a ban."""
        return _done(self.decides(case, "ban-proposal"))

    def approves_ban(self, case: Json) -> Json:
        """Agree to a ban."""
        return _done(self.decides(case, "ban-approval"))

    def upholds_appeal(self, case: Json) -> Json:
        """Lift a ban."""
        return _done(self.decides(case, "appeal-upheld"))

    def places(self, account: "Account", kind: str = "freeze", **details: Any) -> Json:
        """Place a hold by hand."""
        body = {"kind": kind, "reason": "asked for by the police", **details}
        return self.does("POST", f"{account.path}/holds", json=body)


class Tenant:
    """A customer: its accounts and its two tokens."""

    def __init__(self, world: World, tenant_id: str) -> None:
        self.world = world
        self.id = tenant_id
        self.path = f"/v1/tenants/{tenant_id}"
        self.sender = self.token("ingest")
        self.gateway = self.token("gate")

    def token(self, purpose: str, **details: Any) -> Caller:
        """A new token of this tenant."""
        body = {"name": purpose, "purpose": purpose, "tenant_id": self.id, **details}
        return Caller(self.world, self.world.boss().does("POST", "/v1/tokens", json=body)["secret"])

    def account(self, account_id: str, **details: Any) -> "Account":
        """An account that the tenant registers."""
        body = {"email": f"{account_id}@{self.id}.example", "display_name": account_id.title(), **details}
        self.world.boss().does("PUT", f"{self.path}/accounts/{account_id}", json=body)
        return Account(self, account_id)

    def stranger(self, account_id: str) -> "Account":
        """An account that nobody registered."""
        return Account(self, account_id)

    def sends(self, event: Json, **request: Any) -> httpx.Response:
        """Send one event in structured mode."""
        headers = {"content-type": "application/cloudevents+json"}
        return self.sender.asks("POST", "/v1/events", json=event, headers=headers, **request)

    def sends_all(self, events: Iterable[Json]) -> list[Json]:
        """Send a batch that must be taken; an answer for each event."""
        headers = {"content-type": "application/cloudevents-batch+json"}
        answers: list[Json] = self.sender.does("POST", "/v1/events", json=list(events), headers=headers)
        return answers


class Account:
    """An account of a tenant: what it does, and what it may do."""

    def __init__(self, tenant: Tenant, account_id: str) -> None:
        self.tenant = tenant
        self.world = tenant.world
        self.id = account_id
        self.path = f"{tenant.path}/accounts/{account_id}"

    def event(self, kind: str, *, named: str | None = None, at: datetime | None = None, **data: Any) -> Json:
        """An event of this account, at the time of the world's clock."""
        return {
            "specversion": "1.0",
            "id": named or f"e{self.world.number()}",
            "source": "/im",
            "type": f"io.frostgate.{kind}",
            "time": (at or self.world.clock.now()).isoformat(),
            "data": {"account": self.id, **data},
        }

    def login(self, *, from_: str = "Beijing", device: str | None = "iphone", **more: Any) -> Json:
        """A successful sign-in, as an event."""
        named = {} if device is None else {"device": device}
        return self.event("login", **{"ip": PLACES.get(from_, from_), "outcome": "success", **named, **more})

    def signs_in(self, *, from_: str = "Beijing", device: str | None = "iphone", **more: Any) -> Json:
        """Sign in; the verdict."""
        return _done(self.tenant.sends(self.login(from_=from_, device=device, **more)))

    def travels_too_fast(self) -> Json:
        """Sign in at Beijing and, an hour later, with a new device at Frankfurt; the second verdict."""
        self.signs_in(from_="Beijing", device="iphone")
        self.world.clock.move(timedelta(hours=1))
        return self.signs_in(from_="Frankfurt", device="pixel")

    def sends_messages(self, count: int, *, over: timedelta) -> list[Json]:
        """Send messages until now, as unevenly as people do; the verdicts."""
        end, step = self.world.clock.now(), over / count
        return self.tenant.sends_all(
            self.event(
                "message",
                at=end - step * (count - n - 0.1 * (7 * n % 10)),
                conversation="room",
                conversation_kind="group",
            )
            for n in range(count)
        )

    def at_the_gate(self, service: str = "login", *, by: Caller | None = None, **properties: Any) -> Json:
        """What the gate answers when this account wants to use a service; `properties` are the use's own."""
        question = {
            "subject": {"type": "account", "id": self.id, "properties": {"tenant": self.tenant.id}},
            "action": {"name": "use"},
            "resource": {"type": "service", "id": service, "properties": properties},
        }
        return (by or self.tenant.gateway).does("POST", "/access/v1/evaluation", json=question)

    def may_use(self, service: Service) -> Permit:
        """What the gate permits."""
        answer = self.at_the_gate(service.value)
        if answer["decision"]:
            return Permit.ALLOWED
        return Permit.CHALLENGE if answer["context"]["code"] == "account.challenge" else Permit.DENIED

    def may(self) -> dict[Service, Permit]:
        """What the gate permits of everything."""
        return {service: self.may_use(service) for service in Service}

    def is_free(self) -> bool:
        """Whether the account may use everything."""
        return set(self.may().values()) == {Permit.ALLOWED}

    def holds(self) -> list[Json]:
        """Every hold there ever was."""
        found: list[Json] = self.world.boss().sees(f"{self.path}/holds")
        return found

    def open_kinds(self) -> list[str]:
        """The kinds of the open holds, the most severe first."""
        kinds = [hold["kind"] for hold in self.holds() if hold["released_at"] is None]
        return sorted(kinds, key=lambda kind: -Kind[kind.upper()])

    def notices(self) -> list[Json]:
        """Everything that was owed about this account, newest first."""
        found: list[Json] = self.world.boss().sees(f"{self.tenant.path}/notices", account=self.id)["items"]
        return found


class Letter:
    """A mail as its reader sees it."""

    def __init__(self, content: bytes) -> None:
        self.message = email.message_from_bytes(content, policy=email.policy.default)

    @property
    def subject(self) -> str:
        """The subject line."""
        return str(self.message["subject"])

    @property
    def text(self) -> str:
        """The words, as plain text."""
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


def _done(answer: httpx.Response) -> Json:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return answer.json()


__all__ = ["Account", "Caller", "Person", "Role", "Tenant", "World"]
