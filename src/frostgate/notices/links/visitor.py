"""Whoever is at a link, as a request brings them: the door, the page behind it, and what they do there.

Every form goes to an address below the link and comes back to the page, so that loading it again repeats nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from litestar import Response
from litestar.datastructures import Cookie

from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.problems import headers_of, status_of
from frostgate.base.texts import say
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.base.web import client_address
from frostgate.notices.links import store
from frostgate.notices.links.door import Door, P
from frostgate.notices.links.errors import CodeWrong, LinkDead, VisitEnded
from frostgate.notices.pages.shared import Asking, Pages, language_for


class Form(Protocol):
    """What the form of any of these pages brings; `token` is that of the visit."""

    @property
    def lang(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def code(self) -> str: ...


F = TypeVar("F", bound=Form)


class Visitor(ABC, Generic[P, F]):
    """Whoever is at a link: what they see, and what they may do."""

    root: ClassVar[str]  # below which the room's links are, such as "/appeal"
    cookie: ClassVar[str]
    pages: ClassVar[Pages]  # with "door.html.j2" and "file.html.j2"

    def __init__(self, request: Asking, link: str, work: UnitOfWork, door: Door[P]) -> None:
        self.here = f"{self.root}/{quote(link, safe='.')}"
        self.address = client_address(request.scope)
        self._language: Language | None = None
        self._request, self._link = request, link
        self._work, self._door = work, door

    @abstractmethod
    def sight(self, connection: sa.Connection, place: P, *, at: datetime) -> dict[str, Any]:
        """What the page behind the door shows."""

    def carried(self, form: F) -> Mapping[str, str]:
        """What was typed into a form and comes along through the door, where the visit had ended meanwhile."""
        return {}

    @property
    def language(self) -> Language:
        """What the page that they come from was in, or else what their browser asks for."""
        return self._language or language_for(self._request, self._request.query_params.get("lang"))

    def reads(self, lang: str) -> None:
        """Answer in the language of the page whose form this is."""
        self._language = language_for(self._request, lang)

    def sees(
        self,
        refused: Refused | None = None,
        *,
        sent: bool = False,
        typed: F | None = None,
        secret: str | None = None,
    ) -> Response[bytes]:
        """The page: the file within a visit, else the door; with why something was refused.

        `secret` is that of a visit that has just begun, and which no cookie says yet.
        """
        at = self._work.clock.now()
        shown: dict[str, Any] = {
            "status": status_of(refused.code) if refused else 200,
            "headers": headers_of(refused, self.language) if refused else {},
            "here": self.here,
            "problem": say(refused.code, self.language, **refused.params) if refused else "",
        }
        try:
            with self._work.look() as connection:
                place = self._door.find(connection, self._link, at=at)
                visit = self._door.visit(connection, place, secret or self._secret, at=at)
                seen = self.sight(connection, place, at=at) if visit else {}
        except LinkDead as dead:
            text = say(dead.code, self.language)
            return self.pages.page(
                "link_dead.html.j2", self.language, status=status_of(dead.code), here=self.here, problem=text
            )
        if visit is None:
            carried = self.carried(typed) if typed is not None else {}
            return self.pages.page("door.html.j2", self.language, sent=sent, carried=carried, **shown)
        with self._work.begin(head_first=False) as tx:
            store.save_seen(tx.connection, visit, tx.now)
        token = self._door.form_token(visit)
        return self.pages.page("file.html.j2", self.language, token=token, typed=typed, **seen, **shown)

    def waits(self, form: F, seconds: int) -> Response[bytes]:
        """Say when to come again, because too many come from their network; what they typed waits on that page."""
        self.reads(form.lang)
        return self.pages.wait(self.language, seconds, here=self.here, carried=self.carried(form))

    def asks_for_a_code(self, form: F) -> Response[bytes]:
        """Have a code sent to where the notice went."""
        self.reads(form.lang)
        try:
            with self._work.begin() as tx:
                self._door.send_code(tx, self._door.find(tx.connection, self._link, at=tx.now))
        except Refused as refused:
            return self.sees(refused, typed=form)
        return self.sees(sent=True, typed=form) if self.carried(form) else self.returns("&sent=true")

    def enters(self, form: F) -> Response[bytes]:
        """Come in, where the code is right."""
        self.reads(form.lang)
        try:
            with self._work.begin() as tx:
                place = self._door.find(tx.connection, self._link, at=tx.now)
                secret = self._door.take_code(tx, place, form.code)
        except Refused as refused:
            return self.sees(refused, typed=form)
        if secret is None:
            return self.sees(CodeWrong(), sent=True, typed=form)
        # For this browser, until it is closed; no script reads it and no other site's page sends it.
        cookie = Cookie(
            key=self.cookie,
            value=secret,
            path=self.root,
            httponly=True,
            samesite="strict",
            secure=self._door.is_secure,
        )
        if not self.carried(form):
            return self.returns(cookie=cookie)
        page = self.sees(typed=form, secret=secret)
        page.set_cookie(cookie)
        return page

    def does(self, form: F, do: Callable[[Tx, P], object]) -> Response[bytes]:
        """Do something within a visit and come back to the page, which says what was refused."""
        self.reads(form.lang)
        try:
            self.within(form, do)
        except Refused as refused:
            return self.sees(refused, typed=form)
        return self.returns()

    def leaves(self, form: F) -> Response[bytes]:
        """End every visit by this link; where it had ended by itself, nothing is left to do."""
        self.reads(form.lang)
        try:
            self.within(form, lambda tx, place: store.end_visits(tx.connection, place.notice.id))
        except VisitEnded:
            return self.returns()
        except Refused as refused:
            return self.sees(refused)
        return self.returns()

    def within(self, form: F, do: Callable[[Tx, P], object]) -> None:
        """Do something in a transaction of the visit.

        Raises:
            VisitEnded: there is none any more, and nothing was done.
            LinkDead, FormStale
        """
        with self._work.begin() as tx:
            place = self._door.find(tx.connection, self._link, at=tx.now)
            visit = self._door.visit(tx.connection, place, self._secret, at=tx.now)
            if visit is None:
                raise VisitEnded
            self._door.must_be_ours(visit, form.token)
            do(tx, place)

    @property
    def _secret(self) -> str | None:
        return self._request.cookies.get(self.cookie)

    def returns(self, more: str = "", *, cookie: Cookie | None = None) -> Response[bytes]:
        """Send the browser back to the page, so that loading it again does nothing twice."""
        return Response(
            b"",
            status_code=303,
            headers={"location": f"{self.here}?lang={self.language}{more}", "cache-control": "no-store"},
            cookies=[cookie] if cookie else None,
        )
