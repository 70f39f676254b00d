"""The public pages of an appeal: the door, where a code is asked for, and the file behind it.

Every form goes to an address below the link and comes back to the page, so that loading it again repeats nothing. What
was typed is shown again where it was refused.
"""

from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody

from frostgate.appeals import service
from frostgate.appeals.door import Door, Place
from frostgate.appeals.pages.visitor import Form, Visitor, form_of
from frostgate.base.uow import Tx
from frostgate.base.web import NEEDS, PUBLIC
from frostgate.directory.routing import Work
from frostgate.documents.kit import Documents
from frostgate.documents.model import LARGEST
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.pages.shared import Asking, Lang
from frostgate.notices.render import Renderer

LARGEST_FORM = 4 * LARGEST  # a file that is somewhat too large gets a page that says so

Here = NamedDependency[Visitor]
Stiles = NamedDependency[Turnstiles]
Typed = URLEncodedBody[Form]
WithFile = MultipartBody[dict[str, Any]]


def provide_visitor(
    request: Asking,
    link: FromPath[str],
    work: Work,
    door: NamedDependency[Door],
    renderer: NamedDependency[Renderer],
    documents: NamedDependency[Documents],
) -> Visitor:
    """Whoever sends the request."""
    return Visitor(request, link, work, door, renderer, documents)


@get("/{link:str}", sync_to_thread=True)
def open_page(visitor: Here, sent: FromQuery[bool] = False, lang: Lang = None) -> Response[bytes]:
    """The file, for who proved that they read where the notice went; else the door."""
    return visitor.sees(sent=sent)


@post("/{link:str}/code", sync_to_thread=True)
def send_code(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Send a code to where the notice went.

    Only a press of the button does: mail programs open links by themselves.
    """
    if seconds := turnstiles.codes.wait(visitor.address):
        return visitor.waits(data, seconds)
    return visitor.asks_for_a_code(data)


@post("/{link:str}/visit", sync_to_thread=True)
def enter(visitor: Here, data: Typed, turnstiles: Stiles) -> Response[bytes]:
    """Take the code, and let whoever knows it in."""
    if seconds := turnstiles.tries.wait(visitor.address):
        return visitor.waits(data, seconds)
    return visitor.enters(data)


@post("/{link:str}/leave", sync_to_thread=True)
def leave(visitor: Here, data: Typed) -> Response[bytes]:
    """End the visit: on a computer that others use, too."""
    return visitor.leaves(data)


@post("/{link:str}/draft", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def save_draft(visitor: Here, data: WithFile) -> Response[bytes]:
    """Keep what was written so far, and the file that came with it."""
    form = form_of(data)

    def keep(tx: Tx, place: Place) -> object:
        return service.save_draft(tx, place, statement=form.statement, news=form.news)

    return visitor.does(form, keep)


@post("/{link:str}/handing-in", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def hand_in(visitor: Here, data: WithFile) -> Response[bytes]:
    """Give the appeal to our people."""
    form = form_of(data)

    def give(tx: Tx, place: Place) -> object:
        return service.hand_in(tx, place, statement=form.statement, news=form.news)

    return visitor.does(form, give)


@post("/{link:str}/answer", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def answer(visitor: Here, data: WithFile) -> Response[bytes]:
    """Answer what our people asked."""
    form = form_of(data)
    return visitor.does(form, lambda tx, place: service.answer(tx, place, form.words))


@post("/{link:str}/condition", sync_to_thread=True, request_max_body_size=LARGEST_FORM)
def declare(visitor: Here, data: WithFile) -> Response[bytes]:
    """Say that a condition of the release is met, with the file that proves it."""
    form = form_of(data)
    return visitor.does(form, lambda tx, place: service.declare(tx, place, form.condition, form.words))


@post("/{link:str}/removal", sync_to_thread=True)
def remove(visitor: Here, data: Typed) -> Response[bytes]:
    """Take back a file."""
    return visitor.does(data, lambda tx, place: service.remove_document(tx, place, data.document))


@post("/{link:str}/withdrawal", sync_to_thread=True)
def withdraw(visitor: Here, data: Typed) -> Response[bytes]:
    """Take the appeal back."""
    return visitor.does(data, service.withdraw)


PAGES = Router(
    "/appeal",
    route_handlers=[open_page, send_code, enter, leave, save_draft, hand_in, answer, declare, remove, withdraw],
    dependencies={"visitor": Provide(provide_visitor, sync_to_thread=False)},
    opt={NEEDS: PUBLIC},
    include_in_schema=False,
)
