"""The linter of the templates: every notice, in both languages, for every cause, says all that it must."""

import itertools
import re

import jinja2
import pytest
from letters import CODE, NOON, RENDERER, letter_of

from frostgate.base.model import Language
from frostgate.base.texts import moment
from frostgate.notices.model import Audience, Letter, Template
from frostgate.notices.params import Params
from frostgate.standing.model import EVERY_SERVICE, Cause, Finding, Kind

KIND_OF = {
    Template.CHALLENGED: [Kind.CHALLENGE],
    Template.LIMITED: [Kind.LIMIT],
    Template.FROZEN: [Kind.FREEZE],
    Template.BANNED: [Kind.BAN],
    Template.RELEASED: list(Kind),
}
EVERY = [
    (language, template, kind, cause, audience, finding)
    for language, template, cause, audience in itertools.product(Language, KIND_OF, Cause, Audience)
    for kind in KIND_OF[template]
    for finding in (list(Finding) if template is Template.RELEASED else [None])
]


def letter(
    *,
    language: Language = Language.ZH,
    template: Template = Template.FROZEN,
    kind: Kind = Kind.FREEZE,
    cause: Cause = Cause.ABNORMAL_LOGIN,
    audience: Audience = Audience.HOLDER,
    finding: Finding | None = None,
    account: str | None = "li",
    places: tuple[str, ...] = (),
    still_held: bool = False,
) -> Letter:
    params = Params(
        account=account,
        tenant="Acme & Söhne",
        kind=kind.word,
        cause=cause.value,
        services=tuple(sorted(EVERY_SERVICE)),
        since=NOON,
        until=NOON if finding else None,
        case_id="c1",
        time_zone="Asia/Shanghai",
        places={language.value: places},
        seen_at=NOON if places else None,
        finding=finding.value if finding else None,
        still_held=still_held,
    )
    return letter_of(params, template=template, language=language, audience=audience)


@pytest.mark.parametrize("each", EVERY, ids=lambda each: "-".join(str(part) for part in each))
def test_every_notice_says_all_that_it_must(
    each: tuple[Language, Template, Kind, Cause, Audience, Finding | None],
) -> None:
    language, template, kind, cause, audience, finding = each
    written = letter(language=language, template=template, kind=kind, cause=cause, audience=audience, finding=finding)
    chinese = language is Language.ZH

    for form in (written.text, written.html):
        assert CODE in form
        assert "https://id.example.com/verify" in form
        assert ("平台以外的任何个人或机构都无法解冻账号" if chinese else "Nobody outside the platform can lift") in form
        assert ("联系人" if chinese else "contacts") in form
        assert re.search(r"\{\{|\{%|Undefined|None\b", form) is None
        if template is not Template.RELEASED:
            assert ("24 至 48 小时" if chinese else "24 to 48 hours") in form
            assert "id.example.com/help" in form
    assert 5 <= len(written.subject) <= 78
    assert written.subject in written.text
    assert "\n\n\n" not in written.text
    if chinese:
        prose = re.sub(r"https?://\S+|Frostgate|k7m2q9x4tz|Acme & Söhne|UTC|IP|\bli\b|\bc1\b", "", written.text)
        assert re.search(r"[A-Za-z]{2,}", prose) is None, "a Chinese notice with English words in it"
    else:
        assert re.search(r"[\u4e00-\u9fff]", written.text) is None, "an English notice with Chinese words in it"


@pytest.mark.parametrize("language", Language)
def test_a_ban_is_a_punishment_and_a_freeze_is_not(language: Language) -> None:
    ban = letter(language=language, template=Template.BANNED, kind=Kind.BAN, cause=Cause.BULK_OPERATION)
    freeze = letter(language=language, cause=Cause.BULK_OPERATION)
    punishes, people, not_one = {
        Language.ZH: ("处罚", "审核人员审理", "不是处罚"),
        Language.EN: ("a punishment", "another person approved it", "not a punishment"),
    }[language]
    assert punishes in ban.text
    assert people in ban.text
    assert not_one in freeze.text
    assert not_one not in ban.text


def test_what_others_named_cannot_become_markup_or_a_line() -> None:
    written = letter(account="<script>alert(1)</script>\r\nBcc: x@y.z\u202e", places=("<b>here</b>",))
    assert "<script>" not in written.html
    assert "<b>" not in written.html
    assert "\nBcc" not in written.text
    assert "\u202e" not in written.text
    assert "a=1&amp;b=2" in written.html
    assert "a=1&b=2" in written.text


def test_evidence_is_shown_only_where_it_may_be() -> None:
    assert "涉及的地点" not in letter().text
    shown = letter(places=("北京", "法兰克福"))
    assert "涉及的地点：北京、法兰克福" in shown.text
    assert "发生时间：2026-03-02 12:00（北京时间）" in shown.text


def test_a_whole_tenant_is_addressed_as_one() -> None:
    assert "贵企业（Acme & Söhne）的全部账号" in letter(account=None, audience=Audience.TENANT).text
    english = letter(account=None, audience=Audience.TENANT, language=Language.EN).text
    assert "All accounts of your company (Acme & Söhne) were frozen" in english


@pytest.mark.parametrize("language", Language)
def test_a_release_beside_another_hold_says_that_it_does_not_help_yet(language: Language) -> None:
    both = {"language": language, "template": Template.RELEASED, "finding": Finding.MISTAKE}
    words = {Language.ZH: "尚未解除的限制", Language.EN: "another restriction"}[language]
    assert words in letter(**both, still_held=True).text
    assert words not in letter(**both).text


def test_times_are_told_on_the_readers_clock() -> None:
    assert moment(NOON, "Asia/Shanghai", Language.EN) == "2026-03-02 12:00 (UTC+08:00)"
    assert moment(NOON, "Europe/Berlin", Language.ZH) == "2026-03-02 05:00（UTC+01:00）"
    assert moment(NOON, "No/Such", Language.EN) == "2026-03-02 04:00 (UTC)"


def test_a_word_that_a_template_lacks_is_an_error_and_no_hole() -> None:
    with pytest.raises(jinja2.UndefinedError):
        RENDERER._text.from_string("{{ missing }}").render()


@pytest.mark.parametrize("cause", [Cause.ABNORMAL_LOGIN, Cause.VIOLATING_CONTENT, Cause.BULK_OPERATION, Cause.MANUAL])
@pytest.mark.parametrize("template", [Template.CHALLENGED, Template.LIMITED, Template.FROZEN])
def test_nobody_is_sent_to_themselves(template: Template, cause: Cause) -> None:
    """The company's contact is the administrator, more often than not."""
    said = {"template": template, "kind": KIND_OF[template][0], "cause": cause}
    for language, themselves in ((Language.ZH, "贵企业的管理员或"), (Language.EN, "company's administrator or")):
        assert themselves not in letter(language=language, audience=Audience.TENANT, **said).text
        assert themselves in letter(language=language, audience=Audience.HOLDER, **said).text


@pytest.mark.parametrize("cause", Cause)
def test_a_challenge_says_how_to_pass_it_and_that_nobody_need_look(cause: Cause) -> None:
    challenged = letter(template=Template.CHALLENGED, kind=Kind.CHALLENGE, cause=cause).text
    assert "输入身份验证器中的动态码，或使用通行密钥" in challenged
    assert "需要由人工核实" not in challenged
