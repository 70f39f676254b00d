"""The public pages of a check-up: the door, where a code is asked for, and the steps behind it."""

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
from frostgate.checkups import service
from frostgate.checkups.door import Door, Place
from frostgate.checkups.errors import SignInUnknown, StepUnknown
from frostgate.checkups.model import Own, Step
from frostgate.checkups.sight import sight
from frostgate.directory.routing import Work
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.links import visitor as links
from frostgate.notices.pages.shared import Asking, Lang, Pages

_PAGES = Pages(Path(__file__).parent)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What any of the forms brings; `number` and `own` are of an answer about a sign-in."""

    lang: str = ""
    token: str = ""
    code: str = ""
    step: str = ""
    number: str = ""
    own: str = ""


class Visitor(links.Visitor[Place, Form]):
    """Whoever is at the link of a check-up."""

    root = "/check-up"
    cookie = "check_up"
    pages = _PAGES

    def sight(self, connection: sa.Connection, place: Place, *, at: datetime) -> dict[str, Any]:
        """What the page behind the door shows."""
        return {"sight": sight(connection, place.check_up, place.tenant, self.language, at=at)}


Here = NamedDependency[Visitor]
Stiles = NamedDependency[Turnstiles]
Typed = URLEncodedBody[Form]


def provide_visitor(request: Asking, link: FromPath[str], work: Work, check_up_door: NamedDependency[Door]) -> Visitor:
    """Whoever sends the request."""
    return Visitor(request, link, work, check_up_door)


@get("/{link:str}", sync_to_thread=True)
def open_page(visitor: Here, sent: FromQuery[bool] = False, lang: Lang = None) -> Response[bytes]:
    """The check-up, for who proved that they read where the notice went; else the door."""
    return visitor.sees(sent=sent)


@post("/{link:str}/code", sync_to_thread=True)
def send_code(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Send a code to where the news of the thaw went."""
    if seconds := turnstiles.codes.wait(visitor.address):
        return visitor.waits(data, seconds)
    return visitor.asks_for_a_code(data)


@post("/{link:str}/visit", sync_to_thread=True)
def enter(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Take the code of a check-up, and let whoever knows it in."""
    if seconds := turnstiles.tries.wait(visitor.address):
        return visitor.waits(data, seconds)
    return visitor.enters(data)


@post("/{link:str}/leave", sync_to_thread=True)
def leave(visitor: Here, data: Typed) -> Response[bytes]:
    """End the visit to a check-up."""
    return visitor.leaves(data)


@post("/{link:str}/step", sync_to_thread=True)
def do(visitor: Here, data: Typed) -> Response[bytes]:
    """Say that one thing was looked after."""

    def done(tx: Tx, place: Place) -> object:
        if data.step not in set(Step):
            raise StepUnknown
        return service.do(tx, place.check_up, Step(data.step), actor=place.actor)

    return visitor.does(data, done)


@post("/{link:str}/sign-in", sync_to_thread=True)
def answer(visitor: Here, data: Typed) -> Response[bytes]:
    """Say whether a sign-in was one's own."""

    def said(tx: Tx, place: Place) -> object:
        if not (data.number.isascii() and data.number.isdigit()) or data.own not in set(Own):
            raise SignInUnknown
        return service.answer(tx, place.check_up, int(data.number[:9]), Own(data.own), actor=place.actor)

    return visitor.does(data, said)


PAGES = Router(
    "/check-up",
    route_handlers=[open_page, send_code, enter, leave, do, answer],
    dependencies={"visitor": Provide(provide_visitor, sync_to_thread=False)},
    opt={NEEDS: PUBLIC},
    include_in_schema=False,
)
