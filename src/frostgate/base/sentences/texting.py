"""Text messages and chat: a few words for a lock screen, which name the platform, the way out, and a code to check.

Anybody may read a lock screen: so a text about a hold says neither why nor where nor whose, and a text with a code
says what it opens. The signature in brackets is what networks of mainland China ask for. Letters stay within GSM 7 bit
in English, so that most texts are one part; see docs/operations.md.
"""

from collections.abc import Mapping

_ZH_CHECK = "查验编号 {code}，核实：{check_url}"
_EN_CHECK = "Genuine? {check_url} code {code}"
_ZH_OPEN = "[详情及申诉：{appeal_url} ]"
_EN_OPEN = "[ Details and appeal: {appeal_url}]"


def _about(chinese: str, english: str) -> tuple[str, str]:
    """A text with the platform at its beginning and the code at its end."""
    return f"【{{platform}}】{chinese}{_ZH_CHECK}", f"{{platform}}: {english} {_EN_CHECK}"


PHRASES: Mapping[str, tuple[str, str]] = {
    "text.challenged": _about(
        f"您的账号需要验证身份，请通过官方页面办理。{_ZH_OPEN}",
        f"your account needs an identity check. Use our official page only.{_EN_OPEN}",
    ),
    "text.limited": _about(
        f"您的账号有一项重要变更，请通过官方页面查看。{_ZH_OPEN}",
        f"something about your account changed. Use our official page only.{_EN_OPEN}",
    ),
    "text.frozen": _about(
        f"为保护您的账号，部分服务已暂停，请通过官方页面办理恢复。{_ZH_OPEN}",
        f"we paused services to protect your account. Use our official page only.{_EN_OPEN}",
    ),
    "text.banned": _about(
        f"您的账号有一项重要决定，请通过官方页面查看。{_ZH_OPEN}",
        f"there is a decision about your account. Use our official page only.{_EN_OPEN}",
    ),
    "text.released": _about(
        "您账号的一项限制已解除，请登录后查看。", "a restriction of your account has ended. Sign in to see."
    ),
    "text.contact_changed": _about(
        "您在{tenant}登记的联系方式已变更或移除，如非本人操作请联系该企业的管理员。",
        "how {tenant} reaches you was changed or removed. If you did not ask for that, tell their administrator.",
    ),
    "text.case_asked": _about(
        "审核需要您补充信息，请查看邮件，或联系贵企业的管理员。",
        "our reviewer has a question for you. Look at your mail, or ask your administrator.",
    ),
    "text.case_kept": _about(
        f"您账号的复核已有结果，请通过官方页面查看。{_ZH_OPEN}",
        f"we reviewed what was done to your account. Use our official page only.{_EN_OPEN}",
    ),
    "text.release_conditions": _about(
        f"您的账号在完成几项要求后即可恢复，请通过官方页面办理。{_ZH_OPEN}",
        f"your account is back once a few things are done. Use our official page only.{_EN_OPEN}",
    ),
    "text.conditions_lapsed": _about(
        f"您账号的恢复要求已到期，将由审核人员重新处理。{_ZH_OPEN}",
        f"the time for what we asked is over; our people look again.{_EN_OPEN}",
    ),
    "text.appeal_code": _about(
        "验证码 {reply_code}，用于打开申诉页面，请勿告诉任何人，平台人员也不会索要。",
        "{reply_code} opens your appeal. Tell nobody; our staff never ask for it.",
    ),
    "text.appeal_received": _about(
        f"我们已收到您的申诉。{_ZH_OPEN}", f"we have your appeal and look into it.{_EN_OPEN}"
    ),
    "text.appeal_asked": _about(f"您的申诉需要补充材料。{_ZH_OPEN}", f"your appeal lacks something.{_EN_OPEN}"),
    "text.appeal_decided": _about(f"您的申诉已有结果。{_ZH_OPEN}", f"your appeal is decided.{_EN_OPEN}"),
    "text.debt_due_soon": _about(
        "{tenant}的账单共 {total}，将于 {due_on} 到期，请按时付款。", "bills of {tenant}, {total}, are due on {due_on}."
    ),
    "text.debt_due": _about(
        "{tenant}的账单共 {total}，付款日为 {due_on}，请及时付款。", "bills of {tenant}, {total}, are due on {due_on}."
    ),
    "text.debt_overdue": _about(
        "{tenant}的账单共 {total}，已于 {due_on} 到期，请尽快付款。",
        "bills of {tenant}, {total}, were due on {due_on}. Please pay soon.",
    ),
    "text.debt_last_notice": _about(
        "最后通知：{tenant}的账单共 {total}，已于 {due_on} 到期，如在 {freeze_at} 前未付清，将暂停服务。",
        "last notice: bills of {tenant}, {total}, were due on {due_on}. Unpaid at {freeze_at}, services stop.",
    ),
    "text.debt_frozen": _about(
        "{tenant}的部分服务因账单未付已暂停，还需支付 {missing}。",
        "services of {tenant} stopped over unpaid bills. Still to pay: {missing}.",
    ),
    "text.debt_part_paid": _about(
        "已收到{tenant}的款项 {received}，还需支付 {missing}。",
        "thank you, {received} from {tenant} came. Still to pay: {missing}.",
    ),
    "text.debt_released": _about("{tenant}的欠款已处理完毕，服务已恢复。", "thank you, services of {tenant} are back."),
    "text.contact_asked.finance": _about(
        "{tenant}将您登记为财务联系人，回执码 {reply_code}，请交给贵企业的管理员。",
        "{tenant} named you a finance contact. Give your administrator this reply code: {reply_code}.",
    ),
    "text.contact_asked.security": _about(
        "{tenant}将您登记为安全联系人，回执码 {reply_code}，请交给贵企业的管理员。",
        "{tenant} named you a security contact. Give your administrator this reply code: {reply_code}.",
    ),
    "text.contact_asked.owner": _about(
        "{tenant}将您登记为企业负责人，回执码 {reply_code}，请交给贵企业的管理员。",
        "{tenant} named you an owner contact. Give your administrator this reply code: {reply_code}.",
    ),
    "text.alert_balance": _about(
        "{tenant}的余额为 {balance}，已达到提醒值 {reached}。",
        "the balance of {tenant} is {balance} (alert: {reached}).",
    ),
    "text.alert_cover": _about(
        "{tenant}的余额 {balance}，预计可用 {days} 天，已达到提醒值 {reached}。",
        "the balance of {tenant}, {balance}, lasts {days} days (alert: {reached}).",
    ),
    "text.alert_budget": _about(
        "{tenant}本月已使用 {spent}，为预算 {budget} 的 {share}%。",
        "{tenant} spent {spent} this month, {share} % of {budget}.",
    ),
    # To a group of our own people: ids and links, and nothing of whose they are.
    "chat.first_answer.soon": (
        "【{platform}】{count} 个案件即将到首次答复时限：",
        "{platform}: cases that need a first answer soon ({count}):",
    ),
    "chat.first_answer.late": (
        "【{platform}】{count} 个案件已超过首次答复时限：",
        "{platform}: late cases, a first answer was due ({count}):",
    ),
    "chat.first_answer.climbed": (
        "【{platform}】{count} 个案件超过首次答复时限，经提醒仍未处理：",
        "{platform}: cases still without a first answer, although people were told ({count}):",
    ),
    "chat.decision.soon": (
        "【{platform}】{count} 个案件即将到决定时限：",
        "{platform}: cases that need a decision soon ({count}):",
    ),
    "chat.decision.late": (
        "【{platform}】{count} 个案件已超过决定时限：",
        "{platform}: late cases, a decision was due ({count}):",
    ),
    "chat.decision.climbed": (
        "【{platform}】{count} 个案件超过决定时限，经提醒仍未处理：",
        "{platform}: cases still undecided, although people were told ({count}):",
    ),
    "chat.silent": (
        "【{platform}】{count} 个案件的持有人未在期限内答复，请依据现有信息决定：",
        "{platform}: the holder did not answer in time, please decide with what there is ({count}):",
    ),
    "chat.line": ("\n案件 {id}[（{about}）]，时限 {due_at}\n{url}", "\nCase {id}[ ({about})], due {due_at}\n{url}"),
    "chat.more": ("\n另有 {more} 个", "\nand {more} more"),
    "chat.missed.first_answer": ("【{platform}】首次答复已超时：", "{platform}: a first answer is overdue:"),
    "chat.missed.decision": ("【{platform}】决定已超时：", "{platform}: a decision is overdue:"),
    "chat.lost": (
        "【{platform}】通知未送达，请人工处理。通知 {id}（{about}），渠道 {channel}，原因 {problem}\n{url}",
        "{platform}: a notice was not delivered, people must take over. Notice {id} ({about}) by "
        "{channel}: {problem}\n{url}",
    ),
    "chat.store_failing": (
        "【{platform}】数据库无法写入，正在重试。",
        "{platform}: the database cannot be written. We keep trying.",
    ),
    "chat.store_back": ("【{platform}】数据库已恢复写入。", "{platform}: the database is written again."),
    "text.tried": (
        "【{platform}】这是一条测试消息，收到说明该渠道可用。",
        "{platform}: this is a test. If you read it, this way works.",
    ),
}
