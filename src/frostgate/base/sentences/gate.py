"""What the gate says to the holder of an account."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "gate.incomplete": (
        "请求缺少 subject、action 或 resource。",
        "The question lacks a subject, an action or a resource.",
    ),
    "gate.not_ours": (
        "仅支持判断 account 能否 use 某项 service。",
        "The gate answers one kind of question: may an account use a service.",
    ),
    "gate.other_tenant": (
        "该凭证无权查询其他企业的账号。",
        "This credential may not ask about another tenant's accounts.",
    ),
    "gate.service_unknown": (
        "未知的服务类型[，可用：{services}]。",
        "There is no such service[; there are: {services}].",
    ),
    "gate.password_unclear": (
        "context 中的 password 只能是 right 或 wrong。",
        "In the context, password is right or wrong.",
    ),
    "login.wrong_password": ("账号或密码不正确。", "The account or the password is wrong."),
    "account.throttled": (
        "操作过于频繁，请稍后再试。",
        "Too many requests in a short time. Wait a moment and try again.",
    ),
    "event.refused": (
        "企业的安全设置不允许此操作，本次操作已被拒绝，账号状态不受影响。",
        "The organisation's security settings do not allow this. It was turned away; the account itself is fine.",
    ),
    "account.allowed": ("账号状态正常。", "Your account is in good standing."),
    "account.challenge": (
        "账号状态异常，请先完成身份验证后再继续使用。[请前往：{where}]",
        "We noticed something unusual about your account. Verify your identity to continue.[ Go to {where}]",
    ),
    "account.limited": (
        "账号状态异常，[{service}]功能已被限制使用。[原因：{cause}。][查看详情或申诉请前往：{where}]",
        "Your account is limited[: {service} is not available].[ Reason: {cause}.][ Details and appeal: {where}]",
    ),
    "account.frozen": (
        "账号状态异常，账号已被冻结。[原因：{cause}。][申请解冻请前往：{where}]",
        "Your account is frozen.[ Reason: {cause}.][ To ask for its release, go to {where}]",
    ),
    "account.banned": (
        "账号已被封禁。[原因：{cause}。][如有异议，请前往申诉：{where}]",
        "Your account is banned.[ Reason: {cause}.][ To appeal, go to {where}]",
    ),
}
