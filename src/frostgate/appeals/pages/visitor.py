"""Whoever is at the link of an appeal, as a request brings them: what they see, and what they may do."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response
from litestar.datastructures import UploadFile

from frostgate.appeals import service
from frostgate.appeals.door import Door, Place
from frostgate.appeals.sight import sight
from frostgate.base.errors import Refused
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.documents.kit import Documents
from frostgate.documents.model import Purpose
from frostgate.notices.links import visitor
from frostgate.notices.pages.shared import Asking, Pages
from frostgate.notices.render import Renderer

PURPOSES = tuple(purpose.value for purpose in Purpose if purpose is not Purpose.ATTACHMENT)
_TYPED = frozenset({"lang", "token", "statement", "news", "words", "purpose", "condition"})

PAGES = Pages(Path(__file__).parent)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What any of the forms brings; `token` is that of the visit, `document` the id of one that is taken back.

    `condition` is the id of the one that somebody says is met.
    """

    lang: str = ""
    token: str = ""
    code: str = ""
    statement: str = ""
    news: str = ""
    words: str = ""
    document: str = ""
    purpose: str = ""
    condition: str = ""
    file: bytes = b""
    file_name: str = ""


class Visitor(visitor.Visitor[Place, Form]):
    """Whoever is at the link of an appeal."""

    root = "/appeal"
    cookie = "appeal"
    pages = PAGES

    def __init__(
        self, request: Asking, link: str, work: UnitOfWork, door: Door, renderer: Renderer, documents: Documents
    ) -> None:
        super().__init__(request, link, work, door)
        self._renderer, self._documents = renderer, documents

    def sight(self, connection: sa.Connection, place: Place, *, at: datetime) -> dict[str, Any]:
        """What the page behind the door shows."""
        return {"sight": sight(connection, place, self._renderer, self.language, at=at), "purposes": PURPOSES}

    def carried(self, form: Form) -> dict[str, str]:
        """What they wrote. A file must be chosen again: no page can give one back."""
        about = form.condition if form.words else ""
        typed = {"statement": form.statement, "news": form.news, "words": form.words, "condition": about}
        return {name: text for name, text in typed.items() if text}

    def does(self, form: Form, do: Callable[[Tx, Place], object]) -> Response[bytes]:
        """Do something within a visit and come back to the page, which says what was refused.

        A file is kept for itself and before: where the rest is refused, nobody has to choose it again.
        """
        self.reads(form.lang)
        if form.file:
            try:
                self._keeps(form)
            except Refused as refused:
                return self.sees(refused, typed=form)
        return super().does(form, do)

    def _keeps(self, form: Form) -> None:
        """Examine a file, for whoever may be here, and keep it. That takes a while, so no transaction waits for it."""
        self.within(form, lambda tx, place: None)
        purpose = Purpose(form.purpose) if form.purpose in PURPOSES else Purpose.OTHER
        examined = self._documents.examine(form.file, name=form.file_name, purpose=purpose)
        self.within(
            form, lambda tx, place: service.keep_document(tx, place, examined, purpose, documents=self._documents)
        )


def form_of(data: dict[str, Any]) -> Form:
    """The form with its file. A browser sends one without a name where none was chosen."""
    file = data.get("file")
    typed: dict[str, Any] = {name: value for name, value in data.items() if name in _TYPED and isinstance(value, str)}
    if not isinstance(file, UploadFile):
        return Form(**typed)
    return Form(**typed, file=file.file.read(), file_name=file.filename)
