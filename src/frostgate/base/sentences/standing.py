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
        "Somebody who has not decided about this before must do it.",
    ),
    "case.unknown": ("案件不存在。", "There is no such case."),
    "case.closed": ("案件已结案，不能再作变更。", "This case is closed."),
    "case.no_proposal": ("尚无人提议封禁，无法审批。", "Nobody has proposed a ban here."),
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
