"""Account managers over HTTP."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from litestar import Router, get, put
from litestar.params import JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory import credentials
from frostgate.directory.managers import service, store
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import TenantId, Who, Work
from frostgate.directory.store import get_tenant


class ManagerView(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks after a tenant, and how to reach them; all null where it is customer success as a whole."""

    tenant_id: str
    operator_id: str | None = None
    name: str | None = None
    email: str | None = None
    since: datetime | None = None


class NewManager(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall look after a tenant; null: nobody in particular."""

    operator_id: str | None


@get("/tenants/{tenant_id:str}/account-manager", opt={NEEDS: Permission.TENANTS_READ}, sync_to_thread=True)
def get_account_manager(tenant_id: TenantId, work: Work, principal: Who) -> ManagerView:
    """Who looks after a tenant."""
    principal.within(tenant_id)
    with work.look() as connection:
        get_tenant(connection, tenant_id)
        return _view(connection, tenant_id)


@put("/tenants/{tenant_id:str}/account-manager", opt={NEEDS: Permission.MANAGERS_WRITE}, sync_to_thread=True)
def set_account_manager(tenant_id: TenantId, data: JSONBody[NewManager], work: Work, principal: Who) -> ManagerView:
    """Give a tenant to somebody of customer success, who then hears of its late cases before all others do."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.set_manager(tx, data.operator_id, tenant_id=tenant_id, actor=principal.actor)
        return _view(tx.connection, tenant_id)


def _view(connection: sa.Connection, tenant_id: str) -> ManagerView:
    manager = store.find(connection, tenant_id=tenant_id)
    if manager is None:
        return ManagerView(tenant_id=tenant_id)
    person = credentials.get_operator(connection, manager.operator_id)
    return ManagerView(
        tenant_id=tenant_id, operator_id=person.id, name=person.name, email=person.email, since=manager.since
    )


ROUTES = Router("/", tags=["directory"], route_handlers=[get_account_manager, set_account_manager])
