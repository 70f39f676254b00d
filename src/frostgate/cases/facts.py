"""What happens in cases, as other rooms and the journal hear of it. Pure."""

from frostgate.base.model import Fact
from frostgate.cases.model import Case
from frostgate.standing.model import Finding, Hold


class CaseOpened(Fact, frozen=True, kw_only=True):
    """People have something to decide or to do."""

    name = "case.opened"

    case: Case


class CaseConfirmed(Fact, frozen=True, kw_only=True):
    """The hold was right and stays."""

    name = "case.confirmed"

    case: Case
    hold: Hold
    reason: str


class CaseKeptLonger(Fact, frozen=True, kw_only=True):
    """The hold ends later than was decided before: as long as people want the same to stay of another hold."""

    name = "case.kept_longer"

    case: Case
    hold: Hold
    reason: str


class ReleaseProposed(Fact, frozen=True, kw_only=True):
    """Somebody asks for a release, at once or at a time; somebody else must answer."""

    name = "case.release_proposed"

    case: Case
    finding: Finding
    reason: str


class ProposalWithdrawn(Fact, frozen=True, kw_only=True):
    """Somebody took back what they had proposed."""

    name = "case.proposal_withdrawn"

    case: Case
    reason: str


class BypassFound(Fact, frozen=True, kw_only=True):
    """The holder tried to get round the hold of this case with another account, which is frozen for that."""

    name = "case.bypass_found"

    case: Case
    hold: Hold
    reason: str


class CaseReleased(Fact, frozen=True, kw_only=True):
    """People released the hold; `finding` says whether it was a mistake from which rules can learn."""

    name = "case.released"

    case: Case
    hold: Hold
    finding: Finding
    reason: str


class CaseEnded(Fact, frozen=True, kw_only=True):
    """The case's hold ended without people's decision, so the case did."""

    name = "case.ended"

    case: Case
    hold: Hold


class BanProposed(Fact, frozen=True, kw_only=True):
    """Somebody asks for a ban; somebody else must answer."""

    name = "ban.proposed"

    case: Case
    reason: str


class BanApproved(Fact, frozen=True, kw_only=True):
    """Two people agreed; the ban stands."""

    name = "ban.approved"

    case: Case
    hold: Hold
    reason: str


class AppealUpheld(Fact, frozen=True, kw_only=True):
    """The ban is lifted."""

    name = "appeal.upheld"

    case: Case
    hold: Hold
    reason: str


class CaseNoted(Fact, frozen=True, kw_only=True):
    """Somebody left a note. Its words stand in the case."""

    name = "case.noted"

    case_id: str


class CaseDone(Fact, frozen=True, kw_only=True):
    """Somebody did the task."""

    name = "case.done"

    case: Case
    reason: str


class CaseRead(Fact, frozen=True, kw_only=True):
    """Somebody looked into a case: it holds what people said and where they were."""

    name = "case.read"

    case_id: str
    account_id: str | None
