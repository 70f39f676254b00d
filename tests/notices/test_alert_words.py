"""Alerts, and the question whether somebody reads, say all that they must, in both languages."""

import itertools
import re

import pytest
from letters import CODE, NOON, letter_of

from frostgate.base.model import Language
from frostgate.notices.model import Audience, Letter, Template
from frostgate.notices.params import Outlook, Params
from frostgate.standing.model import Cause, Kind

ALERTS = [template for template in Template if template.value.startswith("alert_")]
LASTS = {"is_known": True, "per_day": "10.00 CNY", "days": 7, "until": "2026-03-09"}
OUTLOOKS = {
    "known": {**LASTS, "earliest": "2026-03-08", "latest": "2026-03-11"},
    "latest beyond sight": {**LASTS, "earliest": "2026-03-08"},
    "beyond sight": {"is_known": True, "per_day": "0.01 CNY"},
    "first week": {"is_known": False},
    "budget": {"is_known": False, "spent": "80.00 CNY", "budget": "100.00 CNY", "share": 80},
}


def letter(template: Template, language: Language, *, reply_code: str = "", outlook: Outlook | None = None) -> Letter:
    params = Params(
        account=None,
        tenant="ACME",
        kind=Kind.LIMIT.word,
        cause=Cause.ARREARS.value,
        services=(),
        since=NOON,
        case_id="",
        time_zone="Asia/Shanghai",
        outlook=outlook,
        reply_code=reply_code,
    )
    return letter_of(params, template=template, language=language, audience=Audience.FINANCE)


def must_be_whole(written: Letter, language: Language) -> None:
    for form in (written.text, written.html):
        assert CODE in form
        assert re.search(r"\{\{|\{%|Undefined|None\b", form) is None
    assert 5 <= len(written.subject) <= 78
    assert "\n\n\n" not in written.text
    prose = re.sub(r"https?://\S+|Frostgate|\b\w{10}\b|ACME|CNY", "", written.text)
    if language is Language.ZH:
        assert re.search(r"[A-Za-z]{2,}", prose) is None, "a Chinese notice with English words in it"
    else:
        assert re.search(r"[\u4e00-\u9fff]", prose) is None, "an English notice with Chinese words in it"


@pytest.mark.parametrize(
    ("template", "language", "rises", "known"), [*itertools.product(ALERTS, Language, (False, True), OUTLOOKS)]
)
def test_every_alert_says_all_that_it_must(template: Template, language: Language, rises: bool, known: str) -> None:
    outlook = Outlook(rises=rises, reached="70", balance="69.00 CNY", **OUTLOOKS[known])  # type: ignore[arg-type]
    written = letter(template, language, outlook=outlook)
    must_be_whole(written, language)
    assert "69.00 CNY" in written.text
    for figure in ("per_day", "until", "earliest", "latest", "spent", "budget"):
        assert str(getattr(outlook, figure)) in written.text


@pytest.mark.parametrize(("language", "words"), [(Language.ZH, "预存余额已用完"), (Language.EN, "is used up")])
def test_a_balance_that_is_used_up_has_no_forecast(language: Language, words: str) -> None:
    """Though by its figures it lasts until today, between today and today."""
    outlook = Outlook(rises=False, reached="3", balance="-1.00 CNY", is_used_up=True, **OUTLOOKS["known"])  # type: ignore[arg-type]
    written = letter(Template.ALERT_COVER, language, outlook=outlook)
    must_be_whole(written, language)
    assert words in written.text
    assert "2026-03" not in written.text


@pytest.mark.parametrize("language", Language)
def test_whoever_is_asked_gets_a_code_and_no_figures(language: Language) -> None:
    written = letter(Template.CONTACT_ASKED, language, reply_code="7f3k9m2xq1")
    must_be_whole(written, language)
    assert "7f3k9m2xq1" in written.text
    assert "CNY" not in written.text
