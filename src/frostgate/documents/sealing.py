"""Encryption at rest: each tenant has a data key of its own, and only that key is sealed by the vault.

Whoever removes a tenant's line from `document_keys` makes all of its pages unreadable at once, in every backup that is
made from then on; whoever replaces the vault's keys has one small value to seal anew for each tenant, not every page.
"""

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frostgate.base.ids import new_key
from frostgate.base.uow import Tx
from frostgate.base.vault import SecretUnreadable, Vault
from frostgate.documents import store

_NONCE = 12  # bytes: what GCM is made for (NIST SP 800-38D, section 5.2.1.1)
_KEY = 32  # bytes


class Box:
    """AES-256-GCM under one tenant's key. A page opens only as the page of the document that it was sealed for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, body: bytes, *, document_id: str, page: int) -> bytes:
        """Encrypt a page; the nonce goes before it."""
        nonce = new_key(_NONCE)
        return nonce + self._cipher.encrypt(nonce, body, _place(document_id, page))

    def open(self, sealed: bytes, *, document_id: str, page: int) -> bytes:
        """Decrypt what `seal` encrypted for this place.

        Raises:
            SecretUnreadable: it was changed, or sealed under another key or for another place.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(document_id, page))
        except InvalidTag:
            raise SecretUnreadable from None


def make_box(tx: Tx, vault: Vault, *, tenant_id: str) -> Box:
    """The tenant's box; its key is made with its first document.

    Raises:
        KeyMissing: the vault has no key.
        SecretUnreadable: the vault's keys do not open the tenant's.
    """
    if store.find_key(tx.connection, tenant_id=tenant_id) is None:
        sealed = vault.seal_bytes(new_key(_KEY), place=_drawer(tenant_id), at=tx.now)
        store.add_key(tx.connection, sealed, tenant_id=tenant_id, at=tx.now)
    return open_box(tx.connection, vault, tenant_id=tenant_id)


def open_box(connection: sa.Connection, vault: Vault, *, tenant_id: str) -> Box:
    """The tenant's box.

    Raises:
        KeyMissing: the vault has no key.
        SecretUnreadable: the tenant's key was removed, or the vault's keys do not open it.
    """
    sealed = store.find_key(connection, tenant_id=tenant_id)
    if sealed is None:
        raise SecretUnreadable
    return Box(vault.open_bytes(sealed, place=_drawer(tenant_id)))


def _drawer(tenant_id: str) -> str:
    return f"documents/{tenant_id}"


def _place(document_id: str, page: int) -> bytes:
    return f"{document_id}/{page}".encode()
