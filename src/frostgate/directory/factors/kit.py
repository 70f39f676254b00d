"""What enrolling factors and proving with them stand on."""

from typing import Protocol

import msgspec
import sqlalchemy as sa

from frostgate.base.vault import Vault
from frostgate.directory.factors.model import PasskeysOff
from frostgate.directory.factors.passkeys import RelyingParty


class Holds(Protocol):
    """What factors need to know of standing: whether any hold is open against an account."""

    def __call__(self, connection: sa.Connection, *, tenant_id: str, account_id: str) -> bool: ...


class FactorKit(msgspec.Struct, frozen=True, kw_only=True):
    """What enrolling and answering stand on."""

    vault: Vault
    issuer: str  # how an authenticator app names us
    party: RelyingParty | None  # None: no passkeys
    is_held: Holds

    def site(self) -> RelyingParty:
        """The site that passkeys are for.

        Raises:
            PasskeysOff: the operator has not said.
        """
        if self.party is None:
            raise PasskeysOff
        return self.party
