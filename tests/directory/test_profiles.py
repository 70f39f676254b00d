"""What bots and services are declared to do, and that people declare nothing of the kind."""

from typing import Any

import pytest

from world import Account, Tenant, World

PURPOSE = {"purpose": "tells everybody in a channel that a build is done"}


def tenant(world: World) -> Tenant:
    return world.tenant(f"p{world.number()}")


def bot(tenant: Tenant, name: str = "builder", kind: str = "bot") -> Account:
    return tenant.account(name, kind=kind)


def put(account: Account, **said: Any) -> Any:
    return account.world.boss().does("PUT", f"{account.path}/profile", json={**PURPOSE, **said})


def refused(account: Account, **said: Any) -> tuple[str, str | None]:
    answer = account.world.boss().asks("PUT", f"{account.path}/profile", json={**PURPOSE, **said})
    assert answer.is_client_error
    return answer.json()["code"], answer.json().get("pointer")


@pytest.mark.parametrize("kind", ["bot", "service"])
def test_a_profile_is_declared_read_changed_and_taken_back(world: World, kind: str) -> None:
    acme = world.tenant()
    builder = bot(acme, kind=kind)
    path, boss, memory = f"{builder.path}/profile", world.boss(), world.program.declared
    assert boss.is_refused("GET", path) == "profile.unknown"
    assert boss.is_refused("DELETE", path) == "profile.unknown"

    first = put(builder, messages_a_minute=600, networks=["2001:DB8::/32", "203.0.113.0/24", "203.0.113.0/24"])

    assert (first["messages_a_minute"], first["recipients_an_hour"]) == (600, None)
    assert first["networks"] == ["2001:db8::/32", "203.0.113.0/24"]
    assert world.reviewer().sees(path) == first
    known = memory.profile("acme", "builder")
    assert known is not None
    assert (known.purpose, known.messages_a_minute) == (PURPOSE["purpose"], 600)
    assert memory.works_from("acme", "builder", "203.0.113.9") is True
    assert memory.works_from("acme", "builder", "198.51.100.9") is False

    second = put(builder, api_calls_a_minute=60)

    assert (second["messages_a_minute"], second["api_calls_a_minute"], second["networks"]) == (None, 60, [])
    assert memory.works_from("acme", "builder", "198.51.100.9") is None
    boss.does("DELETE", path)
    assert boss.is_refused("GET", path) == "profile.unknown"
    assert memory.profile("acme", "builder") is None
    told = [fact for fact in world.facts("acme") if fact.startswith("profile")]
    assert told == ["profile.declared", "profile.declared", "profile.removed"]


def test_the_same_profile_again_is_no_change(shared: World) -> None:
    builder = bot(tenant(shared))
    first = put(builder, messages_a_minute=5)
    assert put(builder, messages_a_minute=5) == first
    assert shared.facts(builder.tenant.id).count("profile.declared") == 1


def test_people_and_strangers_have_no_profile(shared: World) -> None:
    acme = tenant(shared)
    assert refused(acme.account("li"))[0] == "profile.for_person"
    assert refused(acme.stranger("nobody"))[0] == "account.unknown"
    assert "profile.declared" not in shared.facts(acme.id)


def test_a_profile_counts_only_while_its_account_is_no_person(world: World) -> None:
    acme = world.tenant()
    builder, memory = bot(acme), world.program.declared
    put(builder, messages_a_minute=5)
    acme.account("builder", kind="person")
    assert (memory.kind("acme", "builder"), memory.profile("acme", "builder")) == ("person", None)
    assert refused(builder)[0] == "profile.for_person"
    acme.account("builder", kind="service")
    assert memory.kind("acme", "builder") == "service"
    assert memory.profile("acme", "builder") is not None


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ({"messages_a_minute": 0}, "request.invalid", "/messages_a_minute"),
        ({"recipients_an_hour": -1}, "request.invalid", "/recipients_an_hour"),
        ({"api_calls_a_minute": 10**10}, "request.invalid", "/api_calls_a_minute"),
        ({"messages_a_minute": 1.5}, "request.invalid", "/messages_a_minute"),
        ({"purpose": ""}, "request.invalid", "/purpose"),
        ({"networks": ["203.0.113.0/24", "0.0.0.0/0"]}, "network.too_broad", "/networks/1"),
        ({"networks": ["203.0.113.7/24"]}, "network.host_bits", "/networks/0"),
        ({"networks": ["everywhere"]}, "network.cidr_unusable", "/networks/0"),
        ({"colour": "blue"}, "request.invalid", "/colour"),
    ],
)
def test_what_cannot_be_declared_is_pointed_at(shared: World, said: dict[str, Any], code: str, pointer: str) -> None:
    assert refused(bot(tenant(shared)), **said) == (code, pointer)


def test_a_tenants_administrator_declares_profiles_and_a_portal_does_not(shared: World) -> None:
    acme = tenant(shared)
    path = f"{bot(acme).path}/profile"
    admin = acme.token("api", role="owner")
    assert admin.does("PUT", path, json=PURPOSE)["purpose"] == PURPOSE["purpose"]
    assert acme.token("portal").is_refused("PUT", path, json=PURPOSE) == "auth.forbidden"
