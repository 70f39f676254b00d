"""Statements of account: what is refused, and what is printed on them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "statement.month_unusable": ("月份格式应为 2026-10。", "A month is written as 2026-10."),
    "statement.month_not_over": (
        "该月尚未结束[，{end} 起可生成对账单]。",
        "The month is not over yet[: it can be stated from {end} on].",
    ),
    "statement.nothing_posted": (
        "截至该月，该企业的账本没有任何分录。",
        "By the end of this month nothing was ever posted to the tenant's ledger.",
    ),
    "statement.unknown": ("该月尚未生成对账单。", "No statement was made for this month."),
    "statement.line_unknown": ("对账单中没有这一行。", "The statement has no such line."),
    "statement.not_disputable": (
        "只能对账单中应付的金额提出争议，该行没有应付金额；如有疑问，请联系财务人员。",
        "Only what an invoice asks for can be disputed, and this line asks for nothing. Ask the finance staff.",
    ),
    "statement.answered_too_late": (
        "对账单的反馈期限已过[（{until}）]，请联系财务人员。",
        "It is too late to answer this statement[: its last day was {until}]. Ask the finance staff.",
    ),
    "statement.confirmed_already": (
        "该对账单已确认，不能再提出争议；如有疑问，请联系财务人员。",
        "The statement was confirmed before, and takes no disputes any more. Ask the finance staff.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "statement.title": ("对账单", "Statement of account"),
    "statement.number": ("编号", "Number"),
    "statement.tenant": ("企业", "Customer"),
    "statement.period": ("账期", "Period"),
    "statement.made_at": ("生成时间", "Made"),
    "statement.entries": ("分录范围", "Entries"),
    "statement.answer_by": ("反馈截止日期", "To be answered by"),
    "statement.digest": ("内容摘要（SHA-256）", "Digest (SHA-256)"),
    "statement.currency": ("币种：{currency}", "Currency: {currency}"),
    "statement.page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "statement.days": ("{first} 至 {last}（{zone}）", "{first} to {last} ({zone})"),
    "statement.from_to": ("第 {first} 至 {last} 笔", "{first} to {last}"),
    "statement.no_entries": ("本期无分录", "none in this period"),
    # What stands in the table
    "statement.line": ("行号", "Line"),
    "statement.posted": ("入账日期", "Posted"),
    "statement.counts": ("生效日期", "Counts from"),
    "statement.what": ("摘要", "What"),
    "statement.receivable": ("应收账款", "Invoiced"),
    "statement.unbilled": ("未开票", "Not invoiced"),
    "statement.prepaid": ("预存款", "Prepaid"),
    "statement.unapplied": ("未核销款", "Unallocated"),
    "statement.net": ("余额", "Balance"),
    "statement.opening": ("期初余额", "Opening balance"),
    "statement.closing": ("期末余额", "Closing balance"),
    "statement.summary": ("本期汇总", "Summary"),
    "statement.details": ("明细", "Lines"),
    # Columns that only tables for programs have
    "statement.column_currency": ("币种", "Currency"),
    "statement.column_part": ("子行", "Part"),
    "statement.column_document": ("账单编号", "Invoice"),
    "statement.column_service": ("服务", "Service"),
    "statement.column_unit": ("计量单位", "Unit"),
    "statement.column_quantity": ("数量", "Quantity"),
    "statement.column_amount": ("子行金额", "Part's amount"),
    "statement.column_reference": ("流水号", "Reference"),
    "statement.column_source": ("来源", "Source"),
    "statement.column_memo": ("备注", "Memo"),
    "statement.column_entry": ("分录", "Entry"),
    "statement.column_last_entry": ("末笔分录", "Last entry"),
    "statement.column_count": ("分录数", "Entries"),
    "statement.column_entry_id": ("分录标识", "Entry id"),
    "statement.column_origin": ("用量来源", "Comes from"),
    # Kinds of entries
    "statement.charge": ("使用计费", "Charges"),
    "statement.invoice": ("账单", "Invoice"),
    "statement.payment": ("付款", "Payment"),
    "statement.allocation": ("核销", "Allocation"),
    "statement.refund": ("退款", "Refund"),
    "statement.credit_note": ("贷记单", "Credit note"),
    "statement.write_off": ("坏账核销", "Write-off"),
    "statement.reversal": ("冲销", "Reversal"),
    "statement.top_up": ("预存款充值", "Top-up"),
    # What is said of a row
    "statement.entry": ("分录 {entry}", "entry {entry}"),
    "statement.entry_range": ("分录 {entry} 至 {last}，共 {count} 笔", "entries {entry} to {last}, {count} in all"),
    "statement.reference": ("流水号 {value}", "reference {value}"),
    "statement.source": ("来源 {value}", "from {value}"),
    "statement.reverses": ("冲销分录 {value}", "takes back entry {value}"),
    "statement.days_of": ("{first} 至 {last} 的用量", "usage of {first} to {last}"),
    "statement.entries_of": ("分录 {first} 至 {last} 中的计费", "charges among entries {first} to {last}"),
    "statement.is_prepaid": ("已从预存款支付", "paid from the prepaid balance"),
    "statement.on_prepaid": ("计入预存款", "on the prepaid balance"),
    "statement.to_invoice": ("待开票", "to be invoiced"),
    # At its end
    "statement.signs": (
        "正数为企业应付金额，负数为企业在平台的存款；各列期初余额与各行之和等于期末余额。",
        "Positive amounts are owed by the customer, negative ones stand to its credit. In each column, the opening "
        "balance and all lines add up to the closing balance.",
    ),
    "statement.trace": (
        "每行的全部用量事件和分录可通过接口查询：GET {path}",
        "All usage events and entries of a line: GET {path}",
    ),
    "statement.please": (
        "请于 {until} 前确认本对账单，或对有疑问的账单行提出争议。",
        "Please confirm this statement by {until}, or dispute the lines that you do not agree with.",
    ),
    "statement.signature": ("企业确认（盖章）：", "Confirmed for the customer:"),
    "statement.date": ("日期：", "Date:"),
    # What is metered, in what it is counted in
    "statement.unit.message": ("消息（条）", "messages"),
    "statement.unit.voice_minute": ("语音通话（秒）", "seconds of voice calls"),
    "statement.unit.video_minute": ("视频通话（秒）", "seconds of video calls"),
    "statement.unit.live_hour": ("直播（秒）", "seconds of live streams"),
    "statement.unit.ai_token": ("智能对话词元（个）", "AI tokens"),
    "statement.unit.charge": ("计费（笔）", "charges"),
}
