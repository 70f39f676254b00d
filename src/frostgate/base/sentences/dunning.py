"""Dunning: promises to pay, and what only a person decides."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "dunning.policy_unknown": ("催缴方案不存在。", "There is no such dunning policy."),
    "dunning.pause_unusable": (
        "日期无效：不能早于今天[，最晚为 {latest}]。",
        "The day cannot be used: it is today at the earliest[ and {latest} at the latest].",
    ),
    "dunning.pause_unknown": ("该付款承诺不存在。", "There is no such promise to pay."),
    "dunning.pause_decided": (
        "该付款承诺已处理，不能重复处理。",
        "Somebody approved or rejected this promise to pay before.",
    ),
    "dunning.nothing_open": (
        "没有未结清的账单，无需约定付款日期。",
        "Nothing is open here, so there is nothing to wait for.",
    ),
    "dunning.nothing_to_release": (
        "没有待批准的恢复申请：可能仍有欠款未结清，或服务并未因欠费暂停。",
        "No release waits for you: something may still be owed, or nothing was stopped for unpaid bills.",
    ),
    "dunning.not_unreached": (
        "该账单不需要人工决定：最后通知已送达、仍可能送达，或尚未发出。",
        "Nobody needs to decide about this invoice: its last notice arrived, may still arrive, or was not sent yet.",
    ),
}
