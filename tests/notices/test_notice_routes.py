"""Notices over HTTP: what became of each, for staff and for its tenant."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.testing import TestClient

from frostgate.base.model import Actor, ActorKind
from frostgate.base.web import exception_handlers
from frostgate.directory.model import Operator, Principal
from frostgate.directory.permissions import PERMISSIONS, Role
from frostgate.notices.render import Renderer, Site
from frostgate.notices.routes import ROUTES

House = Any
SITE = Site(platform="Frostgate", help_url="https://id.example.com/help", check_url="https://id.example.com/verify")


def operator(email: str) -> Operator:
    return Operator(
        id="lin", email=email, name="Lin", role=Role.OWNER, tenant_id="acme", active=True, created_at=datetime.now(UTC)
    )


def client_of(house: House, *, words: bool, email: str | None = None, role: Role = Role.OWNER) -> TestClient[Any]:
    principal = Principal(
        actor=Actor(ActorKind.OPERATOR, "wang"),
        role=role,
        tenant_id="acme" if role is Role.OWNER else None,
        permissions=PERMISSIONS[role],
        operator=None if email is None else operator(email),
    )
    dependencies = {
        "work": Provide(lambda: house.uow, sync_to_thread=False),
        "principal": Provide(lambda: principal, sync_to_thread=False),
    }
    if words:
        dependencies["renderer"] = Provide(lambda: Renderer(SITE), sync_to_thread=False)
    app = Litestar(
        [Router("/v1", route_handlers=[ROUTES])],
        dependencies=dependencies,
        exception_handlers=exception_handlers(),
        openapi_config=None,
    )
    return TestClient(app)


@pytest.fixture
def client(house: House) -> Iterator[TestClient[Any]]:
    with client_of(house, words=True) as client:
        yield client


def test_notices_are_found_by_hold_account_and_state(house: House, client: TestClient[Any]) -> None:
    hold = house.hold()
    house.hold("bot")

    def found(**params: Any) -> int:
        return len(client.get("/v1/tenants/acme/notices", params=params).json()["items"])

    assert found() == 4
    assert found(hold=hold.id) == 2
    assert found(account="bot") == 2
    assert found(state="withheld") == 1
    assert client.get("/v1/tenants/acme/notices", params={"state": "lost"}).status_code == 400


def test_pages_of_notices_follow_each_other(house: House, client: TestClient[Any]) -> None:
    for name in ("a", "b", "c"):
        house.hold(name)
    seen, cursor = [], None
    while True:
        params = {"limit": 4} | ({"after": cursor} if cursor else {})
        page = client.get("/v1/tenants/acme/notices", params=params).json()
        seen += [notice["id"] for notice in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6


def test_one_notice_shows_its_words_and_every_attempt(house: House, client: TestClient[Any], postbox: Any) -> None:
    house.hold()
    postbox.refuse = "451 busy"
    house.round()
    postbox.refuse = None
    house.later(minutes=1)
    notice = house.notices()[0]

    file = client.get(f"/v1/tenants/acme/notices/{notice.id}").json()
    assert [attempt["outcome"] for attempt in file["attempts"]] == ["failed", "sent"]
    assert file["notice"]["state"] == "sent"
    assert file["notice"]["next_attempt_at"] is None
    assert file["subject"] == "[Frostgate] Account frozen: unusual sign-in"
    assert file["message_id"] is None  # it went to somebody else


def test_without_the_sites_words_the_record_speaks_for_itself(house: House) -> None:
    house.hold()
    notice = house.notices()[0]
    with client_of(house, words=False) as client:
        file = client.get(f"/v1/tenants/acme/notices/{notice.id}").json()
    assert file["subject"] is None
    assert file["notice"]["code"] is None


def test_what_proves_a_notice_is_for_its_reader_and_for_our_staff(house: House, client: TestClient[Any]) -> None:
    """With a genuine code an administrator could have a mail of their own believed."""
    house.hold()
    house.round()
    holder, tenant = house.notices()
    for notice in (holder, tenant):
        file = client.get(f"/v1/tenants/acme/notices/{notice.id}").text
        listed = client.get("/v1/tenants/acme/notices").text
        assert notice.code not in file + listed
        assert str(notice.message_id) not in file + listed
    with client_of(house, words=True, email=tenant.address) as theirs:
        file = theirs.get(f"/v1/tenants/acme/notices/{tenant.id}").json()
        assert (file["notice"]["code"], file["message_id"]) == (tenant.code, tenant.message_id)
        assert tenant.code in file["text"]
        assert theirs.get(f"/v1/tenants/acme/notices/{holder.id}").json()["notice"]["code"] is None
        codes = [each["code"] for each in theirs.get("/v1/tenants/acme/notices").json()["items"]]
        assert codes == [tenant.code, None]
    with client_of(house, words=True, role=Role.LEAD) as ours:
        file = ours.get(f"/v1/tenants/acme/notices/{holder.id}").json()
        assert (file["notice"]["code"], file["message_id"]) == (holder.code, holder.message_id)
        assert holder.code in file["text"]


def test_another_tenants_notices_do_not_exist(house: House, client: TestClient[Any]) -> None:
    house.tenant("other", "it@other.example.com")
    house.hold(tenant_id="other")
    notice = house.notices("other")[0]
    assert client.get("/v1/tenants/other/notices").status_code == 404
    assert client.get(f"/v1/tenants/acme/notices/{notice.id}").json()["code"] == "notice.unknown"
