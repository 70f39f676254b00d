"""The settings that second factors stand on, and who reads of them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from authenticators import Portal
from frostgate.app import Program
from frostgate.base.clock import HandClock
from frostgate.config import Factors, Settings, SettingsRefused, load
from frostgate.directory.factors.passkeys import is_page_of
from servers import NOON


def test_settings_of_factors_are_read() -> None:
    environ = {
        "FROSTGATE_FACTORS__RP_ID": "example.com",
        "FROSTGATE_FACTORS__ORIGINS": "https://a.example.com,https://b.example.com",
    }
    chosen = load(None, environ)
    origins = ("https://a.example.com", "https://b.example.com")
    assert chosen.factors == Factors(rp_id="example.com", origins=origins)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rp_id": "example.com"},
        {"origins": ("https://example.com",)},
        {"rp_id": "example.com", "origins": ("https://example.com", "https://example.org")},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, wrong: dict[str, Any]) -> None:
    chosen = Settings(database=f"sqlite:///{tmp_path}/a.db", factors=msgspec.convert(wrong, Factors))
    with pytest.raises(SettingsRefused):
        Program(chosen, clock=HandClock(NOON))


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
