"""What a notice is about, as anybody may know who has its code: the sort of thing, never whose or which."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "contact.unknown": (
        "联系人不存在，或没有该联系方式。",
        "There is no such contact, or the contact has no such address.",
    ),
    "contact.exists": ("该联系方式已添加，不能重复添加。", "There is a contact of this address already."),
    "contact.too_many": (
        "联系人已达上限[（{most} 个）]，请先删除不再使用的联系人。",
        "There are enough contacts[: {most} at most]. Remove one that is not needed any more.",
    ),
    "contact.address_missing": (
        "请至少填写邮箱或手机号之一。",
        "Give at least one of an email address and a mobile number.",
    ),
    "contact.address_unusable": (
        "请填写有效的联系方式：邮箱地址，或带国家代码的手机号（如 +8613800138000）。",
        "Give an email address, or a telephone number with its country, such as +8613800138000.",
    ),
    "contact.channel_unusable": (
        "暂不支持以该方式发送通知[，可用方式：{channels}]。",
        "Notices cannot be sent this way[; they can by: {channels}].",
    ),
    "contact.asked_just_now": (
        "回执码刚刚已发送[，请在 {minutes} 分钟后重试]。",
        "A code was sent a moment ago[; another can be sent in {minutes} min].",
    ),
    "contact.asked_too_often": (
        "24 小时内发送的回执码已达上限[（{most} 条）]，请稍后再试。",
        "Enough codes were sent within 24 hours[: {most} at most]. Try again later.",
    ),
    "contact.code_wrong": (
        "回执码不正确，请填写最近一次收到的回执码。",
        "This code is wrong. Give the one that came last.",
    ),
    "contact.code_too_old": (
        "回执码已过期，请重新发送回执码。",
        "This code is more than a week old. Have a new one sent.",
    ),
    "contact.code_not_asked": (
        "没有待确认的回执码，或输错次数过多，请重新发送回执码。",
        "No code waits for a reply, or wrong ones came too often. Have a new one sent.",
    ),
    "quiet_hours.unusable": (
        "免打扰时段的开始时间与结束时间不能相同。",
        "Quiet hours cannot begin and end at the same time.",
    ),
    "notice.address_not_dead": (
        "没有因该通知退回而停用的联系方式。",
        "No address is known not to work because of this notice.",
    ),
    "receipt.not_set_up": (
        "尚未启用送达回执，请先在设置中配置 notices.receipt_keys。",
        "Receipts are not set up here: notices.receipt_keys names no key.",
    ),
    "receipt.key_wrong": ("回执地址中的密钥无效。", "The key in this address is not one of ours."),
    "receipt.unreadable": ("回执内容无法读取。", "The receipt cannot be read."),
    "receipt.too_early": (
        "该通知的发送结果尚未登记，请稍后重新推送。",
        "It is not recorded yet that this notice was sent. Send the receipt again in a moment.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "notice.about.challenged": ("要求验证身份的通知", "a request to verify an identity"),
    "notice.about.limited": ("账号功能限制通知", "a notice about a limit"),
    "notice.about.frozen": ("账号冻结通知", "a notice about a freeze"),
    "notice.about.banned": ("账号封禁通知", "a notice about a ban"),
    "notice.about.released": ("账号限制解除通知", "a notice that a restriction ended"),
    "notice.about.debt_due_soon": ("账单到期提醒", "a reminder of a bill"),
    "notice.about.debt_due": ("账单到期提醒", "a reminder of a bill"),
    "notice.about.debt_overdue": ("账单逾期提醒", "a reminder of an overdue bill"),
    "notice.about.debt_last_notice": ("账单逾期的最后通知", "the last notice about an overdue bill"),
    "notice.about.debt_frozen": ("欠费暂停服务通知", "a notice that services stopped over unpaid bills"),
    "notice.about.debt_part_paid": ("收到部分款项的通知", "a notice that part of a debt was received"),
    "notice.about.debt_released": ("欠费结清、服务恢复通知", "a notice that services are back"),
    "notice.about.contact_asked": ("确认联系人的通知", "a request to confirm a contact"),
    "notice.about.mentioned": (
        "同事在案件中提到您的提醒（内部）",
        "a note to one of our own staff: a colleague names them",
    ),
    "notice.about.check_up_code": ("安全检查的验证码", "a code for a check-up"),
    "notice.about.check_up_due": ("安全检查提醒", "a reminder of a check-up"),
    "notice.about.review_code": ("季度安全核查的验证码", "a code for a quarterly review"),
    "notice.about.review_due": ("季度安全核查提醒", "a reminder of a quarterly review"),
    "notice.about.review_overdue": ("季度安全核查逾期提醒（内部）", "a word to our own staff that a review is overdue"),
    "notice.about.contact_changed": ("联系人变更通知", "a notice that a contact was changed"),
    "notice.about.self_check_code": ("账号自查的自查码", "a code for the self-check"),
    "notice.about.appeal_code": ("申诉页面的验证码", "a code to open an appeal"),
    "notice.about.appeal_received": ("收到申诉的通知", "a notice that an appeal was received"),
    "notice.about.appeal_asked": ("申诉需补充材料的通知", "a request for what an appeal lacks"),
    "notice.about.appeal_decided": ("申诉结果通知", "a notice of how an appeal was decided"),
    "notice.about.release_conditions": ("解除处置所需条件的通知", "a notice of what must happen before a release"),
    "notice.about.conditions_lapsed": ("解除条件已到期的通知", "a notice that the time for conditions is over"),
    "notice.about.case_kept": ("案件复核结果通知", "a notice of what a review found"),
    "notice.about.case_asked": ("审核所需信息的询问", "a question that a reviewer asks"),
    "notice.about.sign_in_told": ("工作账号登录安全提醒（内部）", "a security notice to one of our own staff"),
    "notice.about.cases_waiting": ("案件时限提醒（内部）", "a reminder to our own staff that cases wait"),
    "notice.about.emergency_opened": ("紧急授权启用提醒", "a warning that somebody took emergency access"),
    "notice.about.clock_missed": ("案件超时提醒（内部）", "a message to our own staff that a case is overdue"),
    "notice.about.notice_lost": ("通知未送达提醒（内部）", "a message to our own staff that a notice was lost"),
    "notice.about.plain": ("测试消息", "a test"),
    "notice.about.alert_balance": ("余额提醒", "a balance alert"),
    "notice.about.alert_cover": ("余额可用天数提醒", "an alert about how long a balance lasts"),
    "notice.about.alert_budget": ("预算提醒", "a budget alert"),
}
