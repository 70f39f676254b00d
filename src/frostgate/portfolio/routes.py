"""The tenants that somebody of customer success looks after, over HTTP."""

from litestar import Router, get
from litestar.params import FromQuery

from frostgate.base.web import NEEDS
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import Who, Work
from frostgate.portfolio import store
from frostgate.portfolio.model import Line, Whose


@get("/portfolio", opt={NEEDS: Permission.PORTFOLIO_READ}, sync_to_thread=True, summary="My tenants, and how they fare")
def read_portfolio(
    work: Work, principal: Who, whose: FromQuery[Whose] = Whose.MINE, after: After = None, limit: Limit = 100
) -> Page[Line]:
    """Each tenant with its open, late and soon late cases, notices that reached nobody, and frozen accounts."""
    with work.look() as connection:
        found = store.lines(
            connection,
            whose,
            operator_id=principal.operator_id,
            tenant_id=principal.tenant_id,
            now=work.clock.now(),
            after=after or "",
            limit=limit + 1,
        )
    return page_of(found, limit)


ROUTES = Router("/", tags=["directory"], route_handlers=[read_portfolio])
