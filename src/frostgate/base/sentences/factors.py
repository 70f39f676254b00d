"""Second factors, and challenges that are answered with one."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "factor.unknown": ("该验证方式不存在。", "There is no such second factor."),
    "factor.already_active": ("该验证方式已启用，无需重复确认。", "This second factor was confirmed before."),
    "factor.code_wrong": (
        "验证码不正确。请填写身份验证器当前显示的 6 位数字，并确认手机时间准确。",
        "The code is wrong. Enter the 6 digits that the app shows now, and check that the phone's time is right.",
    ),
    "factor.too_many": (
        "每个账号最多可添加 {limit} 个验证方式，请先移除不再使用的。",
        "An account has at most {limit} second factors. Remove one that is no longer used.",
    ),
    "factor.last": (
        "您的角色要求至少保留一种验证方式。请先添加新的，再移除这一个。",
        "Your role needs a second factor, and this is the last one. Add another first.",
    ),
    "factor.account_held": (
        "账号当前有未解除的处置，暂不能添加、启用或移除验证方式。",
        "While something is open against the account, its second factors cannot be added, confirmed or removed.",
    ),
    "factor.proof_needed": (
        "为保障账号安全，请先用已启用的验证方式验证身份。如均已无法使用，请联系客服或企业管理员移除。",
        "Prove first who you are, with a second factor that is active. If all are lost, support or the tenant's "
        "administrator can remove them.",
    ),
    "factor.passkeys_not_configured": (
        "平台尚未开启通行密钥，请使用其他验证方式。",
        "Passkeys are not set up on this platform. Use another second factor.",
    ),
    "factor.passkey_refused": (
        "通行密钥未通过校验，请重新添加。",
        "The passkey could not be verified. Add it again from the start.",
    ),
    "factor.passkey_known": ("该通行密钥已添加过。", "This passkey is enrolled already."),
    "factor.options_expired": (
        "操作已超时或已提交过，请重新开始添加通行密钥。",
        "This took longer than five minutes or was sent before. Begin again to add a passkey.",
    ),
    "challenge.no_factor": (
        "该账号在此次验证之前未启用任何验证方式。请联系客服，由工作人员核实身份。",
        "The account had no second factor before this challenge. Contact support: people will verify the identity.",
    ),
    "challenge.wrong_answer": (
        "验证未通过[，还可尝试 {left} 次]。",
        "That is not the right answer[; wrong answers left: {left}].",
    ),
    "challenge.too_many_attempts": (
        "验证失败次数过多，请[在 {minutes} 分钟后]重试。",
        "Too many wrong answers. Try again[ in {minutes} min].",
    ),
    "challenge.expired": (
        "验证已超时或已提交过，请重新发起验证。",
        "This took longer than five minutes or was sent before. Ask for the challenge again.",
    ),
}
