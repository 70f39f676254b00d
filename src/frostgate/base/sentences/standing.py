"""Holds, cases, policies, notices."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Holds and cases
    "hold.unknown": ("该处置记录不存在。", "There is no such hold."),
    "hold.closed": ("该处置已解除，无需重复操作。", "This hold was released before."),
    "hold.condition_not_met": (
        "尚未满足解除条件[：{missing}]。",
        "What this hold waits for has not happened[: {missing}].",
    ),
    "hold.services_needed": ("请选择需要限制的功能。", "Name the services that the limit takes away."),
    "hold.services_not_for_freeze": (
        "冻结会停用全部功能；如只需停用部分功能，请选择限制。",
        "A freeze stops every service. To take away some of them, place a limit.",
    ),
    "ban.needs_case": (
        "封禁须经案件审理决定，不能直接执行。",
        "A ban is decided in a case; it cannot be placed directly.",
    ),
    "approval.second_person_needed": (
        "该操作需由另一位未参与过此事的人员完成。",
        "Somebody who has had no part in this must do it.",
    ),
    "case.unknown": ("案件不存在。", "There is no such case."),
    "case.closed": ("案件已结案，不能再作变更。", "This case is closed."),
    "case.taken": (
        "该案件正由其他人员处理[，至 {until}]。如需接手，请联系组长改派。",
        "Somebody else is working on this case[ until {until}]. A lead can give it to you.",
    ),
    "case.not_taken": ("该案件不在您手中。", "You do not have this case."),
    "desk.full": (
        "您手中的案件已达上限[（{most} 件）]，请先处理或退回。",
        "That is enough for one person[: {most} cases]. Finish or give back one first.",
    ),
    "desk.reviewer_unknown": ("没有这位可处理案件的人员。", "Nobody who decides cases has this id."),
    "desk.at_once": (
        "同时处理的案件数须为 1[ 至 {most}]。",
        "How many cases somebody has at a time is 1[ to {most}].",
    ),
    "bulk.unknown": ("批量操作不存在。", "There is no such action on many accounts."),
    "bulk.decided": ("该批量操作已审批或已撤回。", "This was agreed to, or withdrawn, before."),
    "bulk.stale": (
        "该批量操作提交已超过一天，请重新预览后再提交。",
        "This was proposed more than a day ago. Look again at whom it concerns, and propose it anew.",
    ),
    "bulk.empty": ("没有符合条件的账号。", "It would concern nobody."),
    "bulk.too_large": (
        "涉及的账号过多[，一次最多 {most} 个]，请缩小范围。",
        "It would concern too many at once[: at most {most}]. Narrow it down.",
    ),
    "bulk.unclear": (
        "批量冻结请列出账号；批量解除请指定规则、原因或案件，并说明结论。",
        "A freeze names its accounts. A release names a rule, a cause or cases, and says what was found.",
    ),
    "bulk.not_undoable": (
        "该批量操作无法回退：尚未完成、本身就是回退，或已回退过。",
        "This cannot be taken back: it is not done, is a step back itself, or was taken back before.",
    ),
    "bulk.already_held": ("该账号已有相同的处置。", "The same hold is open already."),
    "case.no_proposal": (
        "没有可审批的提议，或该提议并非由您提出。",
        "There is no such proposal here, or it is somebody else's to withdraw.",
    ),
    "case.proposal_pending": (
        "该案件已有待审批的提议，请先审批、否决或由提议人撤回。",
        "Something is proposed in this case: approve or decline it first, or have whoever proposed it withdraw it.",
    ),
    "case.proposal_needed": (
        "该处置因违规作出：无论立即解除还是约定到期解除，均须由一人提议，另一人审批。",
        "This was a violation: one person proposes its end, now or at a time, and another agrees.",
    ),
    "case.until_unusable": (
        "截止时间须晚于现在，且不超过 {days} 天。",
        "The time must come, and within {days} days.",
    ),
    "case.ends_before": (
        "该处置已定于 {until} 自动解除，条件的期限不能晚于该时间。",
        "The hold ends by itself at {until}; conditions cannot be awaited longer than that.",
    ),
    "case.limit_is_this_hold": (
        "该处置本身就是这项功能限制。如需到期解除，请确认处置并填写截止时间；违规处置请提议到期解除。",
        "This hold is that very limit. Confirm it with the time until which it stays; for a violation, propose that.",
    ),
    "case.other_account_needed": (
        "请填写同一企业的另一个账号，且该账号尚未因规避冻结被冻结。",
        "Name another account of the same tenant, which is not frozen for getting round a freeze already.",
    ),
    "case.no_ban": ("该案件没有可解除的封禁。", "There is no ban to lift here."),
    "case.not_for_ban": (
        "仅当账号因严重违规被冻结且尚未解冻时，才能提议封禁。",
        "Only an open freeze for a grave cause can lead to a ban.",
    ),
    "case.wrong_kind": (
        "该案件不适用此操作：任务只能办结，处置只能裁决。",
        "That is not how this case ends: a task is done, a hold is decided about.",
    ),
    "approval.person_needed": (
        "该操作须由人员登录后本人完成，不能使用接口凭证。",
        "A person must do this in a session of their own; a token is nobody.",
    ),
    "case.reason_required": ("请填写处理理由。", "Give the reason for the decision."),
    # Policies
    "policy.refused": (
        "策略未通过检查[，共 {count} 处问题]，未生效。",
        "The policy was not accepted[: {count} problems]. Nothing of it takes effect.",
    ),
    "policy.unknown": ("策略版本不存在。", "There is no such policy version."),
    # Notices
    "notice.unknown": ("通知不存在。", "There is no such notice."),
}
