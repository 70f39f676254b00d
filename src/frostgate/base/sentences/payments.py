"""Money that comes: webhooks of payment providers, and bank statements."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "payments.webhooks_closed": (
        "尚未配置该支付渠道的签名密钥，不接收回调。",
        "No signing secret is set for this provider, so its webhooks are not taken.",
    ),
    "payments.signature_wrong": (
        "签名校验失败。请核对回调的签名密钥。",
        "The signature is wrong. Check the signing secret of the webhook.",
    ),
    "payments.signature_old": (
        "签名时间与当前时间相差超过 5 分钟，请求未被接受。",
        "This was signed more than five minutes from now and is not taken.",
    ),
    "payments.event_unreadable": (
        "事件内容无法识别[：{problem}]。",
        "The event cannot be read[: {problem}].",
    ),
    "payments.tenant_missing": (
        "支付渠道未注明款项所属的企业。请指定企业后重试。",
        "The provider does not say which tenant this belongs to. Name the tenant and try again.",
    ),
    "payments.currency_not_billed": (
        "该企业不以 {currency} 结算。",
        "This tenant is not billed in {currency}.",
    ),
    "payments.payment_unknown": (
        "对应的付款尚未入账。入账后会自动重试。",
        "The payment that this is about was not posted. It is tried again once that is.",
    ),
    "payments.refund_unplaceable": (
        "该款项已核销到账单，部分退款无法自动入账[（可用余额 {available}）]。请先为相应账单开具贷记单，再重试。",
        "The money paid invoices, so a part of it cannot be taken back by itself[ ({available} is free)]. Issue a "
        "credit note first, then try again.",
    ),
    "payments.nothing_to_dispute": (
        "该款项未核销到任何账单，无法登记争议，请人工处理。",
        "This money paid no invoice, so there is nothing to dispute in the ledger. Somebody must look at it.",
    ),
    "payments.advice_unknown": ("该渠道来款通知不存在。", "There is no such advice."),
    "payments.file_unreadable": (
        "文件无法读取[：{problem}]。请使用 UTF-8 或 GB18030 编码的 CSV 文件。",
        "The file cannot be read[: {problem}]. Send CSV in UTF-8 or GB18030.",
    ),
    "payments.columns_missing": (
        "未找到表头：缺少 {columns}。请在 columns 中指定对应的列名。",
        "No line names these columns: {columns}. Say in `columns` what they are called.",
    ),
    "payments.too_many_lines": (
        "文件行数超过上限（{most} 行），请分批导入。",
        "The file has more than {most} lines. Import it in parts.",
    ),
    "payments.line_incomplete": (
        "该行不完整，文件可能被截断。",
        "The line is incomplete. The file may have been cut off.",
    ),
    "payments.date_unreadable": ("日期无法识别。", "The date cannot be read."),
    "payments.amount_unreadable": (
        "金额无法识别，或小数位超过该币种的精度。",
        "The amount cannot be read, or is finer than its currency.",
    ),
    "payments.currency_missing": ("未注明币种。", "No currency is named."),
    "payments.not_incoming": (
        "该行不是收入款项，不能入账。",
        "The line is not about money that came in.",
    ),
    "payments.reference_missing": ("缺少流水号。", "There is no reference."),
    "payments.reference_repeated": (
        "文件中前面已有相同流水号的记录。",
        "An earlier line of the file has the same reference.",
    ),
    "payments.tenant_unmatched": (
        "摘要中没有账单编号或企业标识，请指定所属企业。",
        "The memo names neither an invoice nor a tenant. Say whose money it is.",
    ),
    "payments.tenant_ambiguous": (
        "摘要涉及多家企业，请指定所属企业。",
        "The memo names several tenants. Say whose money it is.",
    ),
    "payments.duplicate": ("该笔款项已入账。", "This money was posted before."),
    "payments.import_unknown": ("该导入不存在，或预览已过期。", "There is no such import, or its preview has expired."),
    "payments.import_expired": (
        "导入预览已过期，请重新上传文件。已入账的记录不会重复入账。",
        "The preview has expired. Upload the file again: what was posted is not posted twice.",
    ),
    "payments.line_unknown": ("导入文件中没有第 {line} 行。", "The import has no line {line}."),
    "payments.line_unusable": (
        "第 {line} 行存在问题[（{problem}）]，所选记录均未入账。",
        "Line {line} has a problem[: {problem}], so none of the chosen lines was posted.",
    ),
}
