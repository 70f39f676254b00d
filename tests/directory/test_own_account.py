"""One's own password and factors: a borrowed session is not enough to take them, and what came first counts."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient

from authenticators import ORIGIN, Phone, SecurityKey
from frostgate.base.errors import Forbidden
from frostgate.base.vault import Vault
from frostgate.directory import service, signin, tokens
from frostgate.directory.attempts import PER_EMAIL, PER_PERSON, PER_PLACE
from frostgate.directory.errors import CredentialInvalid, GrantsTooMuch, TooManyAttempts, WrongCredentials
from frostgate.directory.factors import service as factors
from frostgate.directory.factors.model import Owner
from frostgate.directory.factors.passkeys import Json, RelyingParty
from frostgate.directory.model import Operator, Purpose
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import Role
from frostgate.directory.service import OperatorChanges
from frostgate.directory.sessions import listing, own
from frostgate.directory.sessions.opening import SignedIn, SignInKit
from frostgate.directory.sessions.own import Password

PASSWORD = "correct horse battery"
SITE = RelyingParty(id="example.com", name="Example", origins=(ORIGIN,))
NEW = "another long password"
GIVEN = "what the boss wrote down"


class Meanwhile(PasswordHasher):
    """Lets somebody else act once, right after a password was hashed or compared: it takes long."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.act: Callable[[], Any] | None = None

    def hash(self, *args: Any, **kwargs: Any) -> str:
        made = super().hash(*args, **kwargs)
        self._let()
        return made

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        found = super().verify(*args, **kwargs)
        self._let()
        return found

    def _let(self) -> None:
        act, self.act = self.act, None
        if act is not None:
            act()


class Office:
    """A house with a superintendent, and a reviewer whose requests take long."""

    def __init__(self, house: Any) -> None:
        self.house, self.slow = house, Meanwhile()
        house.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.boss = house.principal(Role.SUPERINTENDENT)
        self.rui = house.operator(Role.REVIEWER)
        self.session = house.sign_in(self.rui.email)
        key = base64.urlsafe_b64encode(bytes(range(32))).decode()
        vaulted = msgspec.structs.replace(house.kit.factors, vault=Vault([key], key_file=None), party=SITE)
        self.kit = SignInKit(passwords=Passwords(self.slow), factors=vaulted, second=house.kit.second)

    def resets(self, operator: Operator | None = None, password: str = GIVEN) -> None:
        whom = (operator or self.rui).id
        signin.reset_password(self.house.uow, whom, password=password, by=self.boss, passwords=self.house.passwords)

    def changes(self, current: str = PASSWORD, password: str = NEW, *, slow: bool = True) -> None:
        """The reviewer's new password, from their session."""
        hashing = self.kit.passwords if slow else self.house.passwords
        by = self.session.principal
        signin.change_own_password(self.house.uow, password=password, current=current, by=by, passwords=hashing)

    def makes(self, operator: Operator, **changes: Any) -> None:
        """The superintendent makes something else of an operator."""
        with self.house.uow.begin() as tx:
            service.change_operator(tx, operator.id, OperatorChanges(**changes), by=self.boss)

    def ends_all(self) -> None:
        """The superintendent signs the reviewer out everywhere."""
        with self.house.uow.begin() as tx:
            listing.end_all(tx, operator_id=self.rui.id, by=self.boss)

    def begins_totp(self) -> tuple[str, str]:
        """An app that waits for its first code: the factor, and what the app shows."""
        with self.house.uow.begin() as tx:
            owner, actor = Owner.of_operator(self.rui.id), self.session.principal.actor
            begun = factors.begin_totp(tx, owner, name="phone", kit=self.kit.factors, actor=actor)
        return begun.factor.id, Phone(begun.secret).shows(self.house.clock.now())

    def begins_passkey(self) -> Json:
        """What the reviewer's browser needs to make a passkey."""
        with self.house.uow.begin() as tx:
            return factors.begin_passkey(tx, Owner.of_operator(self.rui.id), kit=self.kit.factors)

    def opens(self, password: str) -> bool:
        """Whether the reviewer comes in with a password."""
        try:
            self.house.sign_in(self.rui.email, password)
        except WrongCredentials:
            return False
        return True


@pytest.fixture
def office(house: Any) -> Office:
    return Office(house)


def test_a_password_that_was_reset_meanwhile_stays_the_one_that_counts(office: Office) -> None:
    office.slow.act = office.resets
    with pytest.raises(CredentialInvalid):
        office.changes()
    assert [office.opens(each) for each in (PASSWORD, NEW, GIVEN)] == [False, False, True]


def test_of_two_changes_of_one_password_the_first_counts_and_the_other_was_proven_by_nothing(office: Office) -> None:
    office.slow.act = lambda: office.changes(password=GIVEN, slow=False)  # from the same session, which goes on
    with pytest.raises(WrongCredentials):
        office.changes()
    assert [office.opens(each) for each in (PASSWORD, NEW, GIVEN)] == [False, False, True]


def change_of(office: Office, what: str) -> Callable[[], object]:
    """A change of the reviewer's factors with the password as proof."""
    given = {"proof": Password(PASSWORD), "kit": office.kit, "by": office.session.principal}
    if what == "codes":
        return lambda: own.renew_codes(office.house.uow, **given)
    if what == "passkey":
        credential = SecurityKey().creates(office.begins_passkey())
        return lambda: own.enrol_passkey(office.house.uow, name="key", credential=credential, **given)
    factor, code = office.begins_totp()
    if what == "confirm":
        return lambda: own.confirm_totp(office.house.uow, factor, code=code, **given)
    return lambda: own.remove_factor(office.house.uow, factor, **given)


@pytest.mark.parametrize("what", ["codes", "confirm", "remove", "passkey"])
def test_a_session_that_ended_meanwhile_changes_no_factors(office: Office, what: str) -> None:
    change = change_of(office, what)
    office.slow.act = office.ends_all
    before = len(office.house.facts())
    with pytest.raises(CredentialInvalid):
        change()
    assert office.house.facts()[before:] == ["token.revoked"]


@pytest.mark.parametrize("what", ["codes", "confirm", "remove", "passkey"])
def test_a_password_that_is_no_longer_the_one_proves_no_change_of_factors(office: Office, what: str) -> None:
    change = change_of(office, what)
    office.slow.act = lambda: office.changes(slow=False)
    before = len(office.house.facts())
    with pytest.raises(WrongCredentials):
        change()
    assert office.house.facts()[before:] == ["operator.changed"]


def test_whoever_was_promoted_meanwhile_has_no_password_from_somebody_who_may_do_less(office: Office) -> None:
    house = office.house
    house.tenant("acme")
    member = house.operator(Role.MEMBER, tenant_id="acme", email="li@acme.example")
    admin = house.principal(Role.ADMINISTRATOR, tenant_id="acme")
    office.slow.act = lambda: office.makes(member, role=Role.OWNER)
    with pytest.raises(GrantsTooMuch):
        signin.reset_password(house.uow, member.id, password=GIVEN, by=admin, passwords=office.kit.passwords)
    assert house.sign_in(member.email).principal.role is Role.OWNER


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"role": Role.MEMBER}, Forbidden), ({"active": False}, CredentialInvalid)],
)
def test_whoever_lost_the_power_meanwhile_resets_nothing(
    office: Office, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    house = office.house
    house.tenant("acme")
    member = house.operator(Role.MEMBER, tenant_id="acme", email="li@acme.example")
    admin = house.principal(Role.ADMINISTRATOR, tenant_id="acme")
    assert admin.operator is not None
    their = admin.operator
    office.slow.act = lambda: office.makes(their, **changes)
    with pytest.raises(refusal):
        signin.reset_password(house.uow, member.id, password=GIVEN, by=admin, passwords=office.kit.passwords)
    assert house.sign_in(member.email)


def test_whoever_was_signed_out_meanwhile_adds_nobody(office: Office, client: TestClient[Any]) -> None:
    house = office.house
    signed_in: SignedIn = house.sign_in("superintendent@frostgate.example")
    house.passwords = office.kit.passwords

    def sign_out() -> None:
        with house.uow.begin() as tx:
            tokens.revoke_token(tx, signed_in.token.id, by=office.boss)

    office.slow.act = sign_out
    new = {"email": "mole@frostgate.example", "name": "Mole", "role": "superintendent", "password": NEW}
    answer = client.post("/operators", json=new, headers={"authorization": f"Bearer {signed_in.secret}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.invalid")
    with pytest.raises(WrongCredentials):
        house.sign_in("mole@frostgate.example", NEW)


def test_neither_a_session_nor_a_token_from_it_resets_ones_own_password(
    office: Office, client: TestClient[Any]
) -> None:
    house = office.house
    assert office.boss.operator is not None
    path = f"/operators/{office.boss.operator.id}/password"
    session = house.sign_in(office.boss.operator.email).secret
    first, _ = house.token(Purpose.API, role=Role.SUPERINTENDENT, by=office.boss)
    second, _ = house.token(
        Purpose.API, role=Role.SUPERINTENDENT, by=house.authenticator.authenticate(f"Bearer {first}")
    )
    for secret in (session, first, second):
        answer = client.put(path, json={"password": NEW}, headers={"authorization": f"Bearer {secret}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "operator.own_account")
    body = {"current": PASSWORD, "password": NEW}
    refused = client.put("/session/password", json=body, headers={"authorization": f"Bearer {first}"})
    assert refused.json()["code"] == "auth.person_needed"
    assert house.sign_in(office.boss.operator.email)

    elses = f"/operators/{office.rui.id}/password"
    assert client.put(elses, json={"password": NEW}, headers={"authorization": f"Bearer {first}"}).status_code == 204
    assert office.opens(NEW)


def test_what_a_whole_tenant_gets_wrong_is_in_nobody_elses_way(office: Office) -> None:
    house = office.house
    house.tenant("acme")
    for number in range(PER_PLACE // PER_PERSON + 1):
        them = house.sign_in(
            house.operator(Role.MEMBER, tenant_id="acme", email=f"m{number}@acme.example").email
        ).principal
        for _ in range(PER_PERSON):
            with pytest.raises(WrongCredentials):
                signin.change_own_password(house.uow, password=NEW, current="wrong", by=them, passwords=house.passwords)
    office.changes()
    assert office.opens(NEW)


def test_wrong_tries_at_ones_own_password_are_not_counted_at_sign_in(office: Office) -> None:
    for _ in range(PER_PERSON):
        with pytest.raises(WrongCredentials):
            office.changes("wrong")
    with pytest.raises(TooManyAttempts):
        office.changes()
    for number in range(PER_EMAIL - 1):
        with pytest.raises(WrongCredentials):
            office.house.sign_in(office.rui.email, "wrong", address=f"198.51.100.{number}")
    assert office.house.sign_in(office.rui.email, address="192.0.2.1")
