"""Bringing the register into line: what is wanted is saved with the change, and applied after the commit."""

from frostgate.base.model import Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.enforcement import store
from frostgate.enforcement.register import Register
from frostgate.enforcement.store import Bite, Entry
from frostgate.standing.model import Hold, HoldPlaced, HoldReleased
from frostgate.standing.store import open_holds


class Enforcement:
    """Keeps the store's desired standings and this process's register in step."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._followed = 0

    def want(self, tx: Tx, fact: HoldPlaced | HoldReleased, actor: Actor) -> None:
        """Reaction: save what is now wanted for the hold's subject, and apply it once that is safe."""
        subject = fact.hold.subject
        entry = Entry(
            tenant_id=subject.tenant_id,
            account_id=subject.account_id or "",
            revision=tx.revision,
            bites=tuple(map(bite, open_holds(tx.connection, subject))),
        )
        store.save(tx.connection, entry, at=tx.now)
        tx.after_commit(lambda: self.register.apply([entry]))

    def follow(self, uow: UnitOfWork) -> int:
        """Read what changed since the last time, in whichever process; how many lines did.

        The cursor is this reader's own and not the register's revision: a change of this process may be applied
        before an earlier one of another has been read. It starts at 0, so the first call rebuilds everything.
        """
        changed = 0
        while True:
            with uow.look() as connection:
                entries = store.changed_after(connection, self._followed)
            if not entries:
                return changed
            self.register.apply(entries)
            self._followed = entries[-1].revision
            changed += len(entries)


def bite(hold: Hold) -> Bite:
    """The part of a hold that enforcement points need."""
    return Bite(
        id=hold.id,
        kind=hold.kind.value,
        cause=hold.cause.value,
        services=tuple(sorted(service.value for service in hold.services)),
        condition=hold.condition.value,
        placed_at=hold.placed_at,
        case_id=hold.case_id,
    )
