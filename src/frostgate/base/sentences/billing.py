"""The ledger: what is owed, paid and given back."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "billing.amount_unusable": (
        "金额须为正数[，且单笔不超过 {most}]。",
        "An amount is more than nothing[, and {most} at most].",
    ),
    "billing.in_future": (
        "入账时间不能晚于当前时间。",
        "This counts from a time that has not come yet.",
    ),
    "billing.key_reused": (
        "该幂等键已用于另一项内容不同的操作。请核对内容，或更换幂等键。",
        "This key stands for another command that was carried out before. Check what you send, or use another key.",
    ),
    "billing.reference_reused": (
        "该流水号已入账[，金额为 {known}]，与本次金额不一致，请核对。",
        "Money with this reference was posted before[: {known}], and that is another amount.",
    ),
    "billing.ledger_closed": (
        "该企业的账本已关闭，不能再计费、开票或收款；如需入账，请先重新开启。",
        "The tenant's ledger is closed: nothing new is charged, invoiced or paid. Reopen it first.",
    ),
    "billing.entry_unknown": ("该笔分录不存在。", "There is no such entry."),
    "billing.invoice_unknown": ("账单不存在。", "There is no such invoice."),
    "billing.invoice_repeated": (
        "同一张账单只能填写一次核销金额。",
        "Each invoice is named once, with all that it gets.",
    ),
    "billing.currency_differs": (
        "币种不一致：该账单的币种为 {currency}。",
        "The invoice is in another currency: {currency}.",
    ),
    "billing.period_unusable": ("账期的结束日期不能早于开始日期。", "The period ends before it begins."),
    "billing.due_unusable": (
        "到期日不能早于开票日。",
        "An invoice cannot be due before the day on which it is issued.",
    ),
    "billing.more_than_unbilled": (
        "结转金额超过未开票余额[（{available}）]。",
        "This takes over more than was charged and not invoiced yet[: {available}].",
    ),
    "billing.more_than_open": (
        "金额超过该账单的未结余额[（{available}）]。",
        "This is more than is open of the invoice[: {available}].",
    ),
    "billing.more_than_available": (
        "金额超过可用余额[（{available}）]。",
        "This is more than there is[: {available}].",
    ),
    "billing.more_than_billed": (
        "金额超过该账单可冲减的余额[（{available}）]。",
        "This is more than the invoice still asks for[: {available}].",
    ),
    "billing.nothing_to_allocate": (
        "没有可核销的款项，或没有可核销的账单。",
        "There is no money to allocate, or no invoice that it could pay.",
    ),
    "billing.not_reversible": (
        "该笔分录不能冲销：账单请开具贷记单；已被使用的款项请先冲销其后的分录。",
        "This entry cannot be reversed. Correct an invoice by a credit note; where what it moved has been used since, "
        "reverse that first.",
    ),
    "billing.reversed_already": (
        "该笔分录已由第 {entry} 笔分录冲销。",
        "This entry was reversed before, by entry {entry}.",
    ),
    "billing.dispute_unknown": ("该争议不存在。", "There is no such dispute."),
    "billing.dispute_closed": ("该争议已有处理结果。", "This dispute was decided before."),
    "billing.proposal_unknown": ("该审批申请不存在。", "There is no such proposal."),
    "billing.proposal_decided": ("该审批申请已处理。", "This proposal was decided about before."),
}
