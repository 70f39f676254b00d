"""What a review says is to go: gone at once where whoever says so may remove it, and until then a task for people."""

from collections.abc import Iterable
from typing import Protocol

import structlog

from frostgate.base.errors import Refused
from frostgate.base.model import SYSTEM, Actor
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.cases.model import Case, CaseKind
from frostgate.cases.reactions import close_task, open_task
from frostgate.checkups.people import machines_of, people_of
from frostgate.checkups.reviews import store
from frostgate.checkups.reviews.model import (
    MatrixLine,
    PersonLine,
    Removal,
    RemovalState,
    Review,
    ReviewRemovalEnded,
    person_line,
    token_line,
)
from frostgate.directory import tokens
from frostgate.directory.model import OperatorChanged, Principal, TokenRevoked
from frostgate.directory.permissions import Permission
from frostgate.directory.service import OperatorChanges, change_operator

log = structlog.get_logger("frostgate.reviews")

NAMED = 20  # lines in the words of a task; the review has all


class Finished(Protocol):
    """What says that somebody did a task."""

    @property
    def case(self) -> Case: ...


def begin(tx: Tx, review: Review, lines: Iterable[str], *, by: Principal | None) -> None:
    """Keep what is to go, remove what `by` may remove, and ask people for the rest.

    Whoever comes by the link of a notice has shown where they read, and nothing else: for them people do all of it.
    """
    wanted = {each.line: each for each in review.snapshot.matrix if each.line in set(lines)}
    if not wanted:
        return
    new = [
        Removal(review_id=review.id, tenant_id=review.tenant_id, quarter=review.quarter, line=line, asked_at=tx.now)
        for line in wanted
    ]
    store.add_removals(tx.connection, new)
    settle(tx, tenant_id=review.tenant_id)
    if by is not None:
        for each in wanted.values():
            _remove(tx, each, by=by)
    left = [
        each for each in store.removals_of(tx.connection, review.id, tenant_id=review.tenant_id) if not each.ended_at
    ]
    if left:
        open_task(
            tx,
            kind=CaseKind.ACCESS_TO_REMOVE,
            tenant_id=review.tenant_id,
            hold_id=None,
            account_id=None,
            cause=None,
            reason=_words(review, [wanted[each.line] for each in left]),
            actor=by.actor if by is not None else SYSTEM,
        )


def follow_operator(tx: Tx, fact: OperatorChanged, actor: Actor) -> None:
    """Reaction: somebody can no longer sign in, which a review may have asked for."""
    if fact.tenant_id is not None and fact.before.active and not fact.operator.active:
        _gone(tx, f"person:{fact.operator.id}", tenant_id=fact.tenant_id, actor=actor)


def follow_token(tx: Tx, fact: TokenRevoked, actor: Actor) -> None:
    """Reaction: a token counts for nothing any more, which a review may have asked for."""
    if fact.tenant_id is not None:
        _gone(tx, f"token:{fact.token.id}", tenant_id=fact.tenant_id, actor=actor)


def leave_the_rest(tx: Tx, fact: Finished, actor: Actor) -> None:
    """Reaction: people closed the task, so what is still there stays; why is in the case."""
    if fact.case.kind is CaseKind.ACCESS_TO_REMOVE:
        for removal in store.open_removals(tx.connection, tenant_id=fact.case.tenant_id):
            _end(tx, removal, RemovalState.LEFT, actor=actor)


def settle(tx: Tx, *, tenant_id: str) -> int:
    """See what is gone by itself, such as a token that has expired; how much of it."""
    here = people_of(tx.connection, [tenant_id])
    still = {person_line(each).line for each in here if each.active}
    still |= {token_line(each).line for each in machines_of(tx.connection, [tenant_id], at=tx.now)}
    gone = [each for each in store.open_removals(tx.connection, tenant_id=tenant_id) if each.line not in still]
    for removal in gone:
        _end(tx, removal, RemovalState.DONE, actor=SYSTEM)
    if gone:
        _close(tx, tenant_id=tenant_id, actor=SYSTEM)
    return len(gone)


def settle_all(uow: UnitOfWork) -> int:
    """As `settle`, for every tenant in which something is to go; one that fails holds up no other."""
    with uow.look() as connection:
        found = store.tenants_with_removals(connection)
    total = 0
    for tenant_id in found:
        try:
            with uow.begin() as tx:
                total += settle(tx, tenant_id=tenant_id)
        except Exception as error:
            log.exception("removals not looked at", tenant=tenant_id, error=type(error).__name__)
    return total


def _remove(tx: Tx, line: MatrixLine, *, by: Principal) -> None:
    """Remove it by the directory's own commands, which refuse what they always refuse. Then it waits for people."""
    if isinstance(line, PersonLine) and (line.id == by.operator_id or not by.may(Permission.OPERATORS_WRITE)):
        return  # nobody locks themselves out by a tick in a list
    try:
        if isinstance(line, PersonLine):
            change_operator(tx, line.id, OperatorChanges(active=False), by=by)
        elif by.may(Permission.TOKENS_WRITE):
            tokens.revoke_token(tx, line.id, by=by)
    except Refused as refused:
        log.info("not removed by a review", line=line.line, code=refused.code)


def _gone(tx: Tx, line: str, *, tenant_id: str, actor: Actor) -> None:
    found = store.open_removals(tx.connection, tenant_id=tenant_id, line=line)
    for removal in found:
        _end(tx, removal, RemovalState.DONE, actor=actor)
    if found:
        _close(tx, tenant_id=tenant_id, actor=actor)


def _end(tx: Tx, removal: Removal, state: RemovalState, *, actor: Actor) -> None:
    store.save_removal(tx.connection, removal.ended(state, by=actor, at=tx.now))
    fact = ReviewRemovalEnded(
        tenant_id=removal.tenant_id,
        review_id=removal.review_id,
        quarter=removal.quarter,
        line=removal.line,
        state=state,
    )
    tx.state(fact, actor=actor)


def _close(tx: Tx, *, tenant_id: str, actor: Actor) -> None:
    """With the last thing that was to go, the task is done, whoever had it."""
    if not store.open_removals(tx.connection, tenant_id=tenant_id):
        reason = "all that reviews said is to go is gone"
        close_task(tx, kind=CaseKind.ACCESS_TO_REMOVE, tenant_id=tenant_id, actor=actor, reason=reason)


def _words(review: Review, lines: list[MatrixLine]) -> str:
    told = ", ".join(f"{each.name} ({each.line}, {each.role})" for each in lines[:NAMED])
    more = f" and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return (
        f"the review of {review.quarter} says that this access is to go: {told}{more}. See with the company that its "
        "people are switched off and its tokens revoked: the task is done by itself with the last of them"
    )[:2000]
