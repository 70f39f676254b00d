"""A tenant's registration over HTTP. Only the platform's staff change it: papers are compared with it."""

from datetime import datetime

import msgspec
from litestar import Router, get, put
from litestar.params import JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.permissions import Permission
from frostgate.directory.registration import service
from frostgate.directory.registration.model import Registration, RegistrationDraft
from frostgate.directory.routing import TenantId, Who, Work

_PATH = "/tenants/{tenant_id:str}/registration"


class RegistrationView(msgspec.Struct, frozen=True, kw_only=True):
    """What the register of companies says of a tenant; null where nobody recorded it."""

    name: str
    code: str | None
    legal_representative: str | None
    recorded_by: str
    recorded_at: datetime


@get(_PATH, opt={NEEDS: Permission.TENANTS_READ}, sync_to_thread=True)
def get_registration(tenant_id: TenantId, work: Work, principal: Who) -> RegistrationView:
    """Who a tenant is in the register of companies."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _view(service.read_registration(connection, tenant_id=tenant_id))


@put(_PATH, opt={NEEDS: Permission.REGISTRATIONS_WRITE}, sync_to_thread=True)
def put_registration(
    tenant_id: TenantId, data: JSONBody[RegistrationDraft], work: Work, principal: Who
) -> RegistrationView:
    """Record who a tenant is in the register of companies, or correct it."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(service.record_registration(tx, data, tenant_id=tenant_id, actor=principal.actor))


def _view(registration: Registration) -> RegistrationView:
    name, code, legal_representative = registration.told
    return RegistrationView(
        name=name,
        code=code,
        legal_representative=legal_representative,
        recorded_by=str(registration.recorded_by),
        recorded_at=registration.recorded_at,
    )


ROUTES = Router("/", tags=["registration"], route_handlers=[get_registration, put_registration])
