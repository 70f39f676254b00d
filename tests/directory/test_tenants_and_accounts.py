"""Tenants and accounts: described as a whole, changed only when something changed, and each tenant by itself."""

import pytest

from frostgate.base import journal
from frostgate.base.errors import Conflict
from frostgate.base.model import SYSTEM, Language
from frostgate.directory import service, store
from frostgate.directory.errors import (
    AccountIdUnusable,
    AccountRepeated,
    AccountUnknown,
    EmailUnusable,
    TenantExists,
    TenantIdUnusable,
    TenantUnknown,
    TimeZoneUnknown,
    TooManyAccounts,
)
from frostgate.directory.model import AccountDraft, AccountKind
from frostgate.directory.service import TenantChanges


def register(house, *drafts, tenant_id="acme"):
    with house.uow.begin() as tx:
        return service.register_accounts(tx, drafts, tenant_id=tenant_id, actor=SYSTEM)


def listed(house, **kwargs):
    with house.uow.look() as connection:
        return [a.id for a in store.list_accounts(connection, **{"tenant_id": "acme", **kwargs})]


def test_a_tenant_is_created_once_and_changed_by_name(house):
    tenant = house.tenant("acme")
    with pytest.raises(TenantExists):
        house.tenant("acme")
    with house.uow.begin() as tx:
        service.change_tenant(tx, "acme", TenantChanges(language=Language.EN), actor=SYSTEM)
        service.change_tenant(tx, "acme", TenantChanges(language=Language.EN), actor=SYSTEM)
    with house.uow.look() as connection:
        after = store.get_tenant(connection, "acme")
    assert (after.language, after.name, after.created_at) == (Language.EN, tenant.name, tenant.created_at)
    assert house.facts() == ["tenant.created", "tenant.changed"]


@pytest.mark.parametrize("tenant_id", ["", "Acme", "-acme", "acme-", "a" * 64, "acme\n", "企业", "a b", "a\0"])
def test_a_tenants_id_is_a_slug(house, tenant_id):
    with pytest.raises(TenantIdUnusable):
        house.tenant(tenant_id)
    with house.uow.look() as connection, pytest.raises(TenantUnknown):
        store.get_tenant(connection, tenant_id)


@pytest.mark.parametrize("key", ["Mars/Olympus", "", "../../etc/passwd", "Asia", "Asia/Shanghai\0"])
def test_a_time_zone_must_exist(house, key):
    house.tenant("acme")
    with pytest.raises(TimeZoneUnknown), house.uow.begin() as tx:
        service.change_tenant(tx, "acme", TenantChanges(time_zone=key), actor=SYSTEM)


def test_a_contact_must_be_an_address(house):
    house.tenant("acme")
    with pytest.raises(EmailUnusable) as refused, house.uow.begin() as tx:
        service.change_tenant(tx, "acme", TenantChanges(contact_email="a@b\r\nBcc: c@d"), actor=SYSTEM)
    assert refused.value.pointer == "/contact_email"


def test_an_account_is_registered_changed_or_left_alone(house):
    house.tenant("acme")
    first = register(house, AccountDraft(id="li", display_name="李雷"), AccountDraft(id="wang"))[0]
    again = register(
        house,
        AccountDraft(id="li", display_name="李雷"),
        AccountDraft(id="wang", kind=AccountKind.BOT, email="wang@acme.example"),
        AccountDraft(id="zhao"),
    )
    assert again[0] == first
    with house.uow.look() as connection:
        written = [journal.body_of(e) for e in journal.entries(connection, tenant_id=None)][1:]
        assert store.get_account(connection, "wang", tenant_id="acme") == again[1]
    assert [body.get("account_ids") or body["changes"] for body in written] == [
        ["li", "wang"],
        ["zhao"],
        [{"account_id": "wang", "fields": ["kind", "email"]}],
    ]


def test_a_batch_is_taken_whole_or_not_at_all(house):
    house.tenant("acme")
    with pytest.raises(AccountRepeated) as refused:
        register(house, AccountDraft(id="li"), AccountDraft(id="wang"), AccountDraft(id="li"))
    assert refused.value.pointer == "/accounts/2/id"
    for bad in ("", "a" * 257, "li\n", "li\0"):
        with pytest.raises(AccountIdUnusable):
            register(house, AccountDraft(id="li"), AccountDraft(id=bad))
    with pytest.raises(TooManyAccounts):
        register(house, *(AccountDraft(id=str(n)) for n in range(1001)))
    with pytest.raises(TenantUnknown):
        register(house, AccountDraft(id="li"), tenant_id="nowhere")
    assert listed(house) == []
    assert len(register(house, *(AccountDraft(id=str(n)) for n in range(1000)))) == 1000


def test_accounts_are_found_by_the_beginning_of_id_or_name(house):
    house.tenant("acme")
    house.tenant("globex")
    register(
        house,
        AccountDraft(id="li.lei", display_name="李雷"),
        AccountDraft(id="LI-42"),
        AccountDraft(id="han", display_name="Li Hua"),
        AccountDraft(id="100%"),
        AccountDraft(id="100_000"),
    )
    register(house, AccountDraft(id="li.other"), tenant_id="globex")

    assert listed(house, prefix="li") == ["LI-42", "han", "li.lei"]
    assert listed(house, prefix="Li ") == ["han"]
    assert listed(house, prefix="李") == ["li.lei"]
    assert listed(house, prefix="100%") == ["100%"]
    assert listed(house, prefix="nobody") == []


def test_pages_follow_each_other_without_gap_or_repeat(house):
    house.tenant("acme")
    ids = sorted(["a", "B", "é", "李", "𠮷", "z", "_", "~", "a1", "a-1"])
    register(house, *(AccountDraft(id=name) for name in ids))
    found, after = [], ""
    while page := listed(house, after=after, limit=3):
        found += page
        after = page[-1]
    assert found == ids


def test_a_hold_finds_whom_to_stand_against(house):
    house.tenant("acme")
    with house.uow.begin() as tx:
        service.ensure_account(tx, "acme", "stranger")
        service.ensure_account(tx, "acme", "stranger")
    assert house.facts() == ["tenant.created", "account.registered"]
    with pytest.raises(Conflict), house.uow.begin() as tx:
        service.ensure_account(tx, "nowhere", "stranger")


def test_one_tenant_never_reads_anothers_account(house):
    house.tenant("acme")
    house.tenant("globex")
    register(house, AccountDraft(id="li"))
    with house.uow.look() as connection:
        for name in ("li", "li\0", ""):
            with pytest.raises(AccountUnknown):
                store.get_account(connection, name, tenant_id="globex")
