"""Invoices by month, and billing events on their way into the books."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "invoicing.currency_not_of_plan": (
        "该企业按 {currency} 计费，不接受其他币种。",
        "The tenant is billed in {currency}, and takes no other currency.",
    ),
    "invoicing.month_not_ended": (
        "该月尚未结束，{end} 起才能出账。",
        "The month has not ended for the tenant: it can be billed from {end} on.",
    ),
    "invoicing.earlier_month_open": (
        "{month} 尚未出账，请先完成该月出账。",
        "The month {month} is not billed yet. Bill it first.",
    ),
    "invoicing.month_billed": (
        "{month} 已出账，请查看该月账单。",
        "The month {month} is billed already. Its invoice says what there was to pay.",
    ),
    "invoicing.line_unknown": (
        "账单没有第 {number} 行（行号从 0 开始）。",
        "The invoice has no line {number}; lines are counted from 0.",
    ),
}
