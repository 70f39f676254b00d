"""Notices about debts say all that they must, in both languages and to everybody who gets one."""

import itertools
import re

import pytest
from letters import CODE, NOON, letter_of

from frostgate.base.model import Language
from frostgate.notices.model import Audience, Letter, Template
from frostgate.notices.params import Bill, Debt, Params
from frostgate.standing.model import Cause, Kind

ABOUT_DEBTS = [template for template in Template if template.value.startswith("debt_")]
READERS = [Audience.TENANT, Audience.FINANCE, Audience.OPERATORS]


def letter(template: Template, language: Language, audience: Audience = Audience.TENANT, **bill: object) -> Letter:
    paid = template is Template.DEBT_RELEASED
    debts = () if paid else (Debt(number="ACME-2026-00001", open="120.00 CNY", due_on="2026-02-16"),)
    known = {"debts": debts, "total": "120.00 CNY", "freeze_at": NOON, "missing": "" if paid else "70.00 CNY"}
    params = Params(
        account=None,
        tenant="ACME",
        kind=Kind.LIMIT.word,
        cause=Cause.ARREARS.value,
        services=("messaging", "voice"),
        since=NOON,
        case_id="",
        time_zone="Asia/Shanghai",
        bill=Bill(**{**known, "received": "50.00 CNY", **bill}),  # type: ignore[arg-type]  # as each test likes
    )
    return letter_of(params, template=template, language=language, audience=audience)


@pytest.mark.parametrize(
    ("template", "language", "audience"), [*itertools.product(ABOUT_DEBTS, Language, READERS)], ids=str
)
def test_every_notice_about_debts_says_all_that_it_must(
    template: Template, language: Language, audience: Audience
) -> None:
    written = letter(template, language, audience)
    for form in (written.text, written.html):
        assert CODE in form
        assert re.search(r"\{\{|\{%|Undefined|None\b", form) is None
        assert ("ACME-2026-00001" in form) == (template is not Template.DEBT_RELEASED)
    assert 5 <= len(written.subject) <= 78
    assert "\n\n\n" not in written.text
    if language is Language.ZH:
        prose = re.sub(r"https?://\S+|Frostgate|k7m2q9x4tz|ACME(-2026-00001)?|CNY", "", written.text)
        assert re.search(r"[A-Za-z]{2,}", prose) is None, "a Chinese notice with English words in it"
    else:
        assert re.search(r"[\u4e00-\u9fff]", written.text) is None, "an English notice with Chinese words in it"


@pytest.mark.parametrize("language", Language)
def test_the_last_notice_names_the_hour_of_the_freeze(language: Language) -> None:
    assert "2026-03-02 12:00" in letter(Template.DEBT_LAST_NOTICE, language).text


@pytest.mark.parametrize("language", Language)
def test_a_part_payment_says_what_came_and_what_is_missing(language: Language) -> None:
    text = letter(Template.DEBT_PART_PAID, language).text
    assert "50.00 CNY" in text
    assert "70.00 CNY" in text


def test_who_must_wait_for_a_person_after_paying_is_told_so() -> None:
    assert "finance staff confirm" in letter(Template.DEBT_FROZEN, Language.EN, needs_approval=True).text
    assert "at once and by itself" in letter(Template.DEBT_FROZEN, Language.EN).text
