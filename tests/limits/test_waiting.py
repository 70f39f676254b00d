"""Whoever sets quotas and whoever takes events never wait for each other crosswise."""

import threading

import pytest
from platforms import Platform, quota

from frostgate.base.model import SYSTEM
from frostgate.directory.service import TenantChanges, change_tenant, ensure_account
from servers import Databases
from together import is_somebody_waiting


@pytest.mark.parametrize("what", ["quota", "tenant"])
def test_an_account_is_registered_while_its_tenant_is_being_changed(databases: Databases, what: str) -> None:
    platform = Platform(databases.make("postgresql"))
    platform.tenant("acme")
    platform.tenant("bolt")
    done: list[str] = []

    def change() -> None:
        with platform.program.uow.begin() as tx:
            change_tenant(tx, "acme", TenantChanges(name="Acme and Sons"), actor=SYSTEM)

    def run() -> None:
        platform.overrides(quota(10)) if what == "quota" else change()
        done.append(what)

    thread = threading.Thread(target=run)
    # The journal's head is taken by the first account, the tenant by the thread, which then waits for the head.
    with platform.program.uow.begin() as tx:
        ensure_account(tx, "bolt", "li")
        thread.start()
        while not is_somebody_waiting(platform.program):
            assert thread.is_alive()
        ensure_account(tx, "acme", "han")
    thread.join()
    platform.close()
    assert done == [what]
