"""Where a request comes from behind proxies: what our own added to the header counts, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frostgate.app import Program
from frostgate.config import Settings, SettingsRefused
from frostgate.directory.networks.forwarded import Proxies
from frostgate.server import Application
from servers import Databases
from world import World


def seen(client: str, *headers: str) -> str:
    scope: dict[str, Any] = {
        "client": (client, 443),
        "headers": [(b"x-forwarded-for", header.encode()) for header in headers],
    }
    Proxies(["10.0.0.0/24", "2001:db8::/48"]).tell(scope)
    return str(scope["client"][0])


@pytest.mark.parametrize(
    ("client", "headers", "is_from"),
    [
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8::1", ["2001:db8:9::1"], "2001:db8:9::1"),
        ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # the first is the stranger's invention
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["\xff"], "10.0.0.1"),
        ("203.0.113.9", ["10.0.0.1"], "203.0.113.9"),  # nobody's word but ours
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
    ],
)
def test_the_last_address_that_is_not_ours(client: str, headers: list[str], is_from: str) -> None:
    assert seen(client, *headers) == is_from


@pytest.fixture
def behind(backend: str, database_url: str, databases: Databases) -> Iterator[World]:
    built = World(database_url, databases.secrets[backend], proxies=("127.0.0.0/8",))
    yield built
    built.close()


def test_networks_are_told_apart_behind_a_proxy(behind: World) -> None:
    def checks(address: str) -> int:
        return behind.http.get("/verify", params={"code": "x"}, headers={"x-forwarded-for": address}).status_code

    assert [checks("203.0.113.9") for _ in range(31)] == [200] * 30 + [429]
    assert checks("203.0.113.9, 127.0.0.2") == 429
    assert checks("203.0.113.10") == 200
    connection = behind.http.get("/self-check/connection", headers={"x-forwarded-for": "198.51.100.7"})
    assert "198.51.100.7" in connection.text


@pytest.mark.parametrize("wrong", ["proxy.internal", "10.0.0.1/24", ""])
def test_a_proxy_is_a_network(wrong: str, tmp_path: Path) -> None:
    program = Program(Settings(database=f"sqlite:///{tmp_path / 'house.db'}", proxies=(wrong,)))
    with pytest.raises(SettingsRefused):
        Application(program)
    program.database.close()
