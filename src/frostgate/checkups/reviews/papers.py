"""A review as a file: its stored text, a table for spreadsheets, a page to print. The same bytes whenever it is asked.

What is drawn here comes from the stored text and from what was said of it, and from nothing that changes.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from frostgate.base.model import Actor, ActorKind, Language
from frostgate.base.texts import moment, role_word, say
from frostgate.checkups.reviews.model import Change, Removal, Review, Snapshot
from frostgate.signals.countries import country_name

_FOLDER = Path(__file__).parent / "pages"
COUNTS = ("succeeded", "failed", "refused", "challenged", "frozen", "new_devices")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the permission matrix in words."""

    line: str
    sort: str  # "person" or "token"
    name: str
    detail: str
    role: str
    last: str
    news: str  # what changed
    should_be_gone: bool
    said: str  # "keep", "remove", or ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A review in the reader's language."""

    title: str
    tenant: str
    quarter: str
    days: str
    made_at: str
    compared_with: str
    counts: tuple[tuple[str, tuple[int, ...]], ...]  # country, and the numbers in the order of COUNTS
    lines: tuple[Line, ...]
    gone: tuple[str, ...]
    state: str
    confirmed_at: str
    confirmed_by: str
    words: str
    digest: str


def shown(review: Review, language: Language) -> Shown:
    """A review in words."""
    snapshot = review.snapshot
    confirmed = moment(review.confirmed_at, snapshot.time_zone, language) if review.confirmed_at else ""
    return Shown(
        title=say("review.title", language),
        tenant=snapshot.tenant_name,
        quarter=review.quarter,
        days=f"{snapshot.first_day} – {snapshot.last_day}",
        made_at=moment(snapshot.made_at, snapshot.time_zone, language),
        compared_with=snapshot.compared_with or "",
        counts=tuple(
            (
                country_name(each.country)[language.value] if each.country else say("checkup.place_unknown", language),
                tuple(getattr(each, name) for name in COUNTS),
            )
            for each in snapshot.sign_ins
        ),
        lines=tuple(_lines(review, snapshot, language)),
        gone=tuple(_news(each, language) for each in snapshot.changes if each.what == "removed"),
        state=review.state.value,
        confirmed_at=confirmed,
        confirmed_by=_who(review.confirmed_by, snapshot, language) if review.confirmed_by else "",
        words=review.words,
        digest=review.digest,
    )


def removal_words(removal: Removal, time_zone: str, language: Language) -> str:
    """What became of a line that is to go; it is on pages alone, because papers stay as they are."""
    at = moment(removal.ended_at, time_zone, language) if removal.ended_at else ""
    return say(f"review.removal.{removal.state}", language, at=at)


def as_json(review: Review, language: Language) -> bytes:
    """What it shows, as it is stored; its SHA-256 is the review's digest."""
    return review.body.encode()


def as_csv(review: Review, language: Language) -> bytes:
    """The table in UTF-8 with a byte order mark, by which spreadsheets know it; lines end as RFC 4180 has it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    for row in _table(shown(review, language), language):
        writer.writerow([_guarded(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def as_html(review: Review, language: Language) -> bytes:
    """A page that stands for itself, to read and to print."""
    page = _templates.get_template("paper.html.j2")
    return page.render(review=shown(review, language), language=language, zh=language is Language.ZH, say=say).encode()


def _lines(review: Review, snapshot: Snapshot, language: Language) -> Iterator[Line]:
    news: dict[str, list[str]] = {}
    for change in snapshot.changes:
        news.setdefault(change.line, []).append(_news(change, language))

    def line(name: str) -> dict[str, Any]:
        said = review.statements.get(name)
        return {
            "line": name,
            "news": "; ".join(news.get(name, [])),
            "should_be_gone": name in snapshot.should_be_gone,
            "said": said.value if said else "",
        }

    for person in snapshot.people:
        off = "" if person.active else f" ({say('review.inactive', language)})"
        last = moment(person.signed_in_at, snapshot.time_zone, language) if person.signed_in_at else ""
        yield Line(
            sort="person",
            name=person.name,
            detail=person.email + off,
            role=role_word(person.role, language),
            last=last,
            **line(person.line),
        )
    for token in snapshot.tokens:
        last = moment(token.used_at, snapshot.time_zone, language) if token.used_at else ""
        yield Line(
            sort="token",
            name=token.name,
            detail=role_word(token.purpose, language),
            role=role_word(token.role, language),
            last=last,
            **line(token.line),
        )


def _who(actor: Actor, snapshot: Snapshot, language: Language) -> str:
    """Who confirmed it: by name where they are one of those that it shows, or whoever reads the contact's mail."""
    if actor.kind is ActorKind.HOLDER:
        return say("review.by_contact", language)
    return next((each.name for each in snapshot.people if each.id == actor.id), actor.id)


def _news(change: Change, language: Language) -> str:
    """What changed, in words; of what is gone with its name, because no line stands beside it."""
    if change.what == "changed":
        field = say(f"review.field.{change.field}", language)
        before, after = change.before, change.after
        if change.field == "role":
            before, after = role_word(before, language), role_word(after, language)
        return f"{field}: {before or '-'} → {after or '-'}"
    told = say(f"review.{change.what}", language)
    return f"{change.name} ({role_word(change.before, language)}): {told}" if change.what == "removed" else told


def _table(review: Shown, language: Language) -> Iterator[list[str]]:
    def words(*names: str) -> list[str]:
        return [say(f"review.column.{name}", language) for name in names]

    yield [review.title, review.tenant, review.quarter, review.days]
    yield [say("review.digest", language), review.digest]
    yield []
    yield words("place", *COUNTS)
    for place, counts in review.counts:
        yield [place, *map(str, counts)]
    yield []
    yield words("name", "detail", "role", "last", "news", "said")
    for line in review.lines:
        said = say(f"review.said.{line.said}", language) if line.said else ""
        yield [line.name, line.detail, line.role, line.last, line.news, said]
    for each in review.gone:
        yield [each]


def _guarded(cell: str) -> str:
    """A text that a spreadsheet would calculate gets an apostrophe before it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
)
