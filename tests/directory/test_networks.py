"""Networks that tenants declare, and allowlists that lock nobody out."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from frostgate.base.errors import Refused
from frostgate.base.model import SYSTEM
from frostgate.directory.declared import Declared
from frostgate.directory.networks import service
from frostgate.directory.networks.model import (
    CidrUnusable,
    HostBits,
    NetworkDraft,
    NetworkKind,
    TooBroad,
    TooManyNetworks,
    canonical,
)
from house import House as Programs
from world import Tenant, World

OFFICE = "203.0.113.0/24"


def tenant(world: World) -> Tenant:
    return world.tenant(f"n{world.number()}")


def add(world: World, tenant: Tenant, cidr: str = OFFICE, kind: str = "allowed", **more: Any) -> Any:
    body = {"cidr": cidr, "kind": kind, **more}
    return world.boss().does("POST", f"{tenant.path}/networks", json=body)


@pytest.mark.parametrize(
    ("written", "canonically"),
    [
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.7", "203.0.113.7/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("fd00::/16", "fd00::/16"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("::ffff:cb00:7107", "203.0.113.7/32"),
    ],
)
def test_a_network_has_one_spelling(written: str, canonically: str) -> None:
    assert canonical(written) == canonically
    assert canonical(canonically) == canonically


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ("0.0.0.0/0", TooBroad),
        ("8.0.0.0/7", TooBroad),
        ("::/0", TooBroad),
        ("2000::/15", TooBroad),
        ("::ffff:0:0/96", TooBroad),
        ("203.0.113.7/24", HostBits),
        ("2001:db8::1/32", HostBits),
        ("203.0.113.0/33", CidrUnusable),
        ("203.0.113.0/255.255.255.0", CidrUnusable),
        ("203.0.113.0/0.0.0.255", CidrUnusable),
        ("203.0.113.0/", CidrUnusable),
        ("203.0.113.0 /24", CidrUnusable),
        ("203.0.113.0/-1", CidrUnusable),
        ("203.0.113.0/٢٤", CidrUnusable),
        ("203.0.113", CidrUnusable),
        ("010.0.0.0/8", CidrUnusable),
        ("fe80::1%eth0/128", CidrUnusable),
        ("example.com", CidrUnusable),
        ("203.0.113.0/24\n", CidrUnusable),
    ],
)
def test_what_is_no_network_of_anybody_is_refused(written: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as refused:
        canonical(written)
    assert refused.value.pointer == "/cidr"


def test_set_bits_are_answered_with_the_network_that_contains_them(shared: World) -> None:
    acme = tenant(shared)
    body = {"cidr": "203.0.113.77/26", "kind": "trusted"}
    answer = shared.boss().asks("POST", f"{acme.path}/networks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "network.host_bits")
    assert answer.json()["params"]["network"] == "203.0.113.64/26"


def test_networks_are_declared_listed_and_taken_back(world: World) -> None:
    acme = world.tenant()
    office = add(world, acme, label="Shanghai office")
    vpn = add(world, acme, "2001:DB8::/32", "trusted")
    assert (office["cidr"], office["label"], vpn["cidr"]) == (OFFICE, "Shanghai office", "2001:db8::/32")
    assert world.reviewer().sees(f"{acme.path}/networks") == {"items": [office, vpn], "next": None}
    add(world, acme, OFFICE, "trusted")
    again = {"cidr": OFFICE, "kind": "allowed"}
    assert world.boss().is_refused("POST", f"{acme.path}/networks", json=again) == "network.exists"

    world.boss().does("DELETE", f"{acme.path}/networks/{office['id']}")

    assert world.boss().is_refused("DELETE", f"{acme.path}/networks/{office['id']}") == "network.unknown"
    assert office["id"] not in [n["id"] for n in world.boss().sees(f"{acme.path}/networks")["items"]]
    told = [fact for fact in world.facts(acme.id) if fact.startswith("network")]
    assert told == ["network.declared"] * 3 + ["network.removed"]


def test_an_allowlist_is_enforced_by_somebody_whom_it_lets_in(world: World) -> None:
    acme, boss = world.tenant(), world.boss()
    path = f"{acme.path}/allowlist"

    def refused(**body: Any) -> str:
        return boss.is_refused("PUT", path, json={"enforced": True, **body})

    assert boss.sees(path) == {"enforced": False, "networks": 0}
    assert refused(tested_from="203.0.113.7") == "allowlist.empty"
    add(world, acme, "198.51.100.0/24", "trusted")
    assert refused(tested_from="198.51.100.7") == "allowlist.empty"
    add(world, acme)
    assert refused() == "allowlist.untested"
    assert refused(tested_from="198.51.100.7") == "allowlist.misses"
    assert refused(tested_from="not an address") == "allowlist.misses"
    assert boss.sees(path) == {"enforced": False, "networks": 1}
    assert "allowlist.changed" not in world.facts(acme.id)

    for _ in range(2):
        body = {"enforced": True, "tested_from": "::ffff:203.0.113.7"}
        assert boss.does("PUT", path, json=body) == {"enforced": True, "networks": 1}
    assert world.facts(acme.id).count("allowlist.changed") == 1
    assert world.program.declared.allowlist(acme.id, "203.0.113.7") is True
    assert world.program.declared.allowlist(acme.id, "198.51.100.7") is False

    assert boss.does("PUT", path, json={"enforced": False}) == {"enforced": False, "networks": 1}
    assert world.program.declared.allowlist(acme.id, "198.51.100.7") is None


def test_the_last_network_of_an_enforced_allowlist_stays(world: World) -> None:
    acme, boss = world.tenant(), world.boss()
    first, second = add(world, acme), add(world, acme, "198.51.100.0/24")
    boss.does("PUT", f"{acme.path}/allowlist", json={"enforced": True, "tested_from": "203.0.113.7"})
    boss.does("DELETE", f"{acme.path}/networks/{second['id']}")
    assert boss.is_refused("DELETE", f"{acme.path}/networks/{first['id']}") == "allowlist.in_force"
    assert [n["id"] for n in boss.sees(f"{acme.path}/networks")["items"]] == [first["id"]]
    assert world.program.declared.allowlist(acme.id, "203.0.113.7") is True
    boss.does("PUT", f"{acme.path}/allowlist", json={"enforced": False})
    boss.does("DELETE", f"{acme.path}/networks/{first['id']}")


@pytest.fixture
def programs(database_url: str) -> Iterator[Programs]:
    built = Programs(database_url)
    yield built
    built.close()


def test_a_tenant_declares_five_hundred_networks_at_most(programs: Programs) -> None:
    programs.tenant(), programs.tenant("bolt")

    def declare(number: int, tenant_id: str = "acme") -> None:
        draft = NetworkDraft(cidr=f"10.{number // 256}.{number % 256}.0/24", kind=NetworkKind.TRUSTED)
        service.declare_network(tx, draft, tenant_id=tenant_id, actor=SYSTEM)

    with programs.program.uow.begin() as tx:
        for number in range(500):
            declare(number)
        declare(0, "bolt")
    with pytest.raises(TooManyNetworks), programs.program.uow.begin() as tx:
        declare(500)
    assert programs.program.declared.is_trusted("acme", "10.1.243.9")
    assert not programs.program.declared.is_trusted("acme", "10.1.244.9")


# The agreement with Python's own library, which reads one network at a time.

fours = some.builds(
    lambda number, prefix: IPv4Network((number, prefix), strict=False),
    some.integers(0, 2**32 - 1),
    some.integers(8, 32),
)
sixes = some.builds(
    lambda number, prefix: IPv6Network((number, prefix), strict=False),
    some.integers(0, 2**128 - 1),
    some.integers(16, 128),
)
mapped = some.builds(lambda n: IPv6Network((0xFFFF << 32 | int(n.network_address), 96 + n.prefixlen)), fours)
any_network = some.one_of(fours, sixes, mapped)


def as_four(text: str) -> Any:
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def contains(cidrs: list[str], address: Any) -> bool:
    found = [ip_network(cidr) for cidr in cidrs]
    return any(network.version == address.version and address in network for network in found)


@some.composite
def near(draw: Any, networks: list[Any]) -> str:
    """An address in, at the edge of, or just beside one of the networks, or any address at all."""
    network = draw(some.sampled_from(networks))
    size, kind = network.num_addresses, type(network.network_address)
    offset = draw(some.one_of(some.sampled_from([-1, 0, size - 1, size]), some.integers(0, size - 1)))
    number = (int(network.network_address) + offset) % (2 ** kind(0).max_prefixlen)
    spelled = str(kind(number))
    if kind(number).version == 4 and draw(some.booleans()):
        return f"::ffff:{spelled}"
    return draw(some.one_of(some.just(spelled), some.ip_addresses().map(str)))


@settings(deadline=None)
@given(data=some.data(), networks=some.lists(any_network, min_size=1, max_size=30))
def test_memory_agrees_with_the_library_about_every_address(data: Any, networks: list[Any]) -> None:
    cidrs = [canonical(str(network)) for network in networks]
    memory = Declared.of(trusted={"acme": cidrs}, allowed={"acme": cidrs})
    ip = data.draw(near(networks))
    expected = contains(cidrs, as_four(ip))
    assert memory.is_trusted("acme", ip) == expected
    assert memory.allowlist("acme", ip) == expected


# Every address there is: here it only matters whether a text is one.
ALL = [f"{first}.0.0.0/8" for first in range(256)] + [f"{first:x}::/16" for first in range(65536)]
EVERYWHERE = Declared.of(trusted={"acme": ALL}, allowed={"acme": ALL})


@settings(deadline=None)
@given(text=some.one_of(some.text(max_size=20), some.text("0123456789abcdef:.%/", max_size=45)))
@example("203.0.113.7\0")
@example("\ud800")
@example("203.0.113.07")
@example("1:2:3:4:5:6:7::")
@example("::1.2.3.4")
@example("::ffff:203.0.113.7%eth0")
def test_text_that_is_no_address_is_nowhere_and_breaks_nothing(text: str) -> None:
    assert EVERYWHERE.is_trusted("acme", text) == EVERYWHERE.allowlist("acme", text) == is_address(text)


def is_address(text: str) -> bool:
    try:
        return bool(ip_address(text.partition("%")[0]))
    except ValueError:
        return False
