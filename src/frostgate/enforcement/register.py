"""The register: who may not use what, in memory, so that the gate answers in a fraction of a microsecond.

It holds a line only for subjects that something is open against; everybody else is free. It is rebuilt from the
store when the process starts, changed right after each commit, and follows the store for what other processes did.
Writers take turns and any thread reads without waiting: a line is replaced whole and never changed in place.
"""

import threading
from collections.abc import Iterable

from frostgate.enforcement.store import Bite, Entry
from frostgate.standing.model import CAPABILITIES, Kind, Permit, Service

_FREE: dict[str, tuple[Permit, Bite | None]] = {service.value: (Permit.ALLOWED, None) for service in Service}


class Register:
    """Permits by tenant and account, at a revision."""

    def __init__(self) -> None:
        self.revision = 0
        self._writing = threading.Lock()
        self._revisions: dict[tuple[str, str], int] = {}  # also of who is free again: old news must stay old
        self._bites: dict[tuple[str, str], tuple[Bite, ...]] = {}
        self._permits: dict[tuple[str, str], dict[str, tuple[Permit, Bite | None]]] = {}
        self._tenants_on_hold: frozenset[str] = frozenset()

    def permit(self, tenant_id: str, account_id: str, service: str) -> tuple[Permit, Bite | None]:
        """What standing permits, and the hold that decides where it is less than everything.

        Raises:
            KeyError: there is no such service.
        """
        line = self._permits.get((tenant_id, account_id))
        if line is None and tenant_id in self._tenants_on_hold:
            line = self._permits.get((tenant_id, ""))  # None where the tenant was thawed between the two look-ups
        return (_FREE if line is None else line)[service]

    def apply(self, entries: Iterable[Entry]) -> None:
        """Take over newer lines; one that is older than what we have changes nothing."""
        with self._writing:
            for entry in entries:
                key = (entry.tenant_id, entry.account_id)
                if entry.revision > self._revisions.get(key, 0):
                    self._revisions[key] = entry.revision
                    if entry.bites:
                        self._bites[key] = entry.bites
                    else:
                        self._bites.pop(key, None)
                    self._refold(entry.tenant_id, entry.account_id)
                self.revision = max(self.revision, entry.revision)

    def on_hold(self) -> int:
        """How many subjects something is open against."""
        return len(self._bites)

    def _refold(self, tenant_id: str, account_id: str) -> None:
        """Fold again whatever this line touches: a tenant's holds count for each of its accounts."""
        if account_id:
            self._fold_one(tenant_id, account_id)
            return
        # Readers look at the set first, so it never names a tenant whose line is not there.
        if (tenant_id, "") in self._bites:
            self._fold_one(tenant_id, "")
            self._tenants_on_hold |= {tenant_id}
        else:
            self._tenants_on_hold -= {tenant_id}
            self._fold_one(tenant_id, "")
        for tenant, account in {*self._bites, *self._permits}:
            if tenant == tenant_id and account:
                self._fold_one(tenant, account)

    def _fold_one(self, tenant_id: str, account_id: str) -> None:
        own = self._bites.get((tenant_id, account_id), ())
        inherited = self._bites.get((tenant_id, ""), ()) if account_id else ()
        if own or inherited:
            self._permits[tenant_id, account_id] = _fold((*own, *inherited))
        else:
            self._permits.pop((tenant_id, account_id), None)


def _fold(bites: Iterable[Bite]) -> dict[str, tuple[Permit, Bite | None]]:
    """The same fold as `standing.model.standing`, kept with the hold that decides each service."""
    line = dict(_FREE)
    for bite in sorted(bites, key=lambda b: (-b.kind, b.placed_at, b.id)):
        for service in bite.services:
            permit = CAPABILITIES[Kind(bite.kind)][Service(service)]
            if permit > line[service][0]:
                line[service] = (permit, bite)
    return line
