"""Secrets of factors at rest, and the settings that they stand on."""

import stat
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.fernet import Fernet

from authenticators import Phone, Portal
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.config import Factors, Settings, SettingsRefused, load
from frostgate.directory.factors.model import KeyMissing, SecretUnreadable
from frostgate.directory.factors.passkeys import is_page_of
from frostgate.directory.factors.vault import Vault
from servers import NOON, Databases
from together import at_once
from world import FACTORS, World


def test_a_key_is_made_beside_the_database_and_never_again(databases: Databases) -> None:
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], factors=Factors())
    file = Path(f"{url.removeprefix('sqlite:///')}.factors-key")
    portal = Portal(world.tenant().account("li"))
    assert not file.exists()

    begun = portal.begins()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = file.read_text()
    assert [path.name for path in file.parent.glob(f"{file.name}*")] == [file.name]
    world.restart()
    code = {"code": Phone(begun["secret"]).shows(world.clock.now())}
    portal.does("POST", f"{portal.factors}/{begun['factor']['id']}/confirm", json=code)
    assert file.read_text() == key
    world.close()


def test_processes_that_make_the_key_at_once_make_one(tmp_path: Path) -> None:
    file = tmp_path / "key"
    vaults = [Vault([], key_file=file) for _ in range(8)]
    sealed = at_once([partial(vault.seal, "secret", factor_id="f", at=NOON) for vault in vaults])
    assert [Vault([], key_file=file).open(each, factor_id="f") for each in sealed] == ["secret"] * 8
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_that_cannot_be_used_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("not a key\n")
    with pytest.raises(KeyMissing):
        Vault([], key_file=file).seal("secret", factor_id="f", at=NOON)
    assert file.read_text() == "not a key\n"
    with pytest.raises(KeyMissing):
        Vault([], key_file=tmp_path / "no such folder" / "key").seal("secret", factor_id="f", at=NOON)


def test_without_a_key_postgresql_takes_no_secret(databases: Databases) -> None:
    world = World(databases.make("postgresql"), databases.secrets["postgresql"], factors=Factors())
    portal = Portal(world.tenant().account("li"))
    assert portal.is_refused("POST", f"{portal.factors}/totp", json={"name": "app"}) == "factor.key_missing"
    assert portal.listed() == []
    assert not {"factor.enrolled"} & set(world.facts())
    world.close()


def test_keys_are_replaced_one_after_another() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Vault([old], key_file=None).seal("secret", factor_id="f", at=NOON)
    both = Vault([new, old], key_file=None)
    assert both.open(before, factor_id="f") == "secret"
    after = both.seal("secret", factor_id="f", at=NOON)
    assert Vault([new], key_file=None).open(after, factor_id="f") == "secret"
    with pytest.raises(SecretUnreadable):
        Vault([new], key_file=None).open(before, factor_id="f")


def test_a_secret_opens_for_its_own_factor_alone() -> None:
    vault = Vault(FACTORS.keys, key_file=None)
    sealed = vault.seal("secret", factor_id="f", at=NOON)
    assert "secret" not in sealed
    with pytest.raises(SecretUnreadable):
        vault.open(sealed, factor_id="g")


# Settings


def test_settings_of_factors_are_read_and_keys_are_not_shown() -> None:
    environ = {
        "FROSTGATE_FACTORS__RP_ID": "example.com",
        "FROSTGATE_FACTORS__ORIGINS": "https://a.example.com,https://b.example.com",
        "FROSTGATE_FACTORS__KEYS": "hush,quiet",
    }
    chosen = load(None, environ)
    assert chosen.factors == Factors(
        rp_id="example.com", origins=("https://a.example.com", "https://b.example.com"), keys=("hush", "quiet")
    )
    assert "hush" not in repr(chosen)


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": ("short",)},
        {"rp_id": "example.com"},
        {"origins": ("https://example.com",)},
        {"rp_id": "example.com", "origins": ("https://example.com", "https://example.org")},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, wrong: dict[str, Any]) -> None:
    chosen = Settings(database=f"sqlite:///{tmp_path}/a.db", factors=msgspec.convert(wrong, Factors))
    with pytest.raises(SettingsRefused) as refused:
        Program(chosen, clock=HandClock(NOON))
    assert "short" not in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        ("https://example.com", True),
        ("https://account.example.com:8443", True),
        ("android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0", True),
        ("http://example.com", False),
        ("https://badexample.com", False),
        ("https://example.com.evil.test", False),
        ("https://example.com/", False),
        ("https://Example.com", False),
        ("https://li@example.com", False),
        ("https://example.com:port", False),
        ("https://[example.com", False),
        ("example.com", False),
        ("android:apk-key-hash:", False),
        ("", False),
    ],
)
def test_passkeys_are_asked_for_by_the_site_s_own_pages(origin: str, good: bool) -> None:
    assert is_page_of(origin, "example.com") is good


@pytest.mark.parametrize(("origin", "good"), [("http://localhost:3000", True), ("http://localhost.evil.test", False)])
def test_on_the_very_machine_no_tls_is_asked_for(origin: str, good: bool) -> None:
    assert is_page_of(origin, "localhost") is good


def test_a_role_that_only_reads_sees_names_and_nothing_else(portal: Portal) -> None:
    begun = portal.begins("my phone")
    auditor = portal.world.person("auditor")
    answer = auditor.asks("GET", portal.factors)
    assert "my phone" in answer.text
    assert begun["secret"] not in answer.text
    assert set(answer.json()["items"][0]) == {
        "id", "type", "name", "state", "created_at", "active_since", "last_used_at", "backed_up",
    }  # fmt: skip
    assert auditor.is_refused("DELETE", f"{portal.factors}/{begun['factor']['id']}") == "auth.forbidden"
