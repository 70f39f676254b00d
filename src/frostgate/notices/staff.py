"""What our own people are told: of cases, in one letter of all that wait alike, and of whoever broke the glass."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import sqlalchemy as sa

from frostgate.base.model import Actor, ActorKind, Language
from frostgate.base.uow import Tx
from frostgate.directory import credentials
from frostgate.directory.emergencies.model import EmergencyOpened
from frostgate.directory.managers.store import find_person
from frostgate.directory.model import Tenant
from frostgate.directory.permissions import Role
from frostgate.directory.store import get_tenant
from frostgate.notices.contacts.choosing import readers_of
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.model import Audience, Reader, Template
from frostgate.notices.params import GlassBroken, Params, WaitingCase, WaitingCases
from frostgate.notices.service import owe
from frostgate.standing.model import Cause, Kind

NAMED = 20  # in one letter; of more, it says how many


class Waits(Protocol):
    """One case of which people are told."""

    @property
    def case_id(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...


class Waiting(Protocol):
    """What notices needs to know of cases that wait; the cases room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def limit(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def roles(self) -> Sequence[Role]: ...
    @property
    def tells_manager(self) -> bool: ...
    @property
    def waiting(self) -> Sequence[Waits]: ...
    @property
    def time_zone(self) -> str: ...


class Mentioned(Protocol):
    """What notices needs to know of a note that names people; the cases room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def case_id(self) -> str: ...
    @property
    def operator_ids(self) -> Sequence[str]: ...


def owe_for_cases_waiting(tx: Tx, fact: Waiting, actor: Actor) -> None:
    """Tell everybody of these roles and the tenant's account manager, each once; for lack of any, superintendents."""
    assert fact.tenant_id is not None, "BUG: cases of nobody, not even of the platform"
    tenant = get_tenant(tx.connection, fact.tenant_id) if fact.tenant_id else None  # "": the platform's own task
    named = tuple(WaitingCase(id=each.case_id, about=each.about, due_at=each.due_at) for each in fact.waiting[:NAMED])
    waiting = WaitingCases(limit=fact.limit, step=fact.step, cases=named, count=len(fact.waiting))
    params = msgspec.structs.replace(_params(tx, tenant, fact.time_zone), waiting=waiting)
    manager = find_person(tx.connection, tenant_id=tenant.id) if tenant and fact.tells_manager else None
    addresses = [*([manager.email] if manager else []), *addresses_of(tx.connection, fact.roles)]
    readers = _readers(Audience.OPERATORS, addresses, tenant)
    owe(tx, fact.tenant_id, Template.CASES_WAITING, params, readers, actor=actor)


def owe_for_emergency(tx: Tx, fact: EmergencyOpened, actor: Actor, *, time_zone: str) -> None:
    """Tell all superintendents and leads that somebody broke the glass, and of a tenant who hears of its security.

    Its own address and its owners hear of it besides: whoever broke the glass may have changed the contacts before.
    """
    emergency, tenant_id = fact.emergency, fact.tenant_id
    tenant = get_tenant(tx.connection, tenant_id) if tenant_id is not None else None
    broken = GlassBroken(
        id=emergency.id,
        who=credentials.get_operator(tx.connection, emergency.operator_id).email,
        reason=emergency.reason,
        until=emergency.expires_at,
        on_the_machine=emergency.on_the_machine,
    )
    params = msgspec.structs.replace(_params(tx, tenant, time_zone), emergency=broken)
    staff = addresses_of(tx.connection, (Role.SUPERINTENDENT, Role.LEAD))
    readers = _readers(Audience.OPERATORS, staff, tenant)
    if tenant is not None:
        contacts = readers_of(tx.connection, tenant, ContactRole.SECURITY, Template.EMERGENCY_OPENED, at=tx.now)
        owners = credentials.active_of_role(tx.connection, Role.OWNER, tenant_id=tenant.id)
        told = {(reader.channel, reader.address) for reader in contacts}
        others = _readers(Audience.TENANT, [tenant.contact_email, *(each.email for each in owners)], tenant)
        readers += [*contacts, *(each for each in others if (each.channel, each.address) not in told)]
    owe(tx, tenant_id or "", Template.EMERGENCY_OPENED, params, readers, actor=actor)


def _params(tx: Tx, tenant: Tenant | None, time_zone: str) -> Params:
    """What a letter starts from that is about no hold; None: about the platform itself."""
    return Params(
        account=None,
        tenant=tenant.name if tenant else "",
        kind=Kind.LIMIT.word,
        cause=Cause.MANUAL.value,
        services=(),
        since=tx.now,
        case_id="",
        time_zone=time_zone,
    )


def _readers(audience: Audience, addresses: Iterable[str], tenant: Tenant | None) -> list[Reader]:
    """Each address once."""
    language = tenant.language if tenant else Language.ZH
    return [Reader(audience, address, language) for address in dict.fromkeys(addresses)]


def owe_for_mention(tx: Tx, fact: Mentioned, actor: Actor) -> None:
    """Tell whoever a note names in which case: what it says, and all else of the case, is read there."""
    assert fact.tenant_id is not None, "BUG: a case of nobody, not even of the platform"
    tenant = get_tenant(tx.connection, fact.tenant_id) if fact.tenant_id else None
    by = credentials.get_operator(tx.connection, actor.id).name if actor.kind is ActorKind.OPERATOR else str(actor)
    params = Params(
        account=None,
        tenant=tenant.name if tenant else "",
        kind=Kind.LIMIT.word,
        cause=Cause.MANUAL.value,
        services=(),
        since=tx.now,
        case_id=fact.case_id,
        time_zone=tenant.time_zone if tenant else "UTC",
        mentioned_by=by,
    )
    language = tenant.language if tenant else Language.ZH
    people = [credentials.get_operator(tx.connection, each) for each in fact.operator_ids]
    readers = [Reader(Audience.OPERATORS, person.email, language) for person in people]
    owe(tx, fact.tenant_id, Template.MENTIONED, params, readers, actor=actor)


def addresses_of(connection: sa.Connection, roles: Sequence[Role]) -> list[str]:
    """The addresses of all of our staff who are meant: of a role that nobody has, the superintendents'."""
    found: dict[str, None] = {}
    for role in dict.fromkeys(roles):
        people = credentials.active_of_role(connection, role, tenant_id=None)
        people = people or credentials.active_of_role(connection, Role.SUPERINTENDENT, tenant_id=None)
        found |= dict.fromkeys(each.email for each in people)
    return [*found]
