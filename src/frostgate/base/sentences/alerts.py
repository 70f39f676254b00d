"""Alerts: finance contacts and the codes that confirm them, thresholds."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "contact.unknown": ("财务联系人不存在。", "There is no such finance contact."),
    "contact.exists": ("该联系方式已添加，不能重复添加。", "There is a contact of this address already."),
    "contact.too_many": (
        "财务联系人已达上限[（{most} 个）]，请先删除不再使用的联系人。",
        "There are enough finance contacts[: {most} at most]. Remove one that is not needed any more.",
    ),
    "contact.address_unusable": (
        "请填写有效的联系方式：邮箱地址，或带国家代码的手机号（如 +8613800138000）。",
        "Give an email address, or a telephone number with its country, such as +8613800138000.",
    ),
    "contact.channel_unusable": (
        "暂不支持以该方式发送提醒[，可用方式：{channels}]。",
        "Alerts cannot be sent this way[; they can by: {channels}].",
    ),
    "contact.asked_just_now": (
        "回执码刚刚已发送[，请在 {minutes} 分钟后重试]。",
        "A code was sent a moment ago[; another can be sent in {minutes} minutes].",
    ),
    "contact.code_wrong": (
        "回执码不正确，请核对最近一封确认邮件中的回执码。",
        "This code is wrong. Look at the newest mail that asks for it.",
    ),
    "contact.code_too_old": (
        "回执码已过期，请重新发送。",
        "This code is more than a week old. Have a new one sent.",
    ),
    "contact.code_not_asked": (
        "没有待确认的回执码，或输错次数过多。请重新发送。",
        "No code waits for a reply, or wrong ones came too often. Have a new one sent.",
    ),
    "alert.threshold_unknown": ("提醒阈值不存在。", "There is no such threshold."),
    "alert.recipient_unknown": (
        "接收人不是本企业的财务联系人，或没有该接收方式。",
        "The recipient is no finance contact of this tenant, or is not reached this way.",
    ),
    "alert.too_many": (
        "提醒阈值已达上限[（{most} 个）]，请先删除不再使用的阈值。",
        "There are enough thresholds[: {most} at most]. Remove one that is not needed any more.",
    ),
}
