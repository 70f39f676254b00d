"""What reviews refuse."""

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused


class ReviewUnknown(NotFound):
    """There is no review of this quarter, or not for this reader."""

    code = "review.unknown"


class ReviewConfirmed(Conflict):
    """It was confirmed before, and stays as it was."""

    code = "review.confirmed_already"


class LinesUnanswered(Refused):
    """A review is confirmed line by line; some were left out."""

    code = "review.lines_unanswered"


class LineUnknown(Refused):
    """The review has no such line."""

    code = "review.line_unknown"


class PersonOfTenantNeeded(Forbidden):
    """Neither a program nor the platform confirms who has which permissions in a company."""

    code = "review.person_needed"
