"""Refusals: what the program says when it will not do a thing. No HTTP here.

Every refusal is a class with a stable `code`. Clients act on the code; people read the sentence, which stands
in both languages in `base/sentences/` and nowhere else; the HTTP status stands in `base/problems.py`.
"""

from typing import Any, ClassVar


class Refused(Exception):
    """A request that we understood and will not carry out.

    `params` fill the placeholders of the code's sentence; `pointer` is an RFC 6901 pointer into the request
    where one value is to blame.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, *, pointer: str | None = None, **params: Any) -> None:
        self.params = params
        self.pointer = pointer
        super().__init__(f"{self.code}: {params}" if params else self.code)


class Malformed(Refused):
    """The request cannot be read: `problem` says what is wrong in the parser's words."""

    code = "request.malformed"


class NotFound(Refused):
    """No such thing here, or not for this caller; we do not say which."""

    code = "request.not_found"


class Unauthenticated(Refused):
    """No valid credential came with the request."""

    code = "auth.required"


class Forbidden(Refused):
    """The credential is valid and its role does not allow this."""

    code = "auth.forbidden"


class Conflict(Refused):
    """Somebody else changed the thing since it was read."""

    code = "request.conflict"


class StoreUnavailable(Refused):
    """The database cannot take writes now (disk full, locked, gone). Nothing was saved; try again."""

    code = "store.unavailable"


class StoreUnopened(StoreUnavailable):
    """SQLite cannot open its file, or cannot write beside it; `file` says which."""

    code = "store.unopened"


class StoreMisnamed(Refused):
    """The database's URL cannot be used; `problem` says why."""

    code = "store.misnamed"
