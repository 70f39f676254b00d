"""The directory through HTTP: what each role reaches, and how refusals look from outside."""

from typing import Any

import pytest
from litestar import get
from litestar.di import NamedDependency
from litestar.testing import TestClient

from frostgate.base.web import NEEDS, PUBLIC
from frostgate.directory.guards import routes_without_permission
from frostgate.directory.model import Principal, Purpose
from frostgate.directory.permissions import Permission, Role

PASSWORD = "correct horse battery"


def test_every_route_says_what_it_needs(house):
    assert routes_without_permission(house.app()) == []
    assert Permission.PUBLIC == PUBLIC


def test_a_route_that_forgot_is_closed_to_everybody_and_is_named(house):
    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return "open"

    app = house.app(forgotten)
    assert routes_without_permission(app) == ["GET /forgotten"]
    with TestClient(app) as client:
        refused = client.get("/forgotten", headers=house.bearer(Role.SUPERINTENDENT))
    assert (refused.status_code, refused.json()["code"]) == (403, "auth.forbidden")


def test_a_public_route_has_no_principal_to_lean_on(house):
    @get("/careless", opt={NEEDS: Permission.PUBLIC}, sync_to_thread=False)
    def careless(principal: NamedDependency[Principal]) -> str:
        return principal.role

    with TestClient(house.app(careless)) as client:
        assert client.get("/careless").json()["code"] == "auth.required"


def test_sign_in_look_around_and_sign_out(house, client):
    operator = house.operator(Role.REVIEWER)
    opened = client.post("/session", json={"email": operator.email, "password": PASSWORD})
    assert opened.status_code == 201
    headers = {"authorization": f"Bearer {opened.json()['secret']}"}

    me = client.get("/session", headers=headers).json()
    assert me["operator"]["email"] == operator.email
    assert "cases.decide" in me["permissions"]
    assert client.delete("/session", headers=headers).status_code == 204
    ended = client.get("/session", headers=headers)
    assert (ended.status_code, ended.json()["code"]) == (401, "auth.invalid")
    assert 'error="invalid_token"' in ended.headers["www-authenticate"]


def test_no_credential_is_answered_with_where_to_begin(client):
    refused = client.get("/tenants", headers={"accept-language": "zh-CN"})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="frostgate"'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "请先登录。"


def test_too_many_attempts_say_when_to_come_back(client):
    body = {"email": "nobody@frostgate.example", "password": "wrong"}
    assert [client.post("/session", json=body).status_code for _ in range(6)] == [401] * 5 + [429]
    refused = client.post("/session", json=body, headers={"accept-language": "en"})
    assert refused.headers["retry-after"] == "900"
    assert refused.json()["detail"] == "Too many attempts. Try again in 15 min."


def test_tenants_and_accounts_from_end_to_end(house, client):
    boss = house.bearer(Role.SUPERINTENDENT)
    new = {"id": "acme", "name": "Acme", "contact_email": "security@acme.example"}
    assert client.post("/tenants", json=new, headers=boss).status_code == 201
    assert client.post("/tenants", json=new, headers=boss).json()["code"] == "tenant.exists"
    changed = client.patch("/tenants/acme", json={"language": "en"}, headers=boss).json()
    assert (changed["language"], changed["name"]) == ("en", "Acme")

    batch = {"accounts": [{"id": f"p{n}"} for n in range(5)]}
    assert len(client.post("/tenants/acme/accounts", json=batch, headers=boss).json()) == 5
    put = client.put("/tenants/acme/accounts/@li:acme.example", json={"display_name": "李雷"}, headers=boss)
    assert put.json()["id"] == "@li:acme.example"
    assert client.get("/tenants/acme/accounts/@li:acme.example", headers=boss).json() == put.json()

    first = client.get("/tenants/acme/accounts?limit=4", headers=boss).json()
    rest = client.get("/tenants/acme/accounts", params={"after": first["next"]}, headers=boss).json()
    assert [a["id"] for a in first["items"] + rest["items"]] == ["@li:acme.example", *(f"p{n}" for n in range(5))]
    assert rest["next"] is None
    found = client.get("/tenants/acme/accounts", params={"prefix": "李"}, headers=boss).json()
    assert [a["id"] for a in found["items"]] == ["@li:acme.example"]


def test_a_tenants_administrator_sees_one_tenant(house, client):
    house.tenant("acme")
    house.tenant("globex")
    admin = house.bearer(Role.OWNER, tenant_id="acme")
    boss = house.operator(Role.SUPERINTENDENT)

    assert [t["id"] for t in client.get("/tenants", headers=admin).json()["items"]] == ["acme"]
    for path in ("/tenants/globex", "/tenants/nowhere", "/tenants/globex/accounts", f"/operators/{boss.id}"):
        assert client.get(path, headers=admin).status_code == 404, path
    assert client.get("/tenants/globex", headers=admin).json()["code"] == "request.not_found"
    people = client.get("/operators", headers=admin).json()["items"]
    assert {p["tenant_id"] for p in people} == {"acme"}
    assert client.post("/tenants", json={}, headers=admin).status_code == 403

    issued = client.post("/tokens", json={"name": "events", "purpose": "ingest"}, headers=admin).json()
    assert issued["token"]["tenant_id"] == "acme"
    listed = client.get("/tokens", headers=admin).json()["items"]
    assert listed == [issued["token"]]
    assert issued["secret"] not in str(listed)
    assert client.delete(f"/tokens/{issued['token']['id']}", headers=admin).status_code == 204


def test_operators_are_added_changed_and_given_passwords(house, client):
    boss = house.bearer(Role.SUPERINTENDENT)
    new = {"email": "li@frostgate.example", "name": "李", "role": "reviewer", "password": "a long enough one"}
    added = client.post("/operators", json=new, headers=boss)
    assert added.status_code == 201
    assert "password" not in added.text
    path = f"/operators/{added.json()['id']}"
    assert client.patch(path, json={"role": "lead"}, headers=boss).json()["role"] == "lead"
    assert client.put(f"{path}/password", json={"password": "a new long one"}, headers=boss).status_code == 204
    theirs = client.post("/session", json={"email": new["email"], "password": "a new long one"}).json()
    own = {"current": "a new long one", "password": "my own long one"}
    mine = {"authorization": f"Bearer {theirs['secret']}"}
    assert client.put("/session/password", json=own, headers=mine).status_code == 204
    weak = client.post("/operators", json={**new, "email": "x@y.example", "password": "aaaaaaaaaaaaaaaa"}, headers=boss)
    assert (weak.status_code, weak.json()["pointer"]) == (422, "/password")


def test_a_machines_token_has_no_password_to_change(house, client):
    secret, _ = house.token(Purpose.API, role=Role.AUDITOR)
    refused = client.put(
        "/session/password",
        json={"current": "x", "password": "y" * 20},
        headers={"authorization": f"Bearer {secret}"},
    )
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "place"),
    [
        ("POST", "/tenants", {"id": "a", "name": "", "contact_email": "a@b"}, {"pointer": "/name"}),
        ("POST", "/tenants", {"id": "a", "name": "A"}, {"pointer": "/contact_email"}),
        ("POST", "/tenants", {"id": "a", "name": "A", "contact_email": "a@b", "x/y": 1}, {"pointer": "/x~1y"}),
        ("POST", "/tenants/acme/accounts", {"accounts": [{"id": "a"}, {"id": 7}]}, {"pointer": "/accounts/1/id"}),
        ("POST", "/tenants/acme/accounts", {"accounts": []}, {"pointer": "/accounts"}),
        ("GET", "/tenants?limit=0", None, {"parameter": "limit"}),
        ("GET", "/tenants?limit=many", None, {"parameter": "limit"}),
        ("GET", "/tenants?after=%00", None, {"parameter": "after"}),
    ],
)
def test_a_wrong_value_is_pointed_at(house, client, method, path, body, place):
    refused = client.request(method, path, json=body, headers=house.bearer(Role.SUPERINTENDENT))
    told: dict[str, Any] = refused.json()
    assert (refused.status_code, told["code"]) == (400, "request.invalid")
    (fault,) = told["params"]["errors"]
    assert {**fault, **place} == fault
    assert told.get("pointer") == place.get("pointer")


def test_options_name_the_methods_without_a_credential(client):
    assert "GET" in client.options("/tenants").headers["allow"]
