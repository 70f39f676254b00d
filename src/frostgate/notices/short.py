"""A notice in a few words: for a telephone, and for a group of our own people."""

from collections.abc import Mapping
from html import escape
from typing import Protocol

import msgspec

from frostgate.base import ids
from frostgate.base.model import Language
from frostgate.base.texts import moment, say, word
from frostgate.notices.length import size
from frostgate.notices.model import Channel, Letter, Notice, Template
from frostgate.notices.params import FINANCE, WaitingCases
from frostgate.notices.registered import PARAMETERS

_LONGEST_NAME = 35  # what Alibaba Cloud takes for a name; an amount is never cut
NAMED = 8  # cases in one message: WeCom takes 2,048 octets


class Place(Protocol):
    """Where short words are said, and where they lead."""

    @property
    def platform(self) -> str: ...
    @property
    def words_are_ours(self) -> bool: ...
    def case_url(self, case_id: str, /) -> str: ...
    def notice_url(self, tenant_id: str, notice_id: str, /) -> str: ...


def short_letter(notice: Notice, words: Mapping[str, object], site: Place) -> Letter:
    """The notice for a telephone or a chat. Of a text whose words are registered elsewhere: what fills it."""
    values = _values(notice, words)
    if notice.channel is Channel.CHAT:
        text = _chat(notice, site)
    elif site.words_are_ours:
        official = {**words, "check_url": words["official_url"]}
        text = say(_text_key(notice), notice.language, **{**official, **values})
    else:
        text = "".join(f"{name}: {value}\n" for name, value in values.items())
    return Letter(
        notice_id=notice.id,
        address=notice.address,
        language=notice.language,
        code=notice.code,
        template=notice.template,
        subject="",
        text=text,
        html="",
        values=values,
        parts=size(text).parts if site.words_are_ours and notice.channel is Channel.SMS else None,
    )


def plain_letter(address: str, language: Language, text: str) -> Letter:
    """Words that are no notice: nothing of them is kept."""
    return Letter(
        notice_id=ids.new_code(20),
        address=address,
        language=language,
        code="",
        template=Template.PLAIN,
        subject=text.splitlines()[0],
        text=text,
        html=f"<p>{escape(text)}</p>",
    )


def _text_key(notice: Notice) -> str:
    """Of contacts, each learns what they are to answer for."""
    if notice.template is not Template.CONTACT_ASKED:
        return f"text.{notice.template}"
    return f"text.{notice.template}.{(notice.params.contact or FINANCE).role}"


def _values(notice: Notice, words: Mapping[str, object]) -> Mapping[str, str]:
    """What a registered text is filled with. No value is empty: providers refuse those."""
    bill, outlook = notice.params.bill, notice.params.outlook
    known = {
        **words,
        **(msgspec.structs.asdict(outlook) if outlook else {}),
        "tenant": str(words["tenant"])[:_LONGEST_NAME],
        "due_on": min((debt.due_on for debt in bill.debts), default="") if bill else "",
    }
    return {
        name: "-" if known[name] in {None, ""} else str(known[name]) for name in PARAMETERS.get(notice.template, ())
    }


def _chat(notice: Notice, site: Place) -> str:
    """What our own people are told: which case or notice, where to find it, and nothing of whose it is."""
    lost, waiting, language = notice.params.lost, notice.params.waiting, notice.language
    if lost is not None:
        return say(
            "chat.lost",
            language,
            platform=site.platform,
            id=lost.id,
            about=say(f"notice.about.{lost.template}", language),
            channel=lost.channel,
            problem=lost.problem,
            url=site.notice_url(notice.tenant_id, lost.id),
        )
    assert waiting is not None, "BUG: a message to a chat about nothing"
    key = f"chat.missed.{waiting.limit}" if waiting.step == "missed" else _waiting_key(waiting)
    heading = say(key, language, platform=site.platform, count=waiting.count)
    lines = [
        say(
            "chat.line",
            language,
            id=case.id,
            about=word(case.about, language) if case.about else None,
            due_at=moment(case.due_at, notice.params.time_zone, language),
            url=site.case_url(case.id),
        )
        for case in waiting.cases[:NAMED]
    ]
    more = waiting.count - len(lines)
    return "".join([heading, *lines, say("chat.more", language, more=more) if more > 0 else ""])


def _waiting_key(waiting: WaitingCases) -> str:
    return "chat.silent" if waiting.step == "silent" else f"chat.{waiting.limit}.{waiting.step}"
