"""Who may call the hot endpoints, and which tenants exist: answers from memory."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping

import sqlalchemy as sa

from frostgate.base.errors import Forbidden
from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import store
from frostgate.directory.auth import Authenticator
from frostgate.directory.model import Principal, UnknownAccounts
from frostgate.directory.permissions import Permission

Admit = Callable[[bytes | None], Awaitable[Principal]]


def admission(authenticator: Authenticator, needs: Permission) -> Admit:
    """A check for one permission that costs a look-up where the caller is known."""

    async def admit(authorization: bytes | None) -> Principal:
        """The caller.

        Raises:
            Unauthenticated: no valid credential.
            Forbidden: its role does not allow this.
        """
        caller = authenticator.remembered(authorization)
        if caller is None:
            caller = await asyncio.to_thread(authenticator.authenticate, authorization)
        # Each request of an emergency is put on record, and these roads have no time for that.
        if not caller.may(needs) or caller.emergency_id is not None:
            raise Forbidden
        return caller

    return admit


class TenantRules:
    """What intake must know of each tenant: all of it in memory, because the event loop and each slice ask.

    `reload` reads it before the first answer, after a tenant changed here, and now and then, because another process
    may have changed one. A tenant that is not there is not known, so its events never come to `unknown`.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._turn = threading.Lock()
        self._rules: Mapping[str, UnknownAccounts] = {}

    def knows(self, tenant_id: str) -> bool:
        """Whether there is such a tenant."""
        return tenant_id in self._rules

    def unknown(self, connection: sa.Connection, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (tenant, account) the tenant wants refused, because nobody registered them."""
        rules = self._rules
        asked: dict[str, set[str]] = {}
        for tenant_id, account_id in accounts:
            if rules.get(tenant_id) is UnknownAccounts.REFUSE:
                asked.setdefault(tenant_id, set()).add(account_id)
        refused: set[tuple[str, str]] = set()
        for tenant_id, names in asked.items():
            known = store.find_accounts(connection, sorted(names), tenant_id=tenant_id)
            refused.update((tenant_id, name) for name in names - known.keys())
        return refused

    def reload(self) -> None:
        """Read every tenant's rule and replace them all at once; never from the event loop.

        Whoever begins to read later has read later when both are done, so an older reading never replaces a newer one.

        Raises:
            StoreUnavailable: the database cannot be reached; what was known stays.
        """
        with self._turn, self._uow.look() as connection:
            rows = connection.execute(sa.select(store.tenants.c.id, store.tenants.c.unknown_accounts))
            self._rules = {row.id: UnknownAccounts(row.unknown_accounts) for row in rows}

    def forget_after(self, tx: Tx, _fact: Fact, _actor: Actor) -> None:
        """Reaction to a change of a tenant: what was known of it is read again."""
        tx.after_commit(self.reload)
