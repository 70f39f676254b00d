"""What stands under [sms] is right or refused at the start, and its secret stays where it is."""

from pathlib import Path
from typing import Any

import pytest

from frostgate.app import Program
from frostgate.config import Settings, SettingsRefused, load
from frostgate.notices.model import Channel

GOOD = {
    "provider": "tencent",
    "key_id": "AKIDphones",
    "key_secret": "hidden-away",
    "sign_name": "艾克米",
    "app_id": "1400006666",
    "templates": {"debt_last_notice": {"zh-CN": "1110", "en": "1111"}},
}


def settings(folder: Path, sms: dict[str, Any]) -> Settings:
    lines = [f'database = "sqlite:///{folder / "a.db"}"', "[sms]"]
    lines += [f'{name} = "{value}"' for name, value in sms.items() if not isinstance(value, dict)]
    for template, ids in sms.get("templates", {}).items():
        lines += [f"[sms.templates.{template}]", *(f'{language} = "{id_}"' for language, id_ in ids.items())]
    file = folder / "frostgate.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return load(file, {})


@pytest.mark.parametrize("provider", ["alibaba", "tencent"])
def test_notices_travel_by_text_where_a_provider_is_named(tmp_path: Path, provider: str) -> None:
    program = Program(settings(tmp_path, {**GOOD, "provider": provider}))
    assert program.channels == {Channel.EMAIL, Channel.SMS}
    assert "hidden-away" not in repr(program.settings)
    program.database.close()


def test_without_one_they_travel_by_mail_alone(tmp_path: Path) -> None:
    program = Program(Settings(database=f"sqlite:///{tmp_path / 'a.db'}"))
    assert program.channels == {Channel.EMAIL}
    program.database.close()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"provider": "smoke"}, "Invalid enum value 'smoke' - at `$.sms.provider`"),
        ({"key_secret": ""}, "sms.key_id, sms.key_secret and sms.sign_name are all needed"),
        ({"sign_name": ""}, "sms.key_id, sms.key_secret and sms.sign_name are all needed"),
        ({"key_id": "密钥"}, "sms.key_id and sms.region have no letters but those of ASCII"),
        ({"app_id": ""}, "sms.app_id is needed: the SmsSdkAppId of the application in Tencent Cloud"),
        ({"endpoint": "http://sms.example.com"}, "sms.endpoint is no https address"),
        ({"endpoint": "sms.example.com"}, "sms.endpoint is no https address"),
        ({"templates": {}}, "sms.templates: name the id of a registered text for each notice and language"),
        ({"templates": {"debt_due": {"en": ""}}}, "sms.templates: name the id of a registered text"),
        (
            {"templates": {"cases_waiting": {"en": "1"}}},
            "sms.templates: cases_waiting never goes by text; these do: debt_",
        ),
        ({"provider": "smpp"}, "sms.smpp.host, sms.smpp.system_id and sms.smpp.source are all needed"),
        ({"templates": {"nonsense": {"en": "1"}}}, "Invalid enum value 'nonsense'"),
        ({"templates": {"debt_due": {"de": "1"}}}, "Invalid enum value 'de'"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_once(tmp_path: Path, wrong: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        Program(settings(tmp_path, {**GOOD, **wrong}))
    assert refused.value.params["problem"].startswith(problem)
    assert "hidden-away" not in str(refused.value)


def test_half_of_them_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused) as refused:
        Program(settings(tmp_path, {"key_id": "AKIDphones"}))
    assert refused.value.params["problem"] == "sms.provider is missing: alibaba, tencent or smpp"
