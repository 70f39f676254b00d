"""What the appeals room refuses."""

from frostgate.base.errors import Conflict, NotFound, Refused


class AppealUnknown(NotFound):
    """There is no such appeal, or not for this reader."""

    code = "appeal.unknown"


class AppealClosed(Conflict):
    """The appeal does not stand where this could be done; `state` says where it stands."""

    code = "appeal.closed"


class AppealExists(Conflict):
    """One appeal for one decision: there is one under way."""

    code = "appeal.exists"


class TooManyAppeals(Conflict):
    """There were enough appeals against this hold."""

    code = "appeal.too_many"


class HoldEnded(Conflict):
    """There is nothing left to appeal against."""

    code = "appeal.hold_ended"


class StatementNeeded(Refused):
    """An appeal that says nothing."""

    code = "appeal.statement_needed"


class NewsNeeded(Refused):
    """An appeal after one that was refused must say what is new."""

    code = "appeal.news_needed"


class AnswerNeeded(Refused):
    """An answer that says nothing."""

    code = "appeal.answer_needed"


class DocumentNeeded(Refused):
    """The answer brings neither a new document nor words."""

    code = "appeal.document_needed"


class DocumentUnnamed(Refused):
    """The question is about a document and does not say which."""

    code = "appeal.document_unnamed"


class TooLong(Refused):
    """More than anybody reads."""

    code = "appeal.too_long"


class GroundNeeded(Refused):
    """Whoever refuses says why; whoever upholds has no ground for refusing."""

    code = "appeal.reason_code_needed"
