"""What operators are told of their own sign-in: a session from somewhere new, and factors that come and go."""

from collections.abc import Mapping
from typing import Protocol

from frostgate.base.model import Actor, Fact, Language
from frostgate.base.uow import Tx
from frostgate.directory import credentials
from frostgate.directory.factors.model import FactorConfirmed, FactorEnrolled, FactorRemoved, FactorState
from frostgate.directory.model import SessionOpened
from frostgate.directory.sessions.model import FactorsReset, RecoveryCodesMade, RecoveryCodeUsed
from frostgate.directory.sessions.store import find_origin
from frostgate.directory.store import get_tenant
from frostgate.notices.model import Audience, Reader, Template
from frostgate.notices.params import Params, SignInNews
from frostgate.notices.service import owe
from frostgate.standing.model import Cause, Kind

# Which sentence tells of which fact.
TOLD: Mapping[type[Fact], str] = {
    FactorConfirmed: "factor_added",
    FactorEnrolled: "factor_added",
    FactorRemoved: "factor_removed",
    FactorsReset: "factors_reset",
    RecoveryCodesMade: "codes_made",
    RecoveryCodeUsed: "code_used",
}


class OfOperator(Protocol):
    """A fact that may be about an operator's sign-in."""

    @property
    def operator_id(self) -> str | None: ...


def owe_for_new_place(tx: Tx, fact: SessionOpened, actor: Actor, *, time_zone: str) -> None:
    """Tell an operator of a sign-in from a network or with a browser that they never came with."""
    if not fact.is_unfamiliar:
        return
    origin = find_origin(tx.connection, fact.token_id)
    assert origin is not None, "BUG: a session that came from nowhere"
    news = SignInNews(what="new_place", address=origin.address, browser=origin.browser)
    _tell(tx, fact.operator_id, news, time_zone, actor)


def owe_for_change(tx: Tx, fact: OfOperator, actor: Actor, *, time_zone: str) -> None:
    """Tell an operator what became of their second factors; whose factor it is may also be an account's."""
    is_pending = isinstance(fact, FactorEnrolled) and fact.state is FactorState.PENDING
    if fact.operator_id is not None and not is_pending:
        _tell(tx, fact.operator_id, SignInNews(what=TOLD[type(fact)]), time_zone, actor)  # type: ignore[index]


def _tell(tx: Tx, operator_id: str, news: SignInNews, time_zone: str, actor: Actor) -> None:
    operator = credentials.get_operator(tx.connection, operator_id)
    tenant = None if operator.tenant_id is None else get_tenant(tx.connection, operator.tenant_id)
    params = Params(
        account=None,
        tenant=tenant.name if tenant else "",
        kind=Kind.LIMIT.word,
        cause=Cause.MANUAL.value,
        services=(),
        since=tx.now,
        case_id="",
        time_zone=tenant.time_zone if tenant else time_zone,
        sign_in=news,
    )
    reader = Reader(Audience.OPERATORS, operator.email, tenant.language if tenant else Language.ZH)
    owe(tx, operator.tenant_id or "", Template.SIGN_IN_TOLD, params, [reader], actor=actor)
