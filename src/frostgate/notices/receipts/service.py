"""Taking receipts: a notice came to where it was sent, or it came back. The same receipt again changes nothing.

A bounce is the last word, because mail that a company's first server took is often refused by its second; so a receipt
of delivery may be followed by one, and never follows it.
"""

import hmac
from collections.abc import Sequence

from frostgate.base.model import SYSTEM
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.base.vault import Vault
from frostgate.notices import dead, store
from frostgate.notices.facts import NoticeBounced, NoticeDelivered, NoticeUndeliverable
from frostgate.notices.model import Attempt, Bounce, Channel, Notice, State
from frostgate.notices.receipts.model import (
    Receipt,
    ReceiptKeyWrong,
    ReceiptsNotSetUp,
    ReceiptTooEarly,
    Said,
    Taken,
)
from frostgate.notices.rerouting import reroute
from frostgate.notices.service import about, is_overtaken
from frostgate.notices.signing import is_sealed

LEAST_KEY = 20  # letters
_LONGEST_DETAIL = 500


class ReceiptKeys:
    """What stands in the addresses to which receipts are posted: providers sign nothing, so the address is secret."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Get ready; several count while one is being replaced.

        Raises:
            ValueError: one can be guessed.
        """
        if any(len(key) < LEAST_KEY or not key.isascii() for key in keys):
            raise ValueError(f"each has at least {LEAST_KEY} letters, all of them of ASCII")
        self._keys = [key.encode() for key in keys]

    def check(self, given: str) -> None:
        """Pass what came to an address with a key of ours.

        Raises:
            ReceiptsNotSetUp: there are no keys.
            ReceiptKeyWrong: it is none of them.
        """
        if not self._keys:
            raise ReceiptsNotSetUp
        # All are compared, each in constant time, so that the time taken tells nothing.
        if not sum(hmac.compare_digest(key, given.encode()) for key in self._keys):
            raise ReceiptKeyWrong


def take_all(uow: UnitOfWork, receipts: Sequence[Receipt], *, vault: Vault | None = None) -> list[Taken]:
    """Take receipts, each in a transaction of its own; what came of each.

    Raises:
        ReceiptTooEarly: one overtook our own record; the others are taken, and change nothing when they come again.
        KeyMissing: one has a seal, and there is no key to know it by.
    """
    taken = []
    for receipt in receipts:
        with uow.begin() as tx:
            taken.append(take(tx, receipt, vault=vault))
    if Taken.TOO_EARLY in taken:
        raise ReceiptTooEarly
    return taken


def take(tx: Tx, receipt: Receipt, *, vault: Vault | None = None) -> Taken:
    """Take one receipt: what came of it. Without the vault, which knows our seals, none is believed that came by mail.

    Raises:
        KeyMissing: it has a seal, and there is no key to know it by.
    """
    notice = store.find_receipted(tx.connection, notice_id=receipt.notice_id, receipt_id=receipt.receipt_id)
    if notice is None or not _is_of(receipt, notice, vault):
        return Taken.UNKNOWN
    if notice.sent_at is None:
        return Taken.TOO_EARLY if notice.state is State.OWED else Taken.UNKNOWN
    if receipt.said is Said.DELAYED:
        return _delayed(tx, notice, receipt)
    if receipt.said is Said.DELIVERED:
        return _delivered(tx, notice, receipt)
    return _bounced(tx, notice, receipt)


def _is_of(receipt: Receipt, notice: Notice, vault: Vault | None) -> bool:
    """Whether all fits that the receipt says: its way, and the seal of the mail or, where it names one, the telephone.

    A tenant's people read ids and codes of what went to others, so neither is enough to declare an address dead.
    """
    if receipt.channel is not notice.channel:
        return False
    if receipt.channel is Channel.EMAIL:
        return vault is not None and receipt.seal is not None and is_sealed(vault, notice, receipt.seal)
    digits = notice.address.removeprefix("+")
    return receipt.number is None or (len(receipt.number) >= 6 and digits.endswith(receipt.number))


def _delayed(tx: Tx, notice: Notice, receipt: Receipt) -> Taken:
    known = store.attempts_of(tx.connection, notice)
    if notice.state is not State.SENT or any(each.outcome == receipt.said for each in known):
        return Taken.NOTHING_NEW
    _note(tx, notice, receipt)
    return Taken.TAKEN


def _delivered(tx: Tx, notice: Notice, receipt: Receipt) -> Taken:
    if notice.state is not State.SENT:
        return Taken.NOTHING_NEW
    store.save_delivered(tx.connection, notice, at=tx.now)
    dead.forget(tx.connection, notice.channel, notice.address, tenant_id=notice.tenant_id)
    _note(tx, notice, receipt)
    tx.state(NoticeDelivered(**about(notice)), actor=SYSTEM)
    return Taken.TAKEN


def _bounced(tx: Tx, notice: Notice, receipt: Receipt) -> Taken:
    """It came back: say so, try the next way, and where there is none ask people to."""
    if notice.state not in {State.SENT, State.DELIVERED}:
        return Taken.NOTHING_NEW
    bounce = Bounce.HARD if receipt.said is Said.BOUNCED_HARD else Bounce.SOFT
    store.save_bounced(tx.connection, notice, bounce, _readable(receipt.detail) or bounce.value, at=tx.now)
    _note(tx, notice, receipt)
    if bounce is Bounce.HARD:
        dead.mark(tx, notice)
    is_over = is_overtaken(tx, notice)  # what it said is not true any more: nobody needs to hear it now
    is_on_its_way = not is_over and reroute(tx, notice)
    tx.state(NoticeBounced(**about(notice), bounce=bounce), actor=SYSTEM)
    if not (is_over or is_on_its_way):
        fact = NoticeUndeliverable(**about(notice), attempts=notice.attempts, problem=f"bounced_{bounce}")
        tx.state(fact, actor=SYSTEM)
    return Taken.TAKEN


def _note(tx: Tx, notice: Notice, receipt: Receipt) -> None:
    """Beside the attempts: what became of it after it was taken."""
    detail = _readable(receipt.detail)
    store.add_attempt(
        tx.connection,
        Attempt(id=tx.new_id(), notice_id=notice.id, at=tx.now, outcome=receipt.said.value, detail=detail),
    )


def _readable(detail: str) -> str:
    """A stranger's words as one short line."""
    return " ".join("".join(c if c.isprintable() else " " for c in detail).split())[:_LONGEST_DETAIL]
