"""The directory over HTTP: tenants and accounts here, sessions, operators and tokens in `people.py`."""

from typing import Annotated

import msgspec
from litestar import Router, get, patch, post, put
from litestar.params import JSONBody, QueryParameter

from frostgate.base.model import Language
from frostgate.base.web import NEEDS
from frostgate.directory import service, store
from frostgate.directory.model import (
    BATCH_LIMIT,
    NAME,
    Account,
    AccountDraft,
    AccountKind,
    Email,
    Mobile,
    Name,
    Tenant,
    UnknownAccounts,
)
from frostgate.directory.pages import After, Limit, Page, page_of
from frostgate.directory.people import PEOPLE
from frostgate.directory.permissions import Permission
from frostgate.directory.routing import AccountId, TenantId, Who, Work
from frostgate.directory.service import TenantChanges


class NewTenant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant to add."""

    id: str
    name: Name
    contact_email: Email
    language: Language = Language.ZH
    time_zone: str = "Asia/Shanghai"
    unknown_accounts: UnknownAccounts = UnknownAccounts.ADMIT
    trips_need_approval: bool = False


class Accounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch of accounts: all are taken, or none."""

    accounts: Annotated[list[AccountDraft], msgspec.Meta(min_length=1, max_length=BATCH_LIMIT)]


class AccountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account's whole description; its id stands in the address."""

    display_name: Name | None = None
    kind: AccountKind = AccountKind.PERSON
    email: Email | None = None
    mobile: Mobile | None = None
    language: Language | None = None


# Tenants


@get("/tenants", opt={NEEDS: Permission.TENANTS_READ}, sync_to_thread=True)
def list_tenants(work: Work, principal: Who, after: After = None, limit: Limit = 100) -> Page[Tenant]:
    """The tenants that the caller sees."""
    with work.look() as connection:
        found = store.list_tenants(connection, only=principal.tenant_id, after=after or "", limit=limit + 1)
    return page_of(found, limit)


@post("/tenants", opt={NEEDS: Permission.TENANTS_WRITE}, sync_to_thread=True)
def create_tenant(data: JSONBody[NewTenant], work: Work, principal: Who) -> Tenant:
    """Add a tenant."""
    principal.within(None)
    with work.begin() as tx:
        return service.create_tenant(
            tx,
            tenant_id=data.id,
            name=data.name,
            contact_email=data.contact_email,
            language=data.language,
            time_zone=data.time_zone,
            unknown_accounts=data.unknown_accounts,
            trips_need_approval=data.trips_need_approval,
            actor=principal.actor,
        )


@get("/tenants/{tenant_id:str}", opt={NEEDS: Permission.TENANTS_READ}, sync_to_thread=True)
def get_tenant(tenant_id: TenantId, work: Work, principal: Who) -> Tenant:
    """One tenant."""
    principal.within(tenant_id)
    with work.look() as connection:
        return store.get_tenant(connection, tenant_id)


@patch("/tenants/{tenant_id:str}", opt={NEEDS: Permission.TENANTS_WRITE}, sync_to_thread=True)
def change_tenant(tenant_id: TenantId, data: JSONBody[TenantChanges], work: Work, principal: Who) -> Tenant:
    """Change what is named of a tenant."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.change_tenant(tx, tenant_id, data, actor=principal.actor)


# Accounts


@get("/tenants/{tenant_id:str}/accounts", opt={NEEDS: Permission.ACCOUNTS_READ}, sync_to_thread=True)
def list_accounts(
    tenant_id: TenantId,
    work: Work,
    principal: Who,
    prefix: Annotated[
        str | None, QueryParameter(max_length=256, pattern=NAME, description="How the id or the name begins.")
    ] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Account]:
    """A tenant's accounts."""
    principal.within(tenant_id)
    with work.look() as connection:
        store.get_tenant(connection, tenant_id)
        found = store.list_accounts(
            connection, tenant_id=tenant_id, prefix=prefix or "", after=after or "", limit=limit + 1
        )
    return page_of(found, limit)


@post(
    "/tenants/{tenant_id:str}/accounts",
    opt={NEEDS: Permission.ACCOUNTS_WRITE},
    sync_to_thread=True,
    status_code=200,
)
def register_accounts(tenant_id: TenantId, data: JSONBody[Accounts], work: Work, principal: Who) -> list[Account]:
    """Register accounts, or describe known ones anew."""
    principal.within(tenant_id)
    with work.begin() as tx:
        return service.register_accounts(tx, data.accounts, tenant_id=tenant_id, actor=principal.actor)


@get(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}",
    opt={NEEDS: Permission.ACCOUNTS_READ},
    sync_to_thread=True,
)
def get_account(tenant_id: TenantId, account_id: AccountId, work: Work, principal: Who) -> Account:
    """One account. An id with a slash in it does not fit into an address: list it by `prefix`."""
    principal.within(tenant_id)
    with work.look() as connection:
        return store.get_account(connection, account_id, tenant_id=tenant_id)


@put(
    "/tenants/{tenant_id:str}/accounts/{account_id:str}",
    opt={NEEDS: Permission.ACCOUNTS_WRITE},
    sync_to_thread=True,
)
def put_account(
    tenant_id: TenantId, account_id: AccountId, data: JSONBody[AccountBody], work: Work, principal: Who
) -> Account:
    """Register one account, or describe it anew."""
    principal.within(tenant_id)
    draft = AccountDraft(
        id=account_id,
        display_name=data.display_name,
        kind=data.kind,
        email=data.email,
        mobile=data.mobile,
        language=data.language,
    )
    with work.begin() as tx:
        return service.register_accounts(tx, [draft], tenant_id=tenant_id, actor=principal.actor)[0]


ROUTES = Router(
    path="/",
    tags=["directory"],
    route_handlers=[
        list_tenants,
        create_tenant,
        get_tenant,
        change_tenant,
        list_accounts,
        register_accounts,
        get_account,
        put_account,
        *PEOPLE,
    ],
)
