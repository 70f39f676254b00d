"""Profiles of bots and services over HTTP."""

from datetime import datetime

import msgspec
from litestar import Router, delete, get, put
from litestar.params import JSONBody

from frostgate.base.web import NEEDS
from frostgate.directory.permissions import Permission
from frostgate.directory.profiles import service
from frostgate.directory.profiles.model import Profile, ProfileDraft
from frostgate.directory.routing import AccountId, TenantId, Who, Work

_PATH = "/tenants/{tenant_id:str}/accounts/{account_id:str}/profile"


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """What a bot or service is for and how much it does at most; null where nothing was said of it."""

    account_id: str
    purpose: str
    messages_a_minute: int | None
    recipients_an_hour: int | None
    api_calls_a_minute: int | None
    networks: tuple[str, ...]
    declared_by: str
    declared_at: datetime


@get(_PATH, opt={NEEDS: Permission.ACCOUNTS_READ}, sync_to_thread=True)
def get_profile(tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who) -> ProfileView:
    """What a bot or service was declared to do."""
    principal.within(tenant_id)
    with work.look() as connection:
        return _view(service.read_profile(connection, tenant_id=tenant_id, account_id=account_id))


@put(_PATH, opt={NEEDS: Permission.ACCOUNTS_WRITE}, sync_to_thread=True)
def put_profile(
    tenant_id: TenantId, account_id: AccountId, data: JSONBody[ProfileDraft], work: Work, principal: Who
) -> ProfileView:
    """Declare what a bot or service does, or declare it anew."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return _view(
            service.declare_profile(tx, data, tenant_id=tenant_id, account_id=account_id, actor=principal.actor)
        )


@delete(_PATH, opt={NEEDS: Permission.ACCOUNTS_WRITE}, sync_to_thread=True)
def remove_profile(tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who) -> None:
    """Take a profile back."""
    principal.within(tenant_id)
    with work.begin() as tx:
        service.remove_profile(tx, tenant_id=tenant_id, account_id=account_id, actor=principal.actor)


def _view(profile: Profile) -> ProfileView:
    return ProfileView(
        account_id=profile.account_id,
        purpose=profile.purpose,
        messages_a_minute=profile.messages_a_minute,
        recipients_an_hour=profile.recipients_an_hour,
        api_calls_a_minute=profile.api_calls_a_minute,
        networks=profile.networks,
        declared_by=str(profile.declared_by),
        declared_at=profile.declared_at,
    )


ROUTES = Router("/", tags=["profiles"], route_handlers=[get_profile, put_profile, remove_profile])
