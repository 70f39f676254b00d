"""What is said by text message in our own words: enough to find the way out, and nothing for whoever looks on."""

import msgspec
import pytest
from letters import NOON, RENDERER

from frostgate.base.model import Language
from frostgate.notices.contacts.model import ContactRole
from frostgate.notices.length import size
from frostgate.notices.model import Channel, Notice, Template
from frostgate.notices.params import ContactNews
from frostgate.notices.registered import PARAMETERS
from frostgate.notices.render import Renderer, Site
from frostgate.notices.trial import sample

CHECK = "https://id.example.com/verify"
APPEAL = "https://id.example.com/appeal/" + "a" * 55
OURS = Renderer(
    Site(
        platform="Frostgate",
        help_url="https://id.example.com/help",
        check_url=CHECK,
        appeal_url=lambda notice_id: APPEAL,
        words_are_ours=True,
    )
)
ABOUT_HOLDS = [template for template in PARAMETERS if not template.value.startswith(("debt_", "alert_", "contact_"))]
# What nobody needs to read over a shoulder, in a meeting or on a stolen telephone.
SHAMES = ("冻结", "封禁", "违规", "异常", "欠费", "freeze", "frozen", "ban", "unusual", "violat", "abuse", "suspic")


def notice(template: Template, language: Language) -> Notice:
    return sample(template, language, "+8613800138000", channel=Channel.SMS, at=NOON)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", PARAMETERS)
def test_every_text_says_who_speaks_and_how_to_check_that(template: Template, language: Language) -> None:
    sent = notice(template, language)
    letter = OURS.letter(sent)
    assert letter.text.startswith("【Frostgate】" if language is Language.ZH else "Frostgate: ")
    assert sent.code in letter.text
    assert CHECK in letter.text
    assert "{" not in letter.text
    assert "…" not in letter.text
    assert (letter.parts, letter.parts is not None and letter.parts <= 3) == (size(letter.text).parts, True)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", ABOUT_HOLDS)
def test_a_lock_screen_tells_nobody_why_or_whose(template: Template, language: Language) -> None:
    sent = notice(template, language)
    told = msgspec.structs.replace(
        sent,
        params=msgspec.structs.replace(
            sent.params, account="li@acme", places={language.value: ("Beijing",)}, seen_at=NOON
        ),
    )
    text = OURS.letter(told).text
    assert not [word for word in (*SHAMES, "li@acme", "Beijing", sent.params.tenant) if word in text.lower()]


@pytest.mark.parametrize("template", [Template.FROZEN, Template.BANNED, Template.APPEAL_ASKED])
def test_the_way_to_an_appeal_is_in_the_text(template: Template) -> None:
    assert APPEAL in OURS.letter(notice(template, Language.ZH)).text
    assert "appeal:" not in RENDERER.letter(notice(template, Language.EN)).text  # nothing can be signed there


def test_words_that_are_registered_elsewhere_have_no_length_here() -> None:
    letter = RENDERER.letter(notice(Template.FROZEN, Language.ZH))
    assert (letter.parts, [*letter.values]) == (None, ["code"])


ASKED = {
    (ContactRole.FINANCE, Language.ZH): "财务联系人",
    (ContactRole.FINANCE, Language.EN): "a finance contact",
    (ContactRole.SECURITY, Language.ZH): "安全联系人",
    (ContactRole.SECURITY, Language.EN): "a security contact",
    (ContactRole.OWNER, Language.ZH): "企业负责人",
    (ContactRole.OWNER, Language.EN): "an owner contact",
}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("role", ContactRole)
def test_a_contact_reads_what_they_are_to_answer_for(role: ContactRole, language: Language) -> None:
    asked = notice(Template.CONTACT_ASKED, language)
    params = msgspec.structs.replace(asked.params, contact=ContactNews(role=role.value))
    text = OURS.letter(msgspec.structs.replace(asked, params=params)).text
    assert ASKED[role, language] in text
    assert not [other for (of, _), other in ASKED.items() if of is not role and other in text]
    assert asked.params.reply_code in text
    assert "{" not in text
