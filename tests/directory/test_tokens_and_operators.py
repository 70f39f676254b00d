"""Tokens and the people who issue them: nobody hands out more than they hold."""

import threading
from datetime import timedelta

import pytest

from frostgate.base.errors import NotFound, Unauthenticated
from frostgate.directory import service, tokens
from frostgate.directory.auth import REMEMBERED_FOR, SYSTEM_PRINCIPAL, Authenticator
from frostgate.directory.errors import (
    CredentialInvalid,
    EmailTaken,
    GrantsTooMuch,
    LastSuperintendent,
    LifetimeUnusable,
    RoleIsForMachines,
    RoleIsForStaff,
    RoleNeedsTenant,
    TenantUnknown,
    TokenRoleUnusable,
)
from frostgate.directory.model import Purpose
from frostgate.directory.permissions import MACHINE_ROLES, PERMISSIONS, Permission, Role
from frostgate.directory.service import OperatorChanges


def change(house, operator, by=SYSTEM_PRINCIPAL, **changes):
    with house.uow.begin() as tx:
        return service.change_operator(tx, operator.id, OperatorChanges(**changes), by=by)


def test_every_role_stands_in_the_table_and_only_superintendents_may_everything():
    assert PERMISSIONS.keys() == set(Role)
    assert {r for r, may in PERMISSIONS.items() if may == frozenset(Permission)} == {Role.SUPERINTENDENT}
    assert {role: len(PERMISSIONS[role]) for role in MACHINE_ROLES} == {
        Role.INGEST: 1,
        Role.GATE: 3,
        Role.VERIFIER: 1,
        Role.PORTAL: 7,
    }
    assert Permission.DECISIONS_READ not in PERMISSIONS[Role.OWNER]


@pytest.mark.parametrize("header", [None, "", b""])
def test_no_header_asks_for_one(house, header):
    with pytest.raises(Unauthenticated) as refused:
        house.authenticator.authenticate(header)
    assert refused.value.code == "auth.required"


@pytest.mark.parametrize(
    "header",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer ",
        "Bearer short",
        "Bearer fg_session_" + "a" * 43,
        "Bearer fg_session_" + "a" * 43 + "\n",
        b"\xff\xfe",
        "Bearer 令牌",
    ],
)
def test_a_credential_that_is_none_is_refused(house, header):
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(header)


def test_a_gate_token_may_ask_the_gate_and_take_from_limits_and_nothing_else(house):
    house.tenant("acme")
    secret, token_id = house.token(Purpose.GATE, tenant_id="acme")
    principal = house.authenticator.authenticate(f"bearer {secret}".encode())

    assert principal.permissions == {Permission.GATE_ASK, Permission.LIMITS_READ, Permission.LIMITS_TAKE}
    assert str(principal.actor) == f"token:{token_id}"
    principal.within("acme")
    with pytest.raises(NotFound):
        principal.within("globex")
    with pytest.raises(NotFound):
        principal.within(None)


def test_a_revoked_token_stops_counting_at_once_in_this_process(house):
    secret, token_id = house.token(Purpose.INGEST)
    assert house.authenticator.authenticate(f"Bearer {secret}")
    with house.uow.begin() as tx:
        tokens.revoke_token(tx, token_id, by=SYSTEM_PRINCIPAL)
        assert house.authenticator.remembered(f"Bearer {secret}"), "nothing is forgotten before it is saved"
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(f"Bearer {secret}")


def test_a_revoked_token_stops_counting_soon_in_other_processes(house):
    elsewhere = Authenticator(house.database, clock=house.clock, seconds=lambda: house.clock.now().timestamp())
    secret, token_id = house.token(Purpose.INGEST)
    assert elsewhere.authenticate(f"Bearer {secret}")
    with house.uow.begin() as tx:
        tokens.revoke_token(tx, token_id, by=SYSTEM_PRINCIPAL)
    house.clock.move(timedelta(seconds=REMEMBERED_FOR))
    with pytest.raises(CredentialInvalid):
        elsewhere.authenticate(f"Bearer {secret}")


def test_what_was_read_before_a_revocation_is_not_remembered_after_it(house):
    secret, token_id = house.token(Purpose.INGEST)

    class Slow(Authenticator):
        def _read(self, secret_hash):
            answer = super()._read(secret_hash)
            with house.uow.begin() as tx:
                tokens.revoke_token(tx, token_id, by=SYSTEM_PRINCIPAL)
            self.forget()
            return answer

    slow = Slow(house.database, clock=house.clock)
    assert slow.authenticate(f"Bearer {secret}")
    assert slow.remembered(f"Bearer {secret}") is None


def test_a_token_expires_even_while_it_is_remembered(house):
    secret, _ = house.token(Purpose.INGEST, expires_at=house.clock.now() + timedelta(seconds=1))
    assert house.authenticator.authenticate(f"Bearer {secret}")
    house.clock.move(timedelta(seconds=1))
    assert house.authenticator.remembered(f"Bearer {secret}") is None
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(f"Bearer {secret}")


def test_an_api_token_never_may_more_than_its_issuer_may_now(house):
    boss = house.operator(Role.SUPERINTENDENT)
    house.operator(Role.SUPERINTENDENT, email="other@frostgate.example")
    by = house.sign_in(boss.email).principal
    secret, _ = house.token(Purpose.API, role=Role.LEAD, by=by)
    ingest, _ = house.token(Purpose.INGEST, by=by)
    header = f"Bearer {secret}"
    assert house.authenticator.authenticate(header).may(Permission.BANS_APPROVE)

    change(house, boss, role=Role.REVIEWER)
    assert not house.authenticator.authenticate(header).may(Permission.BANS_APPROVE)
    assert house.authenticator.authenticate(header).may(Permission.CASES_DECIDE)
    change(house, boss, active=False)
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(header)
    assert house.authenticator.authenticate(f"Bearer {ingest}"), "a customer's events do not stop with a person"


def test_a_token_that_a_token_issued_ends_with_the_same_person(house):
    boss = house.operator(Role.SUPERINTENDENT)
    house.operator(Role.SUPERINTENDENT, email="other@frostgate.example")
    first, _ = house.token(Purpose.API, role=Role.SUPERINTENDENT, by=house.sign_in(boss.email).principal)
    program = house.authenticator.authenticate(f"Bearer {first}")
    assert (program.operator, program.operator_id) == (None, boss.id)
    second, _ = house.token(Purpose.API, role=Role.LEAD, by=program)
    assert house.authenticator.authenticate(f"Bearer {second}").operator_id == boss.id

    change(house, boss, active=False)

    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(f"Bearer {second}")


def test_only_who_may_report_conditions_issues_a_verifiers_token(house):
    house.tenant("acme")
    admin = house.principal(Role.OWNER, tenant_id="acme")
    with pytest.raises(GrantsTooMuch):
        house.token(Purpose.VERIFIER, tenant_id="acme", by=admin)
    secret, _ = house.token(Purpose.VERIFIER, tenant_id="acme")
    assert house.authenticator.authenticate(f"Bearer {secret}").permissions == {Permission.CONDITIONS_REPORT}


@pytest.mark.parametrize(
    ("purpose", "role"),
    [
        (Purpose.SESSION, Role.LEAD),
        (Purpose.API, None),
        (Purpose.API, Role.INGEST),
        (Purpose.API, Role.OWNER),
        (Purpose.GATE, Role.LEAD),
        (Purpose.VERIFIER, Role.GATE),
    ],
)
def test_purpose_and_role_go_together(house, purpose, role):
    with pytest.raises(TokenRoleUnusable):
        house.token(purpose, role=role)


def test_tokens_need_a_future_and_a_tenant_that_exists(house):
    with pytest.raises(LifetimeUnusable):
        house.token(Purpose.GATE, expires_at=house.clock.now())
    with pytest.raises(TenantUnknown):
        house.token(Purpose.GATE, tenant_id="nowhere")


def test_a_tenants_administrator_hands_out_only_their_own_powers_in_their_own_house(house):
    house.tenant("acme")
    house.tenant("globex")
    admin = house.principal(Role.OWNER, tenant_id="acme")

    house.token(Purpose.INGEST, tenant_id="acme", by=admin)
    house.token(Purpose.API, tenant_id="acme", role=Role.OWNER, by=admin)
    with pytest.raises(GrantsTooMuch):
        house.token(Purpose.API, tenant_id="acme", role=Role.REVIEWER, by=admin)
    for elsewhere in ("globex", None):
        with pytest.raises(NotFound):
            house.token(Purpose.INGEST, tenant_id=elsewhere, by=admin)
    _, theirs = house.token(Purpose.INGEST, tenant_id="globex")
    with pytest.raises(NotFound), house.uow.begin() as tx:
        tokens.revoke_token(tx, theirs, by=admin)


def test_a_change_of_role_counts_at_once_and_deactivation_signs_out(house):
    reviewer = house.operator(Role.REVIEWER)
    header = f"Bearer {house.sign_in(reviewer.email).secret}"
    house.authenticator.authenticate(header)
    change(house, reviewer, role=Role.AUDITOR)
    assert house.authenticator.authenticate(header).role is Role.AUDITOR
    change(house, reviewer, active=False)
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(header)
    change(house, reviewer, active=True)
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(header)


@pytest.mark.parametrize("changes", [{"active": False}, {"role": Role.LEAD}])
def test_the_last_superintendent_stays(house, changes):
    boss = house.operator(Role.SUPERINTENDENT)
    with pytest.raises(LastSuperintendent):
        change(house, boss, **changes)
    change(house, boss, name="Still the boss")
    house.operator(Role.SUPERINTENDENT, email="second@frostgate.example")
    change(house, boss, **changes)


def test_two_superintendents_who_demote_each_other_at_once_leave_one(house):
    pair = [house.operator(Role.SUPERINTENDENT, email=f"{n}@frostgate.example") for n in "ab"]
    refused = []

    def demote(operator):
        try:
            change(house, operator, active=False)
        except LastSuperintendent as error:
            refused.append(error)

    threads = [threading.Thread(target=demote, args=(operator,)) for operator in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_an_unchanged_operator_is_no_fact(house):
    reviewer = house.operator(Role.REVIEWER)
    change(house, reviewer, name=reviewer.name)
    assert house.facts() == ["operator.added"]


@pytest.mark.parametrize(
    ("role", "tenant_id", "refusal"),
    [
        (Role.GATE, None, RoleIsForMachines),
        (Role.OWNER, None, RoleNeedsTenant),
        (Role.LEAD, "acme", RoleIsForStaff),
        (Role.OWNER, "nowhere", TenantUnknown),
    ],
)
def test_roles_and_tenants_go_together(house, role, tenant_id, refusal):
    house.tenant("acme")
    with pytest.raises(refusal):
        house.operator(role, tenant_id=tenant_id)


def test_an_address_belongs_to_one_operator(house):
    house.operator(Role.LEAD, email="li@frostgate.example")
    with pytest.raises(EmailTaken):
        house.operator(Role.AUDITOR, email="LI@frostgate.example")


def test_nobody_promotes_anybody_above_themselves(house):
    house.tenant("acme")
    admin = house.principal(Role.OWNER, tenant_id="acme")
    other = house.operator(Role.OWNER, tenant_id="acme", email="other@acme.example")
    boss = house.operator(Role.SUPERINTENDENT)
    with pytest.raises(RoleIsForStaff):
        change(house, other, by=admin, role=Role.SUPERINTENDENT)
    with pytest.raises(NotFound):
        change(house, boss, by=admin, active=False)
    lead = house.principal(Role.LEAD)
    with pytest.raises(GrantsTooMuch):
        change(house, boss, by=lead, name="mine now")
