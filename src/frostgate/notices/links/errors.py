"""What is refused to whoever comes by the link of a notice."""

from frostgate.base.errors import Conflict, NotFound, Refused


class LinkDead(NotFound):
    """The link opens nothing: made up, of something that is over, or too old. We do not say which."""

    code = "link.dead"


class CodeWrong(Refused):
    """Not the code that was sent last, or it is too old, or was tried too often. We do not say which."""

    code = "link.code_wrong"


class CodesTooOften(Refused):
    """A code was sent a moment ago, or many today; another may be sent after `retry_after` seconds."""

    code = "link.codes_too_often"


class FormStale(Conflict):
    """The form was not ours, or is of an earlier visit."""

    code = "link.form_stale"


class VisitEnded(Conflict):
    """They came in a while ago, or left: what they sent was not kept, and they need another code."""

    code = "link.visit_ended"
