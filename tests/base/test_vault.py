"""What is kept secret, and what is signed: keys, places, purposes, and the settings that they stand on."""

import stat
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from authenticators import Phone, Portal
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.base.vault import KeyMissing, SecretUnreadable, Vault
from frostgate.config import Secrets, Settings, SettingsRefused, load
from servers import NOON, Databases
from together import at_once
from world import SECRETS, World


def test_a_key_is_made_beside_the_database_and_never_again(databases: Databases) -> None:
    url = databases.make("sqlite")
    world = World(url, databases.secrets["sqlite"], secrets=Secrets())
    file = Path(f"{url.removeprefix('sqlite:///')}.key")
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
    sealed = at_once([partial(vault.seal, "secret", place="f", at=NOON) for vault in vaults])
    assert [Vault([], key_file=file).open(each, place="f") for each in sealed] == ["secret"] * 8
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_that_cannot_be_used_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("not a key\n")
    with pytest.raises(KeyMissing):
        Vault([], key_file=file).seal("secret", place="f", at=NOON)
    assert file.read_text() == "not a key\n"
    with pytest.raises(KeyMissing):
        Vault([], key_file=tmp_path / "no such folder" / "key").seal("secret", place="f", at=NOON)


def test_without_a_key_postgresql_takes_no_secret(databases: Databases) -> None:
    world = World(databases.make("postgresql"), databases.secrets["postgresql"], secrets=Secrets())
    portal = Portal(world.tenant().account("li"))
    assert portal.is_refused("POST", f"{portal.factors}/totp", json={"name": "app"}) == "vault.key_missing"
    assert portal.listed() == []
    assert not {"factor.enrolled"} & set(world.facts())
    world.close()


def test_keys_are_replaced_one_after_another() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Vault([old], key_file=None).seal("secret", place="f", at=NOON)
    both = Vault([new, old], key_file=None)
    assert both.open(before, place="f") == "secret"
    after = both.seal("secret", place="f", at=NOON)
    assert Vault([new], key_file=None).open(after, place="f") == "secret"
    with pytest.raises(SecretUnreadable):
        Vault([new], key_file=None).open(before, place="f")


def test_a_secret_opens_in_its_own_place_alone() -> None:
    vault = Vault(SECRETS.keys, key_file=None)
    sealed = vault.seal("a:secret", place="f", at=NOON)
    assert "secret" not in sealed
    assert vault.open(sealed, place="f") == "a:secret"
    with pytest.raises(SecretUnreadable):
        vault.open(sealed, place="g")


# Signatures


def test_a_signature_proves_one_text_for_one_purpose() -> None:
    vault = Vault(SECRETS.keys, key_file=None)
    signature = vault.sign("notice-1", purpose="appeal")
    assert vault.is_signed("notice-1", signature, purpose="appeal")
    assert not vault.is_signed("notice-2", signature, purpose="appeal")
    assert not vault.is_signed("notice-1", signature, purpose="self-check")
    for wrong in ("", signature[:-1], signature + "A", "签名", "\x00"):
        assert not vault.is_signed("notice-1", wrong, purpose="appeal")


def test_a_signature_of_an_older_key_counts_until_that_is_taken_away() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Vault([old], key_file=None).sign("notice-1", purpose="appeal")
    assert Vault([new, old], key_file=None).is_signed("notice-1", before, purpose="appeal")
    assert not Vault([new], key_file=None).is_signed("notice-1", before, purpose="appeal")
    assert Vault([new, old], key_file=None).sign("notice-1", purpose="appeal") != before


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(KeyMissing):
        Vault([], key_file=None).sign("notice-1", purpose="appeal")


# Settings


def test_keys_are_read_from_the_settings_and_not_shown() -> None:
    chosen = load(None, {"FROSTGATE_SECRETS__KEYS": "hush,quiet"})
    assert chosen.secrets == Secrets(keys=("hush", "quiet"))
    assert "hush" not in repr(chosen)


def test_a_key_that_cannot_work_is_refused_at_once_and_not_repeated(tmp_path: Path) -> None:
    chosen = Settings(database=f"sqlite:///{tmp_path}/a.db", secrets=Secrets(keys=("short",)))
    with pytest.raises(SettingsRefused) as refused:
        Program(chosen, clock=HandClock(NOON))
    assert "short" not in str(refused.value)
