"""Recovery codes: ten, for whoever has lost their second factors; each counts once, and only a hash of it is kept."""

from frostgate.base.ids import new_code, typed_code
from frostgate.base.model import Actor
from frostgate.base.uow import Tx
from frostgate.directory.auth import hash_of
from frostgate.directory.model import Operator
from frostgate.directory.sessions import store
from frostgate.directory.sessions.model import RECOVERY_CODES, RecoveryCodesMade, RecoveryCodeUsed
from frostgate.directory.sessions.opening import actor_of

_LETTERS = 16  # 80 random bits: a plain hash is enough, there is nothing to guess
_GROUP = 4


def renew(tx: Tx, operator: Operator, *, actor: Actor) -> list[str]:
    """Ten new recovery codes, shown this once; those of before count no more."""
    codes = [new_code(_LETTERS) for _ in range(RECOVERY_CODES)]
    tx.state(RecoveryCodesMade(tenant_id=operator.tenant_id, operator_id=operator.id, count=len(codes)), actor=actor)
    store.replace_codes(tx.connection, operator.id, [hash_of(code) for code in codes])
    return ["-".join(code[at : at + _GROUP] for at in range(0, _LETTERS, _GROUP)) for code in codes]


def use(tx: Tx, operator: Operator, typed: str) -> bool:
    """Use a code up; false where the operator has no such code."""
    if not store.use_code(tx.connection, operator.id, hash_of(typed_code(typed))):
        return False
    left = store.count_codes(tx.connection, operator.id)
    tx.state(
        RecoveryCodeUsed(tenant_id=operator.tenant_id, operator_id=operator.id, left=left), actor=actor_of(operator)
    )
    return True
