"""Why something cannot be done in a case. Pure."""

from frostgate.base.errors import Conflict, Forbidden, NotFound, Refused


class CaseUnknown(NotFound):
    """There is no such case, or not for this reader."""

    code = "case.unknown"


class CaseClosed(Conflict):
    """The case was decided; this can no longer be done in it."""

    code = "case.closed"


class ReasonRequired(Refused):
    """A decision without a reason, or with one that nobody will read."""

    code = "case.reason_required"


class NotForBan(Refused):
    """A ban punishes: only an open freeze of a grave cause can lead to one."""

    code = "case.not_for_ban"


class NoProposal(Conflict):
    """Nobody proposed a ban here."""

    code = "case.no_proposal"


class ProposalPending(Conflict):
    """Something is proposed in this case and waits for an answer: to approve, to decline, or to withdraw it."""

    code = "case.proposal_pending"


class ProposalNeeded(Conflict):
    """It was a violation: one person proposes its release, at once or at a time, and another agrees."""

    code = "case.proposal_needed"


class UntilUnusable(Refused):
    """The time is past, or too far away for anybody to remember why."""

    code = "case.until_unusable"


class EndsBefore(Refused):
    """Conditions cannot be awaited longer than the hold lasts: it ends by itself before."""

    code = "case.ends_before"


class LimitIsThisHold(Conflict):
    """What should stay instead is this very hold: it cannot be what is left of itself."""

    code = "case.limit_is_this_hold"


class OtherAccountNeeded(Refused):
    """Who gets round a freeze does so with another account of the same tenant, which is not held yet."""

    code = "case.other_account_needed"


class NoBan(Conflict):
    """There is no ban to lift here."""

    code = "case.no_ban"


class WrongKind(Conflict):
    """A task is done and a hold is decided about; this was the other."""

    code = "case.wrong_kind"


class PersonNeeded(Forbidden):
    """A person must decide this in a session of their own; a token is nobody."""

    code = "approval.person_needed"


class ConditionsUnusable(Refused):
    """No conditions, too many, one twice, or one whose words are missing or are not wanted."""

    code = "case.conditions_unusable"


class ConditionMisfit(Refused):
    """The hold is on a whole tenant, which cannot meet this condition."""

    code = "case.condition_misfit"


class ConditionUnknown(NotFound):
    """The case has no such condition, or not for this reader."""

    code = "case.condition_unknown"


class ConditionSettled(Conflict):
    """The condition is met, waived or over already."""

    code = "case.condition_settled"


class ConditionNotYours(Forbidden):
    """Whether this condition is met is told by somebody else, or seen by ourselves."""

    code = "case.condition_not_yours"


class ConditionWordsNeeded(Refused):
    """The condition asks for words, and none came."""

    code = "case.condition_words_needed"


class ConditionNotDeclared(Conflict):
    """Nobody says that the condition is met, so there is nothing to find otherwise."""

    code = "case.condition_not_declared"


class AwaitsConditions(Conflict):
    """The holder was promised the release once conditions are met, until a date: nobody decides otherwise meanwhile."""

    code = "case.awaits_conditions"
