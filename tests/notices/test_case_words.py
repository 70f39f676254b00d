"""What is said of cases, to their holders and to our own people, says all that it must in both languages."""

import itertools
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from letters import CODE, NOON, letter_of

from frostgate.base.model import Language
from frostgate.base.texts import say
from frostgate.cases.clock.model import Limit, Step
from frostgate.cases.terms import Term
from frostgate.notices.model import Audience, Letter, Template
from frostgate.notices.params import Condition as ConditionOf
from frostgate.notices.params import Conditions, GlassBroken, Params, Question, WaitingCase, WaitingCases
from frostgate.standing.model import Cause, Kind

UNTIL = NOON + timedelta(days=7)
ANY: dict[str, Any] = {"services": (), "since": NOON, "time_zone": "Asia/Shanghai"}
HOLDERS = {**ANY, "account": "li", "tenant": "ACME", "kind": Kind.FREEZE.word, "case_id": "c1"}
OURS = {**ANY, "account": None, "kind": Kind.LIMIT.word, "cause": Cause.MANUAL.value}


def must_be_whole(written: Letter, language: Language, *names: str) -> None:
    for form in (written.text, written.html):
        assert CODE in form
        assert "https://id.example.com/verify" in form
        assert re.search(r"\{\{|\{%|Undefined|None\b", form) is None
    assert 5 <= len(written.subject) <= 78
    assert "\n\n\n" not in written.text
    prose = re.sub(rf"https?://\S+|Frostgate|UTC|{CODE}|{'|'.join(names)}", "", written.text)
    if language is Language.ZH:
        assert re.search(r"[A-Za-z]{2,}", prose) is None, "a Chinese notice with English words in it"
    else:
        assert re.search(r"[\u4e00-\u9fff]", prose) is None, "an English notice with Chinese words in it"


@pytest.mark.parametrize(
    ("language", "cause", "audience"), [*itertools.product(Language, Cause, (Audience.HOLDER, Audience.TENANT))]
)
def test_a_question_says_what_is_asked_and_by_when(language: Language, cause: Cause, audience: Audience) -> None:
    words = "<b>77</b>?\r\n\r\n88\u202e?"
    params = Params(
        **HOLDERS,
        cause=cause.value,
        question=Question(words=words, until=UNTIL),
    )
    written = letter_of(params, template=Template.CASE_ASKED, language=language, audience=audience)
    must_be_whole(written, language, "ACME", r"\bli\b", r"\bc1\b")
    assert "2026-03-09 12:00" in written.text
    assert "c1" in written.text
    assert "88" in written.text
    assert "\u202e" not in written.text
    assert "<b>" not in written.html


@pytest.mark.parametrize(
    ("language", "cause", "audience", "ends"),
    [*itertools.product(Language, Cause, (Audience.HOLDER, Audience.TENANT), (None, UNTIL))],
)
def test_what_stays_is_said_with_its_end(
    language: Language, cause: Cause, audience: Audience, ends: datetime | None
) -> None:
    params = Params(
        **HOLDERS,
        cause=cause.value,
        until=ends,
    )
    written = letter_of(params, template=Template.CASE_KEPT, language=language, audience=audience)
    must_be_whole(written, language, "ACME", r"\bli\b", r"\bc1\b")
    assert ("2026-03-09 12:00" in written.text) is (ends is not None)
    assert "c1" in written.text


@pytest.mark.parametrize(
    ("language", "news", "audience"),
    [*itertools.product(Language, ("set", "due", "lapsed"), (Audience.HOLDER, Audience.TENANT))],
)
def test_conditions_say_what_to_do_and_by_when(language: Language, news: str, audience: Audience) -> None:
    own = ConditionOf(term="other", zh="删除<b>三张</b>图片", en="Remove the <b>three</b> pictures\nnow")
    listed = (*(ConditionOf(term=term.value) for term in Term if term is not Term.OTHER), own)
    params = Params(
        **HOLDERS,
        cause=Cause.VIOLATING_CONTENT.value,
        conditions=Conditions(news=news, conditions=() if news == "lapsed" else listed, until=UNTIL),
    )
    template = Template.CONDITIONS_LAPSED if news == "lapsed" else Template.RELEASE_CONDITIONS
    written = letter_of(params, template=template, language=language, audience=audience)
    must_be_whole(written, language, "ACME", r"\bli\b", r"\bc1\b", "</?b>")
    assert "2026-03-09 12:00" in written.text
    for term in () if news == "lapsed" else set(Term) - {Term.OTHER}:
        assert say(f"condition.do.{term}", language) in written.text
    assert ("三张" in written.text or "three" in written.text) is (news != "lapsed")
    assert "<b>three" not in written.html
    assert "<b>三" not in written.html


@pytest.mark.parametrize(("language", "tenant"), [*itertools.product(Language, ("ACME", ""))])
def test_whoever_is_mentioned_reads_where_and_by_whom(language: Language, tenant: str) -> None:
    params = Params(
        **OURS,
        tenant=tenant,
        case_id="c1",
        mentioned_by="Rui\nB",
    )
    written = letter_of(params, template=Template.MENTIONED, language=language, audience=Audience.OPERATORS)
    must_be_whole(written, language, "ACME", "Rui B", r"\bc1\b")
    assert "Rui B" in written.text
    assert "c1" in written.text


@pytest.mark.parametrize(
    ("language", "limit", "step", "more", "tenant"), [*itertools.product(Language, Limit, Step, (0, 30), ("ACME", ""))]
)
def test_our_own_people_read_which_cases_wait(
    language: Language, limit: Limit, step: Step, more: int, tenant: str
) -> None:
    cases = tuple(
        WaitingCase(id=f"c{number}", about=about, due_at=UNTIL)
        for number, about in enumerate([*Cause, "notice_undeliverable", "fake_notices"])
    )
    params = Params(
        **OURS,
        tenant=tenant,
        case_id="",
        waiting=WaitingCases(limit=limit.value, step=step.value, cases=cases, count=len(cases) + more),
    )
    written = letter_of(params, template=Template.CASES_WAITING, language=language, audience=Audience.OPERATORS)
    must_be_whole(written, language, "ACME", r"\bc\d\b")
    for case in cases:
        assert case.id in written.text
    assert written.text.count("2026-03-09 12:00") == len(cases)
    assert ("30" in written.text) == bool(more)
    assert ("ACME" in written.text) == bool(tenant)
    assert "  " not in written.text


@pytest.mark.parametrize(
    ("language", "audience", "tenant", "on_the_machine"),
    [
        *itertools.product(Language, (Audience.OPERATORS,), ("ACME", ""), (False, True)),
        *itertools.product(Language, (Audience.TENANT,), ("ACME",), (False, True)),
    ],
)
def test_whoever_watches_over_it_reads_who_broke_the_glass_and_why(
    language: Language, audience: Audience, tenant: str, on_the_machine: bool
) -> None:
    broken = GlassBroken(id="e1", who="77@88", reason="<b>99</b>\r\n4711", until=UNTIL, on_the_machine=on_the_machine)
    params = Params(
        **OURS,
        tenant=tenant,
        case_id="",
        emergency=broken,
    )
    written = letter_of(params, template=Template.EMERGENCY_OPENED, language=language, audience=audience)
    must_be_whole(written, language, "ACME", r"\be1\b")
    for said in ("77@88", "99", "4711", "2026-03-09 12:00"):
        assert said in written.text
    assert "<b>" not in written.html
    assert ("ACME" in written.text) == bool(tenant)
    assert (("server" if language is Language.EN else "服务器") in written.text) == on_the_machine
    assert ("e1" in written.text) == (audience is Audience.OPERATORS)
