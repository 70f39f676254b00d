"""Signing in: the right password opens, the wrong one never tells, and nobody is kept out for ever."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from frostgate.base.database import metadata
from frostgate.directory import credentials, service, signin
from frostgate.directory.attempts import PER_EMAIL, PER_PAIR, PER_PERSON, PER_PLACE, WINDOW, place
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.errors import (
    CredentialInvalid,
    GrantsTooMuch,
    OperatorsAlreadyExist,
    PasswordWeak,
    TooManyAttempts,
    WrongCredentials,
)
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import Permission, Role

PASSWORD = "correct horse battery"


def test_the_right_password_opens_a_session_of_twelve_hours(house):
    operator = house.operator(Role.REVIEWER)
    signed_in = house.sign_in("  Reviewer@Frostgate.example ")

    assert signed_in.principal.operator == operator
    assert signed_in.principal.may(Permission.CASES_DECIDE)
    assert not signed_in.principal.may(Permission.BANS_APPROVE)
    house.clock.move(timedelta(hours=12) - timedelta(seconds=1))
    assert house.authenticator.authenticate(f"Bearer {signed_in.secret}") == signed_in.principal
    house.clock.move(timedelta(seconds=1))
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(f"Bearer {signed_in.secret}")


def test_wrong_password_unknown_address_and_inactive_operator_sound_alike(house):
    operator = house.operator(Role.REVIEWER)
    house.operator(Role.SUPERINTENDENT)
    with house.uow.begin() as tx:
        service.change_operator(tx, operator.id, service.OperatorChanges(active=False), by=SYSTEM_PRINCIPAL)
    said = []
    for email, password in [
        ("superintendent@frostgate.example", "wrong"),
        ("nobody@frostgate.example", PASSWORD),
        (operator.email, PASSWORD),
        ("not an address", PASSWORD),
        ("nul\0@frostgate.example", PASSWORD),
    ]:
        with pytest.raises(WrongCredentials) as refused:
            house.sign_in(email, password)
        said.append((refused.value.code, refused.value.params))
    assert said == [("auth.wrong_credentials", {})] * 5


def test_an_unknown_address_costs_the_same_hashing(house):
    class Counting(PasswordHasher):
        compared = 0

        def verify(self, *args, **kwargs):
            Counting.compared += 1
            return super().verify(*args, **kwargs)

    house.passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    with pytest.raises(WrongCredentials):
        house.sign_in("nobody@frostgate.example")
    assert Counting.compared == 1


def test_no_secret_is_stored_or_journalled(house):
    operator = house.operator(Role.REVIEWER)
    secret = house.sign_in(operator.email).secret
    with pytest.raises(WrongCredentials):
        house.sign_in("my-password-by-mistake")

    stored = house.everything_stored()
    assert secret not in stored
    assert PASSWORD not in stored
    assert "my-password-by-mistake" not in stored
    with house.uow.look() as connection:
        bodies = str(connection.execute(metadata.tables["journal"].select()).all())
    assert "argon2" not in bodies
    assert house.facts() == ["operator.added", "session.opened"]


def test_failures_from_one_place_are_limited_and_the_limit_ends(house):
    operator = house.operator(Role.REVIEWER)
    for _ in range(PER_PAIR):
        with pytest.raises(WrongCredentials):
            house.sign_in(operator.email, "wrong")
    house.clock.move(timedelta(minutes=5))
    with pytest.raises(TooManyAttempts) as refused:
        house.sign_in(operator.email)
    assert refused.value.params == {"retry_after": 600, "minutes": 10}

    house.clock.move(timedelta(minutes=5))
    with pytest.raises(TooManyAttempts):  # trying on while blocked does not make the block longer
        house.sign_in(operator.email)
    house.clock.move(timedelta(minutes=5))
    assert house.sign_in(operator.email)


def test_strangers_who_guess_everywhere_do_not_keep_the_owner_out(house):
    operator = house.operator(Role.REVIEWER)
    house.sign_in(operator.email, address="203.0.113.7")
    for guess in range(PER_EMAIL):
        with pytest.raises(WrongCredentials):
            house.sign_in(operator.email, "wrong", address=f"198.51.100.{guess}")

    with pytest.raises(TooManyAttempts):
        house.sign_in(operator.email, address="192.0.2.1")
    assert house.sign_in(operator.email, address="203.0.113.7")


def test_one_place_cannot_try_one_password_on_everybody(house):
    house.operator(Role.REVIEWER)
    for guess in range(PER_PLACE):
        with pytest.raises(WrongCredentials):
            house.sign_in(f"somebody-{guess}@frostgate.example", "wrong")
    with pytest.raises(TooManyAttempts):
        house.sign_in("reviewer@frostgate.example")


def test_right_passwords_do_not_count_and_do_not_cover_guesses(house):
    operator = house.operator(Role.REVIEWER)
    for _ in range(PER_PLACE + 1):
        house.sign_in(operator.email)
    for guess in range(PER_PLACE):
        with pytest.raises(WrongCredentials):
            house.sign_in(f"somebody-{guess}@frostgate.example", "wrong")
        house.sign_in(operator.email)
    with pytest.raises(TooManyAttempts):
        house.sign_in("somebody-else@frostgate.example", "wrong")


def test_old_counters_are_swept_away(house):
    house.operator(Role.REVIEWER)
    with pytest.raises(WrongCredentials):
        house.sign_in("nobody@frostgate.example")
    house.clock.move(WINDOW)
    house.sign_in("reviewer@frostgate.example")
    with house.uow.look() as connection:
        left = connection.execute(metadata.tables["sign_in_attempts"].select()).all()
    assert {row.failures for row in left} == {0}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_household_is_one_place(address, expected):
    assert place(address) == expected


def test_a_password_hashed_with_old_parameters_is_hashed_again(house):
    operator = house.operator(Role.REVIEWER)
    house.passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    house.sign_in(operator.email)
    with house.uow.look() as connection:
        found = credentials.find_credentials(connection, email=operator.email)
    assert found is not None
    assert not house.passwords.is_stale(found[1])
    assert house.sign_in(operator.email)


def test_signing_out_ends_the_session_at_once(house):
    operator = house.operator(Role.REVIEWER)
    signed_in = house.sign_in(operator.email)
    header = f"Bearer {signed_in.secret}"
    assert house.authenticator.authenticate(header)
    with house.uow.begin() as tx:
        signin.sign_out(tx, principal=signed_in.principal)
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(header)
    assert house.facts()[-1] == "token.revoked"


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(house):
    operator = house.operator(Role.REVIEWER)
    here, there = house.sign_in(operator.email), house.sign_in(operator.email)

    def change(password, current):
        signin.change_own_password(
            house.uow, password=password, current=current, by=here.principal, passwords=house.passwords
        )

    with pytest.raises(WrongCredentials):
        change("another long password", "wrong")
    with pytest.raises(PasswordWeak):
        change("short", PASSWORD)
    change("another long password", PASSWORD)

    assert house.authenticator.authenticate(f"Bearer {here.secret}")
    with pytest.raises(CredentialInvalid):
        house.authenticator.authenticate(f"Bearer {there.secret}")
    with pytest.raises(WrongCredentials):
        house.sign_in(operator.email)
    assert house.sign_in(operator.email, "another long password")


def test_a_borrowed_session_cannot_guess_at_the_current_password(house):
    operator = house.operator(Role.REVIEWER)
    here = house.sign_in(operator.email)

    def guess():
        signin.change_own_password(
            house.uow,
            password="another long password",
            current="wrong",
            by=here.principal,
            passwords=house.passwords,
        )

    for _ in range(PER_PERSON):
        with pytest.raises(WrongCredentials):
            guess()
    with pytest.raises(TooManyAttempts):
        guess()


def test_nobody_resets_the_password_of_somebody_who_may_do_more(house):
    house.tenant("acme")
    boss = house.operator(Role.SUPERINTENDENT)
    lead = house.principal(Role.LEAD)
    with pytest.raises(GrantsTooMuch):
        signin.reset_password(house.uow, boss.id, password="taken over by me", by=lead, passwords=house.passwords)


def test_the_first_superintendent_is_made_once(house):
    made = signin_bootstrap(house)
    assert made.role is Role.SUPERINTENDENT
    assert house.sign_in("root@frostgate.example").principal.permissions == frozenset(Permission)
    with pytest.raises(OperatorsAlreadyExist):
        signin_bootstrap(house, "second@frostgate.example")


def signin_bootstrap(house, email="root@frostgate.example"):
    return service.bootstrap(house.uow, email=email, password=PASSWORD, passwords=house.passwords)
