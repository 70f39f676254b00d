"""Factors that two change at the same moment: what counts is how things stand then, and nobody waits crosswise."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from authenticators import Phone
from frostgate.base.model import SYSTEM
from frostgate.directory.factors import service, store
from frostgate.directory.factors.model import Factor, FactorState, FactorUnknown, Owner, ProofNeeded
from house import House
from servers import Databases
from together import is_somebody_waiting, just_before
from world import FACTORS, SECRETS

LI = {"owner": Owner("acme", "li")}
JOURNAL = "FROM journal_head"
STEP = timedelta(seconds=30)


class Phones(House):
    """What a holder does with authenticator apps."""

    def begins(self) -> tuple[str, Phone]:
        """The factor's id, and the app."""
        with self.program.uow.begin() as tx:
            made = service.begin_totp(tx, **LI, name="phone", kit=self.program.factors, actor=SYSTEM)
        return made.factor.id, Phone(made.secret)

    def confirms(self, factor_id: str, phone: Phone) -> None:
        code = phone.shows(self.clock.now())
        how = {"code": code, "proof": None, "kit": self.program.factors, "actor": SYSTEM}
        service.confirm_totp(self.program.uow, factor_id, **LI, **how)

    def removes(self, factor_id: str, *, proof: str | None = None) -> None:
        how = {"proof": proof, "kit": self.program.factors, "actor": SYSTEM}
        service.remove_own_factor(self.program.uow, factor_id, **LI, **how)

    def loses(self, factor_id: str) -> None:
        """The tenant's administrator removes what the holder has lost."""
        with self.program.uow.begin() as tx:
            service.remove_factor(tx, factor_id, **LI, kit=self.program.factors, actor=SYSTEM)

    def listed(self) -> list[Factor]:
        with self.program.uow.look() as connection:
            return store.list_factors(connection, **LI)


@pytest.fixture
def phones(databases: Databases) -> Iterator[Phones]:
    built = Phones(databases.make("postgresql"), factors=FACTORS, secrets=SECRETS)
    built.tenant()
    yield built
    built.close()


def test_a_set_up_that_was_confirmed_just_now_is_not_removed_without_a_proof(phones: Phones) -> None:
    begun, phone = phones.begins()
    with just_before(phones.program, JOURNAL, lambda: phones.confirms(begun, phone)), pytest.raises(ProofNeeded):
        phones.removes(begun)
    assert [factor.state for factor in phones.listed()] == [FactorState.ACTIVE]


def test_whoever_proves_with_a_factor_does_not_wait_for_whoever_removes_it(phones: Phones) -> None:
    begun, phone = phones.begins()
    phones.confirms(begun, phone)
    phones.clock.move(STEP)
    removed: list[str] = []

    def lose() -> None:
        phones.loses(begun)
        removed.append(begun)

    thread = threading.Thread(target=lose)

    def overtake() -> None:
        thread.start()
        while thread.is_alive() and not is_somebody_waiting(phones.program):
            pass

    with just_before(phones.program, JOURNAL, overtake), pytest.raises(FactorUnknown):
        phones.removes(begun, proof=phone.shows(phones.clock.now()))
    thread.join()
    assert removed == [begun]
    assert phones.listed() == []
