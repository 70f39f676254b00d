"""A tenant's people: who may do what, whom they may manage, and that somebody is always left who can."""

from collections.abc import Iterator
from typing import Any

import pytest

from frostgate.base.journal import body_of
from frostgate.directory import credentials, service, signin, tokens
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.errors import CredentialInvalid, LastOwner, LastSuperintendent
from frostgate.directory.model import Operator, Principal, Purpose
from frostgate.directory.permissions import PERMISSIONS, TENANT_ROLES, Permission, Role
from frostgate.directory.service import OperatorChanges
from frostgate.directory.sessions.model import Whence
from house import House
from servers import PASSWORD, email_of
from together import at_once
from world import Caller, World


class Members:
    """The people of one tenant, each with a session."""

    def __init__(self, world: World, tenant_id: str) -> None:
        self.world, self.tenant = world, world.tenant(tenant_id)
        self.ids: dict[str, str] = {}

    def add(self, role: str, name: str = "", by: Caller | None = None) -> Caller:
        body = {
            "email": f"{name or role}@{self.tenant.id}.example",
            "name": name or role,
            "role": role,
            "tenant_id": self.tenant.id,
            "password": PASSWORD,
        }
        self.ids[name or role] = (by or self.world.boss()).does("POST", "/v1/operators", json=body)["id"]
        return self.signs_in(name or role)

    def signs_in(self, name: str) -> Caller:
        known = {"email": f"{name}@{self.tenant.id}.example", "password": PASSWORD}
        return Caller(self.world, self.world.http.post("/v1/session", json=known).raise_for_status().json()["secret"])

    def at(self, name: str) -> str:
        return f"/v1/operators/{self.ids[name]}"


@pytest.fixture
def members(shared: World) -> Members:
    return Members(shared, f"t{shared.number()}")


class Processes(House):
    """Two processes on one database."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.other = self.another()

    def signed_in(self, person: str) -> str:
        opened = signin.sign_in(
            self.program.uow,
            email=email_of(person),
            password=PASSWORD,
            whence=Whence("203.0.113.7", "python-httpx"),
            kit=self.program.sign_in,
        )
        assert isinstance(opened, signin.SignedIn)
        return f"Bearer {opened.secret}"

    def add(self, role: Role, name: str, tenant_id: str) -> Operator:
        hashed = self.program.passwords.hash(PASSWORD)
        with self.program.uow.begin() as tx:
            return service.add_operator(
                tx,
                email=email_of(name),
                name=name,
                role=role,
                tenant_id=tenant_id,
                password_hash=hashed,
                by=SYSTEM_PRINCIPAL,
            )

    def change(self, operator_id: str, **changes: Any) -> Operator:
        with self.program.uow.begin() as tx:
            return service.change_operator(tx, operator_id, OperatorChanges(**changes), by=SYSTEM_PRINCIPAL)

    def seen_elsewhere(self, header: str) -> Principal:
        return self.other.authenticator.authenticate(header)


@pytest.fixture
def processes(database_url: str) -> Iterator[Processes]:
    built = Processes(database_url)
    yield built
    built.close()


def test_roles_of_a_tenant_are_nested_so_that_nobody_hands_out_more_than_they_hold() -> None:
    may = {role: PERMISSIONS[role] for role in TENANT_ROLES}
    assert may[Role.MEMBER] < may[Role.TENANT_FINANCE] < may[Role.ADMINISTRATOR] < may[Role.OWNER]
    assert may[Role.MEMBER] < may[Role.SECURITY] < may[Role.ADMINISTRATOR]
    assert may[Role.MEMBER] == {Permission.SELF, Permission.STANDING_READ, Permission.TENANTS_READ}
    assert not may[Role.OWNER] & {Permission.CASES_READ, Permission.DECISIONS_READ, Permission.POLICIES_READ}
    assert not may[Role.SECURITY] & {Permission.BILLING_READ, Permission.OPERATORS_WRITE, Permission.TOKENS_WRITE}
    assert not may[Role.TENANT_FINANCE] & {Permission.ACCOUNTS_READ, Permission.HOLDS_READ}


def test_an_administrator_manages_everybody_below_the_owner(members: Members) -> None:
    members.add("owner")
    admin = members.add("administrator")
    for role in ("administrator", "security", "tenant_finance", "member"):
        members.add(role, f"new-{role}", by=admin)
    assert admin.does("PATCH", members.at("new-member"), json={"role": "security"})["role"] == "security"

    for change in ({"role": "member"}, {"active": False}, {"name": "Mine"}):
        assert admin.is_refused("PATCH", members.at("owner"), json=change) == "auth.grants_too_much"
    assert admin.is_refused("PATCH", members.at("new-member"), json={"role": "owner"}) == "auth.grants_too_much"
    assert admin.is_refused("PATCH", members.at("new-member"), json={"role": "lead"}) == "operator.role_is_for_staff"
    taken = {"name": "mine", "purpose": "api", "role": "owner", "tenant_id": members.tenant.id}
    assert admin.is_refused("POST", "/v1/tokens", json=taken) == "auth.grants_too_much"


def test_a_member_sees_how_their_tenant_stands_and_nothing_of_any_account(members: Members) -> None:
    member, li = members.add("member"), members.tenant.account("li")
    members.world.person("rui").places(li)
    stands = member.sees(f"{members.tenant.path}/standing")
    assert set(stands["services"].values()) == {"allowed"}
    for path in (f"{li.path}/standing", f"{members.tenant.path}/accounts", f"{members.tenant.path}/notices"):
        assert member.is_refused("GET", path) == "auth.forbidden"


def test_a_change_of_role_counts_at_the_next_request_and_is_journalled_with_before_and_after(members: Members) -> None:
    owner, admin = members.add("owner"), members.add("administrator")
    listed = f"{members.tenant.path}/accounts"
    assert admin.sees(listed)

    owner.does("PATCH", members.at("administrator"), json={"role": "member", "name": "Retired"})
    assert admin.is_refused("GET", listed) == "auth.forbidden"

    owner.does("PATCH", members.at("administrator"), json={"active": False})
    assert admin.is_refused("GET", "/v1/session") == "auth.invalid"
    told = [body_of(entry) for entry in members.world.journal(members.tenant.id) if entry.fact == "operator.changed"]
    assert [
        ([body["before"][name], body["operator"][name]], body["fields"])
        for body, name in zip(told, ("role", "active"), strict=True)
    ] == [(["administrator", "member"], ["name", "role"]), ([True, False], ["active"])]


def test_the_last_owner_stays(members: Members) -> None:
    owner = members.add("owner")
    for change in ({"role": "administrator"}, {"active": False}):
        for by in (owner, members.world.boss()):
            assert by.is_refused("PATCH", members.at("owner"), json=change) == "operator.last_owner"
    members.add("owner", "second", by=owner)
    owner.does("PATCH", members.at("owner"), json={"role": "member"})
    second = members.signs_in("second")
    assert second.is_refused("PATCH", members.at("second"), json={"active": False}) == "operator.last_owner"


@pytest.mark.parametrize(
    ("role", "tenant_id", "refusal"), [(Role.OWNER, "acme", LastOwner), (Role.SUPERINTENDENT, None, LastSuperintendent)]
)
def test_two_who_remove_each_other_at_once_leave_one(
    processes: Processes, role: Role, tenant_id: str | None, refusal: type[Exception]
) -> None:
    processes.tenant("acme")
    if tenant_id is not None:
        processes.add(role, "one", tenant_id)
        processes.add(role, "two", tenant_id)
    pair = _of_role(processes, role, tenant_id)
    assert len(pair) == 2

    def remove(operator: Operator, how: dict[str, Any], program: Any) -> Exception | None:
        try:
            with program.uow.begin() as tx:
                service.change_operator(tx, operator.id, OperatorChanges(**how), by=SYSTEM_PRINCIPAL)
        except refusal as error:
            return error
        return None

    lower = Role.MEMBER if tenant_id else Role.LEAD
    got = at_once(
        [
            lambda: remove(pair[0], {"active": False}, processes.program),
            lambda: remove(pair[1], {"role": lower}, processes.other),
        ]
    )
    assert sorted(type(each) is refusal for each in got) == [False, True]
    assert len(_of_role(processes, role, tenant_id)) == 1


def test_what_somebody_may_changes_at_the_next_request_in_every_process(processes: Processes) -> None:
    [rui] = [person for person in _all(processes) if person.email == email_of("rui")]
    header = processes.signed_in("rui")
    assert processes.seen_elsewhere(header).role is Role.REVIEWER

    processes.change(rui.id, role=Role.AUDITOR)
    assert processes.seen_elsewhere(header).role is Role.AUDITOR
    processes.change(rui.id, active=False)
    with pytest.raises(CredentialInvalid):
        processes.seen_elsewhere(header)


def test_a_machines_revoked_token_stops_counting_elsewhere_as_soon_as_that_follows(processes: Processes) -> None:
    with processes.program.uow.begin() as tx:
        secret, token = tokens.issue_token(tx, name="gate", purpose=Purpose.GATE, tenant_id=None, by=SYSTEM_PRINCIPAL)
    header = f"Bearer {secret}"
    processes.other.follow()
    assert processes.seen_elsewhere(header).role is Role.GATE
    with processes.program.uow.begin() as tx:
        tokens.revoke_token(tx, token.id, by=SYSTEM_PRINCIPAL)
    processes.other.follow()
    with pytest.raises(CredentialInvalid):
        processes.seen_elsewhere(header)


def _all(processes: Processes) -> list[Operator]:
    with processes.program.uow.look() as connection:
        return credentials.list_operators(connection, tenant_id=None, limit=1000)


def _of_role(processes: Processes, role: Role, tenant_id: str | None) -> list[Operator]:
    with processes.program.uow.look() as connection:
        return credentials.active_of_role(connection, role, tenant_id=tenant_id)
