"""Prices, billing plans, metered usage, and the calendars, alerts and dunning policies that stand on them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "usage.unit_unknown": ("计量单位 {unit} 不存在。", "Nothing is metered by the unit {unit}."),
    "usage.quantity_unusable": (
        "用量 {quantity} 无效：须为 0 至 {most} 之间的整数。多计的用量请通过贷记单冲减。",
        "The quantity {quantity} cannot be used: it is a whole number from 0 to {most}. What was counted too often is "
        "put right by a credit note.",
    ),
    "usage.event_reused": (
        "事件 {event} 已按其他内容计量，用量未变更。",
        "The event {event} was metered before with other content. Nothing was changed.",
    ),
    "price_list.unknown": ("价目表不存在。", "There is no such price list."),
    "price_list.unusable": (
        "{unit} 的价格有误：每个计量单位只能定价一次，阶梯须从 0 开始并依次递增。",
        "The price of {unit} is not clear: each unit has one, and its tiers begin at 0 and rise.",
    ),
    "price_list.starts_past": (
        "新价目表须从尚未开始的日期起生效，已产生的用量不能改价；仅为尚未定价的计量单位补充价格时除外。",
        "A price list takes effect on a day that has not begun anywhere: what was used keeps its price. Only one that "
        "adds prices for what had none may begin earlier.",
    ),
    "price_list.currency_differs": (
        "该系列价目表的币种为 {currency}，须保持一致。",
        "The price lists of this series are in {currency}, and so must this be.",
    ),
    "price_list.price_missing": (
        "{day} 有 {unit} 用量，但当日没有适用的价格。",
        "There is usage of {unit} on {day}, and no price for it on that day.",
    ),
    "billing_plan.unknown": ("计费方案不存在。", "There is no such billing plan."),
    "billing_plan.unusable": (
        "登录不是计费服务，不能设为预付费。",
        "Sign-in is not billed, so it cannot be prepaid.",
    ),
    "billing_plan.not_assigned": (
        "该企业[在 {day}]没有计费方案。",
        "The tenant has no billing plan[ on {day}].",
    ),
    "billing_plan.starts_unusable": (
        "更换计费方案须从尚未开始的月份的 1 日起生效，最早为 {earliest}。",
        "Another billing plan begins on the first day of a month to come, {earliest} at the earliest.",
    ),
    "calendar.region_unknown": (
        "没有地区 {region} 的节假日数据。请使用 ISO 3166 代码，例如 CN 或 DE-BY。",
        "No public holidays are known for {region}. Give an ISO 3166 code such as CN or DE-BY.",
    ),
    "calendar.day_unusable": (
        "日期须在 {first} 年至 {last} 年之间。",
        "The day must lie between the years {first} and {last}.",
    ),
    "alert.threshold_unusable": (
        "恢复值须位于阈值 {at} 的另一侧：下降提醒的恢复值须高于阈值，上升提醒的须低于阈值。",
        "The value that clears the alert lies on the other side of {at}: above it for one that speaks when the value "
        "falls, below it for one that speaks when it rises.",
    ),
    "dunning.policy_unusable": (
        "催缴方案有误（{problem}）：步骤名称不能重复，到期前的步骤排在前面，"
        "最后一步为到期后的最后通知，距冻结至少 24 小时。",
        "The dunning policy cannot be followed ({problem}): steps have different names, those before the due date come "
        "first, and the last one is a last notice after it, at least 24 hours before a freeze.",
    ),
}
