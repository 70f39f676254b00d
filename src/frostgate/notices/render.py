"""A notice in its words: the same source rendered as plain text and as HTML, in the reader's language."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import moment, say, word
from frostgate.notices.model import CODES, LEADS_TO_APPEAL, Audience, Channel, Letter, Notice, Template
from frostgate.notices.params import FINANCE, Condition, Params
from frostgate.notices.short import short_letter
from frostgate.standing.model import Service

_FOLDER = Path(__file__).parent / "templates"
_DEBT_LINE = {
    Language.ZH: "账单 {0.number}：{0.open}，到期日 {0.due_on}",
    Language.EN: "Invoice {0.number}: {0.open}, due {0.due_on}",
}


_CASE_LINE = {
    Language.ZH: "案件 {0.id}（{1}）：时限 {2}",
    Language.EN: "Case {0.id} ({1}): due {2}",
}


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks in our notices, and where the reader is sent. Both addresses are the one official channel."""

    platform: str
    help_url: str  # see one's holds, verify, appeal
    check_url: str  # enter a notice's code to see whether it is genuine
    # Where whoever got the notice of this id can appeal; without it, the help page is named alone.
    appeal_url: Callable[[str], str | None] = lambda notice_id: None
    # Where our own people look at a case or a notice of a tenant; "" where nobody says.
    case_url: Callable[[str], str] = lambda case_id: case_id
    notice_url: Callable[[str, str], str] = lambda tenant_id, notice_id: ""
    words_are_ours: bool = False  # whether texts travel in our words, or fill those that are registered elsewhere
    # Where whoever got it can take the steps of a check-up, or confirm a review.
    check_up_url: Callable[[str], str | None] = lambda notice_id: None
    review_url: Callable[[str], str | None] = lambda notice_id: None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says of its hold, for a page that says the same."""

    whose: str
    why: str
    steps: tuple[str, ...]
    places: tuple[str, ...]
    appeal_url: str | None


class Renderer:
    """Turns notices into letters. A word that a template lacks is an error here, never a hole in a letter."""

    def __init__(self, site: Site, *, sign: Callable[[Notice], str] = lambda notice: "") -> None:
        """Get ready; `sign` gives what stands beside a notice's code in its link, "" where nothing can be signed."""
        self._site = site
        self._sign = sign
        self._text = _environment(html=False)
        self._html = _environment(html=True)

    def warm_up(self) -> None:
        """Compile every template now: that takes longer than a freeze, and the first freezes would share the time."""
        for environment in (self._text, self._html):
            for name in environment.list_templates():
                environment.get_template(name)

    def letter(self, notice: Notice) -> Letter:
        """The notice in its final words; by text message, what the registered text is filled with."""
        words = self._words(notice)
        if notice.channel is not Channel.EMAIL:
            return short_letter(notice, {**words, "official_url": self._site.check_url}, self._site)
        name = f"{notice.language}/{_file_of(notice)}.j2"
        text = self._text.get_template(name).render(words, form="page.txt.j2")
        html = self._html.get_template(name).render(words, form="page.html.j2")
        shared = self._text.get_template(f"{notice.language}/words.j2").make_module({**words, "form": "page.txt.j2"})
        return Letter(
            notice_id=notice.id,
            address=notice.address,
            language=notice.language,
            code=notice.code,
            template=notice.template,
            subject=one_line(str(shared.subject)),  # type: ignore[attr-defined]  # set by words.j2
            text=_tidy(text),
            html=html,
        )

    def explanation(self, notice: Notice, language: Language) -> Explanation:
        """Why the hold was placed and what to do about it, as the letter says it, in whatever language."""
        notice = msgspec.structs.replace(notice, language=language)
        words = {**self._words(notice), "form": "page.txt.j2"}
        shared: Any = self._text.get_template(f"{language}/words.j2").make_module(words)
        return Explanation(
            whose=str(shared.whose()).strip(),
            why=shared.why,
            steps=tuple(shared.what_to_do),
            places=_places(notice.params, language),
            appeal_url=self._appeal_url(notice),
        )

    def _words(self, notice: Notice) -> dict[str, object]:
        params, language = notice.params, notice.language
        return {
            "language": language.value,
            "template": notice.template.value,
            "audience": notice.audience.value,
            "code": notice.code,
            "platform": self._site.platform,
            "help_url": self._site.help_url,
            "check_url": self._check_url(notice),
            "account": params.account and one_line(params.account),
            "tenant": one_line(params.tenant),
            "case_id": params.case_id,
            "kind": params.kind,
            "kind_word": word(params.kind, language),
            "cause": params.cause,
            "cause_word": word(params.cause, language),
            "services": service_words(params.services, language),
            "since": moment(params.since, params.time_zone, language),
            "until": params.until and moment(params.until, params.time_zone, language),
            "places": _places(params, language),
            "seen_at": params.seen_at and moment(params.seen_at, params.time_zone, language),
            "finding": params.finding,
            "still_held": params.still_held,
            "reply_code": params.reply_code,
            "mentioned_by": one_line(params.mentioned_by),
            "case_url": self._site.case_url(params.case_id),
            "outlook": params.outlook,
            "sign_in": params.sign_in,
            "appeal_url": self._appeal_url(notice),
            "contact": params.contact or FINANCE,
            "calls_for_check_up": params.calls_for_check_up,
            "check_up_url": self._check_up_url(notice),
            "review_url": self._review_url(notice),
            **_check_words(params, language),
            **_appeal_words(params, language),
            **_case_words(params, language),
            **_condition_words(params, language),
            **_emergency_words(params, language),
            **_bill_words(params, language),
        }

    def _appeal_url(self, notice: Notice) -> str | None:
        """Whoever is told of a hold, or of an appeal against it, can go there from the notice."""
        if notice.params.appeal is not None:
            return self._site.appeal_url(notice.params.appeal.link_of) if notice.params.appeal.link_of else None
        if notice.params.link_of is not None:
            return self._site.appeal_url(notice.params.link_of)
        return self._site.appeal_url(notice.id) if notice.template in LEADS_TO_APPEAL else None

    def _check_up_url(self, notice: Notice) -> str | None:
        """Whoever owes themselves a check-up comes to it from the news of the thaw, and from each reminder."""
        params = notice.params
        if params.check_up is not None:
            return self._site.check_up_url(params.check_up.link_of) if params.check_up.link_of else None
        is_theirs = notice.audience is Audience.HOLDER or params.account is None
        return self._site.check_up_url(notice.id) if params.calls_for_check_up and is_theirs else None

    def _review_url(self, notice: Notice) -> str | None:
        return self._site.review_url(notice.id) if notice.template is Template.REVIEW_DUE else None

    def _check_url(self, notice: Notice) -> str:
        """Where the reader sees that this very notice is genuine."""
        asked = {"code": notice.code, "sig": self._sign(notice)}
        return f"{self._site.check_url}?{urlencode({name: value for name, value in asked.items() if value})}"


def _file_of(notice: Notice) -> str:
    """Notices about debts share one file, and so do alerts, appeals and codes: they differ by a sentence."""
    if notice.params.bill is not None:
        return "bill"
    if notice.params.appeal is not None:
        return "appeal"
    if notice.template in CODES:
        return "link_code"
    return "alert" if notice.params.outlook is not None else notice.template.value


def _appeal_words(params: Params, language: Language) -> dict[str, object]:
    """What is missing, or how it was decided."""
    news = params.appeal
    if news is None:
        return {}
    return {
        "outcome": news.outcome,
        "asks": news.asks and say(f"appeal.ask.{news.asks}", language),
        "ground": news.ground and say(f"appeal.ground.{news.ground}", language),
        "said": news.words,
    }


def _check_words(params: Params, language: Language) -> dict[str, object]:
    """What is open in a check-up, or what there is to confirm in a review."""
    check_up, review, zone = params.check_up, params.review, params.time_zone
    if check_up is not None:
        return {
            "step_words": [say(f"checkup.step.{step}", language) for step in check_up.steps],
            "done_by": moment(check_up.until, zone, language),
        }
    if review is not None:
        return {"review": review, "done_by": moment(review.until, zone, language)}
    return {}


def _case_words(params: Params, language: Language) -> dict[str, object]:
    """What a reviewer asks, or which cases wait."""
    question, waiting, zone = params.question, params.waiting, params.time_zone
    asked: dict[str, object] = {
        "question_lines": [one_line(line) for line in question.words.splitlines() if line.strip()] if question else [],
        "answer_by": question and moment(question.until, zone, language),
    }
    if waiting is None:
        return asked
    lines = [
        _CASE_LINE[language].format(case, word(case.about, language), moment(case.due_at, zone, language))
        for case in waiting.cases
    ]
    more = waiting.count - len(waiting.cases)
    return {**asked, "limit": waiting.limit, "step": waiting.step, "case_lines": lines, "more": more}


def _places(params: Params, language: Language) -> tuple[str, ...]:
    """Where it was, in the reader's language."""
    return tuple(one_line(place) for place in params.places.get(language.value, ()))


def _condition_words(params: Params, language: Language) -> dict[str, object]:
    """What must happen before the hold ends, each in a sentence, and by when."""
    said = params.conditions
    if said is None:
        return {}
    return {
        "news": said.news,
        "to_do": [_to_do(each, language) for each in said.conditions],
        "met_by": moment(said.until, params.time_zone, language),
    }


def _to_do(condition: Condition, language: Language) -> str:
    """What one condition asks for, and what is missing of it."""
    own = condition.zh if language is Language.ZH else condition.en
    asked = one_line(own) or say(f"condition.do.{condition.term}", language)
    if not condition.missing:
        return asked
    missing = say("condition.missing", language, missing=one_line(condition.missing))
    return f"{asked}（{missing}）" if language is Language.ZH else f"{asked} ({missing})"


def _emergency_words(params: Params, language: Language) -> dict[str, object]:
    """Who took more power than their role gives, why and until when."""
    broken = params.emergency
    if broken is None:
        return {}
    return {
        "emergency_id": broken.id,
        "who": one_line(broken.who),
        "given_reason": one_line(broken.reason),
        "over_at": moment(broken.until, params.time_zone, language),
        "on_the_machine": broken.on_the_machine,
    }


def _bill_words(params: Params, language: Language) -> dict[str, object]:
    """What is owed, and when the freeze is."""
    if params.bill is None:
        return {}
    freeze_at = params.bill.freeze_at
    return {
        "debts": params.bill.debts,
        "debt_lines": [_DEBT_LINE[language].format(debt) for debt in params.bill.debts],
        "is_stopped": params.bill.is_stopped,
        "needs_approval": params.bill.needs_approval,
        "total": params.bill.total,
        "missing": params.bill.missing,
        "received": params.bill.received,
        "freeze_at": freeze_at and moment(freeze_at, params.time_zone, language),
    }


def service_words(services: Sequence[str], language: Language) -> list[str]:
    """The services as people call them, always in the same order."""
    return [word(service.value, language) for service in Service if service.value in services]


def one_line(value: str) -> str:
    """A name that others chose, without anything that could start a line or hide what follows."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


@cache
def _environment(*, html: bool) -> jinja2.Environment:
    """The templates in either form. Every renderer of the process shares them, because compiling takes its time."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=html,  # noqa: S701 - plain text must not be escaped; the HTML environment does escape
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def _tidy(text: str) -> str:
    """Plain text with one empty line between paragraphs, whatever the templates left."""
    lines = [line.strip() for line in text.strip().splitlines()]
    kept = [line for i, line in enumerate(lines) if line or lines[i - 1]]
    return "\n".join(kept) + "\n"
