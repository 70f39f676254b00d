"""Who may call the hot endpoints, and which tenants exist: answers from memory, the database only when they are new."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from frostgate.base.errors import Forbidden
from frostgate.base.model import Actor, Fact
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.directory import store
from frostgate.directory.auth import Authenticator
from frostgate.directory.errors import TenantUnknown
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
        if not caller.may(needs):
            raise Forbidden
        return caller

    return admit


class TenantRules:
    """What intake must know of each tenant, remembered until the tenant changes.

    Another process may have changed it: `forget` is called now and then, and a tenant that is not known is read.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._rules: dict[str, UnknownAccounts] = {}

    def knows(self, tenant_id: str) -> bool:
        """Whether there is such a tenant."""
        return self._rule(tenant_id) is not None

    def unknown(self, tx: Tx, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (tenant, account) the tenant wants refused, because nobody registered them."""
        asked: dict[str, set[str]] = {}
        for tenant_id, account_id in accounts:
            if self._rules.get(tenant_id) is UnknownAccounts.REFUSE:
                asked.setdefault(tenant_id, set()).add(account_id)
        refused: set[tuple[str, str]] = set()
        for tenant_id, names in asked.items():
            known = store.find_accounts(tx.connection, sorted(names), tenant_id=tenant_id)
            refused.update((tenant_id, name) for name in names - known.keys())
        return refused

    def forget(self) -> None:
        """Read every tenant again when it is next asked about."""
        self._rules = {}

    def forget_after(self, tx: Tx, _fact: Fact, _actor: Actor) -> None:
        """Reaction to a change of a tenant."""
        tx.after_commit(self.forget)

    def _rule(self, tenant_id: str) -> UnknownAccounts | None:
        found = self._rules.get(tenant_id)
        if found is None:
            try:
                with self._uow.look() as connection:
                    found = store.get_tenant(connection, tenant_id).unknown_accounts
            except TenantUnknown:
                return None
            self._rules[tenant_id] = found
        return found
