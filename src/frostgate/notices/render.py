"""A notice in its words: the same source rendered as plain text and as HTML, in the reader's language."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import msgspec

from frostgate.base.model import Language
from frostgate.base.texts import moment, word
from frostgate.notices.model import Channel, Letter, Notice, Params
from frostgate.notices.registered import PARAMETERS
from frostgate.standing.model import Service

_FOLDER = Path(__file__).parent / "templates"
_LONGEST_NAME = 35  # what Alibaba Cloud takes for a name; an amount is never cut
_DEBT_LINE = {
    Language.ZH: "账单 {0.number}：{0.open}，到期日 {0.due_on}",
    Language.EN: "Invoice {0.number}: {0.open}, due {0.due_on}",
}


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks in our notices, and where the reader is sent. Both addresses are the one official channel."""

    platform: str
    help_url: str  # see one's holds, verify, appeal
    check_url: str  # enter a notice's code to see whether it is genuine


class Renderer:
    """Turns notices into letters. A word that a template lacks is an error here, never a hole in a letter."""

    def __init__(self, site: Site) -> None:
        self._site = site
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
        if notice.channel is Channel.SMS:
            return _filling(notice, words)
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

    def _words(self, notice: Notice) -> dict[str, object]:
        params, language = notice.params, notice.language
        return {
            "language": language.value,
            "template": notice.template.value,
            "audience": notice.audience.value,
            "code": notice.code,
            "platform": self._site.platform,
            "help_url": self._site.help_url,
            "check_url": self._site.check_url,
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
            "places": [one_line(place) for place in params.places],
            "seen_at": params.seen_at and moment(params.seen_at, params.time_zone, language),
            "finding": params.finding,
            "still_held": params.still_held,
            "reply_code": params.reply_code,
            "outlook": params.outlook,
            **_bill_words(params, language),
        }


def _file_of(notice: Notice) -> str:
    """Notices about debts share one file, and so do alerts: they differ by a sentence."""
    if notice.params.bill is not None:
        return "bill"
    return "alert" if notice.params.outlook is not None else notice.template.value


def _filling(notice: Notice, words: Mapping[str, object]) -> Letter:
    """What a registered text is filled with. No value is empty: providers refuse those."""
    bill, outlook = notice.params.bill, notice.params.outlook
    known = {
        **words,
        **(msgspec.structs.asdict(outlook) if outlook else {}),
        "tenant": str(words["tenant"])[:_LONGEST_NAME],
        "due_on": min((debt.due_on for debt in bill.debts), default="") if bill else "",
    }
    values = {
        name: "-" if known[name] in {None, ""} else str(known[name]) for name in PARAMETERS.get(notice.template, ())
    }
    return Letter(
        notice_id=notice.id,
        address=notice.address,
        language=notice.language,
        code=notice.code,
        template=notice.template,
        subject="",
        text="".join(f"{name}: {value}\n" for name, value in values.items()),
        html="",
        values=values,
    )


def _bill_words(params: Params, language: Language) -> dict[str, object]:
    """What is owed, and when the freeze is."""
    if params.bill is None:
        return {}
    freeze_at = params.bill.freeze_at
    return {
        "debts": params.bill.debts,
        "debt_lines": [_DEBT_LINE[language].format(debt) for debt in params.bill.debts],
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


def _environment(*, html: bool) -> jinja2.Environment:
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
