"""What the check-up room refuses."""

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused


class CheckUpUnknown(NotFound):
    """There is no such check-up, or not for this reader."""

    code = "checkup.unknown"


class CheckUpClosed(Conflict):
    """The check-up is over; `state` says how."""

    code = "checkup.closed"


class StepUnknown(NotFound):
    """This check-up has no such step."""

    code = "checkup.step_unknown"


class StepByItself(Conflict):
    """Nobody can say that this is done: it is done once it is so."""

    code = "checkup.step_by_itself"


class StepOfOthers(Forbidden):
    """Somebody else takes this step: the tenant's administrators, or the holder alone."""

    code = "checkup.step_of_others"


class SignInsUnanswered(Refused):
    """The step is done by answering for each sign-in, one by one."""

    code = "checkup.sign_ins_unanswered"


class SignInUnknown(NotFound):
    """This check-up asks about no such sign-in."""

    code = "checkup.sign_in_unknown"


class SignInAnswered(Conflict):
    """It was answered before; what somebody called a stranger's is not taken back by a press of a button."""

    code = "checkup.sign_in_answered"
