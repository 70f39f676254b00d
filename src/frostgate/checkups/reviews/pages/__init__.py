"""The public pages of a review: the door, where a code is asked for, and the lines to confirm behind it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, URLEncodedBody

from frostgate.base.uow import Tx
from frostgate.base.web import NEEDS, PUBLIC
from frostgate.checkups.reviews import service, store
from frostgate.checkups.reviews.door import Door, Place
from frostgate.checkups.reviews.model import Statement
from frostgate.checkups.reviews.papers import COUNTS, removal_words, shown
from frostgate.directory.routing import Work
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.links import visitor as links
from frostgate.notices.pages.shared import Asking, Lang, Pages

_PAGES = Pages(Path(__file__).parent)
LONGEST_WORDS = 1000


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What any of the forms brings; `said` is what was chosen of each line."""

    lang: str = ""
    token: str = ""
    code: str = ""
    words: str = ""
    said: dict[str, Statement] = {}


class Visitor(links.Visitor[Place, Form]):
    """Whoever is at the link of a review."""

    root = "/review"
    cookie = "review"
    pages = _PAGES

    def sight(self, connection: sa.Connection, place: Place, *, at: datetime) -> dict[str, Any]:
        """What the page behind the door shows."""
        found = store.removals_of(connection, place.review.id, tenant_id=place.tenant.id)
        removals = {each.line: removal_words(each, place.tenant.time_zone, self.language) for each in found}
        return {"review": shown(place.review, self.language), "counts": COUNTS, "removals": removals}

    def carried(self, form: Form) -> dict[str, str]:
        """What they said of each line, and their words."""
        return {**form.said, **({"words": form.words} if form.words else {})}


Here = NamedDependency[Visitor]
Stiles = NamedDependency[Turnstiles]
Typed = URLEncodedBody[dict[str, Any]]


def provide_visitor(request: Asking, link: FromPath[str], work: Work, review_door: NamedDependency[Door]) -> Visitor:
    """Whoever sends the request."""
    return Visitor(request, link, work, review_door)


@get("/{link:str}", sync_to_thread=True)
def open_page(visitor: Here, sent: FromQuery[bool] = False, lang: Lang = None) -> Response[bytes]:
    """The review, for who proved that they read where the notice went; else the door."""
    return visitor.sees(sent=sent)


@post("/{link:str}/code", sync_to_thread=True)
def send_code(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Send a code to where the notice of a review went."""
    if seconds := turnstiles.codes.wait(visitor.address):
        return visitor.waits(_form(data), seconds)
    return visitor.asks_for_a_code(_form(data))


@post("/{link:str}/visit", sync_to_thread=True)
def enter(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Take the code of a review, and let whoever knows it in."""
    if seconds := turnstiles.tries.wait(visitor.address):
        return visitor.waits(_form(data), seconds)
    return visitor.enters(_form(data))


@post("/{link:str}/leave", sync_to_thread=True)
def leave(visitor: Here, data: Typed) -> Response[bytes]:
    """End the visit to a review."""
    return visitor.leaves(_form(data))


@post("/{link:str}/confirmation", sync_to_thread=True)
def confirm(visitor: Here, data: Typed) -> Response[bytes]:
    """Confirm the review, line by line."""
    form = _form(data)

    def said(tx: Tx, place: Place) -> object:
        return service.confirm(
            tx, place.review.quarter, form.said, form.words, tenant_id=place.tenant.id, actor=place.actor
        )

    return visitor.does(form, said)


def _form(data: dict[str, Any]) -> Form:
    """The form of a page; what says nothing of a line that we know how to say is left out, and found missing later."""
    typed = {name: value for name, value in data.items() if isinstance(value, str)}
    lines = {name: value for name, value in typed.items() if name.partition(":")[0] in {"person", "token"}}
    return Form(
        lang=typed.get("lang", ""),
        token=typed.get("token", ""),
        code=typed.get("code", ""),
        words="".join(sign if sign.isprintable() else " " for sign in typed.get("words", "")).strip()[:LONGEST_WORDS],
        said={name: Statement(value) for name, value in lines.items() if value in set(Statement)},
    )


PAGES = Router(
    "/review",
    route_handlers=[open_page, send_code, enter, leave, confirm],
    dependencies={"visitor": Provide(provide_visitor, sync_to_thread=False)},
    opt={NEEDS: PUBLIC},
    include_in_schema=False,
)
