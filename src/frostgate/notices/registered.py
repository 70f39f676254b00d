"""What may be said by text message: our sorts of notices, and what the text that is registered for each is filled with.

Phone networks of mainland China, and many elsewhere, carry only texts that they approved beforehand. So the words
stand with the provider, and a notice is no more than the text's id and these values.
"""

from collections.abc import Mapping

from frostgate.notices.model import Template

# In the order in which Tencent Cloud takes them ({1}, {2}, ...); Alibaba Cloud takes them by name (${tenant}, ...).
# The last is what proves on our page that the text came from us.
PARAMETERS: Mapping[Template, tuple[str, ...]] = {
    Template.DEBT_DUE_SOON: ("tenant", "total", "due_on", "code"),
    Template.DEBT_DUE: ("tenant", "total", "due_on", "code"),
    Template.DEBT_OVERDUE: ("tenant", "total", "due_on", "code"),
    Template.DEBT_LAST_NOTICE: ("tenant", "total", "due_on", "freeze_at", "code"),
    Template.DEBT_FROZEN: ("tenant", "missing", "code"),
    Template.DEBT_PART_PAID: ("tenant", "received", "missing", "code"),
    Template.DEBT_RELEASED: ("tenant", "code"),
    Template.CONTACT_ASKED: ("tenant", "reply_code", "code"),
    Template.CONTACT_CHANGED: ("tenant", "code"),
    Template.ALERT_BALANCE: ("tenant", "balance", "reached", "code"),
    Template.ALERT_COVER: ("tenant", "days", "balance", "reached", "code"),
    Template.ALERT_BUDGET: ("tenant", "spent", "budget", "share", "code"),
    # Of holds: neither why nor whose, since anybody may read a lock screen, and no link, which the networks refuse.
    Template.CHALLENGED: ("code",),
    Template.LIMITED: ("code",),
    Template.FROZEN: ("code",),
    Template.BANNED: ("code",),
    Template.RELEASED: ("code",),
    Template.CASE_ASKED: ("code",),
    Template.CASE_KEPT: ("code",),
    Template.RELEASE_CONDITIONS: ("code",),
    Template.CONDITIONS_LAPSED: ("code",),
    Template.APPEAL_CODE: ("reply_code", "code"),
    Template.APPEAL_RECEIVED: ("code",),
    Template.APPEAL_ASKED: ("code",),
    Template.APPEAL_DECIDED: ("code",),
}
