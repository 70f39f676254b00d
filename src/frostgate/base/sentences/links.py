"""What is said to whoever comes by the link of a notice."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "link.dead": (
        "链接无法使用：可能不完整、已过期或事项已办结。请使用最近一封通知中的链接，或联系贵企业的管理员、专属商务经理。",
        "This link opens nothing: it is incomplete, too old, or the matter is over. Use the link in the newest notice, "
        "or ask your company's administrator or account manager.",
    ),
    "link.code_wrong": (
        "验证码不正确或已失效。请核对最近收到的验证码，输错 5 次后须重新获取。",
        "This code is wrong or counts no more. Look at the newest message with a code; after five wrong ones, ask for "
        "another.",
    ),
    "link.codes_too_often": (
        "验证码发送过于频繁[，请在 {minutes} 分钟后重试]。",
        "Codes were sent too often[; another can be sent in {minutes} min].",
    ),
    "link.visit_ended": (
        "验证已过期，刚才的内容未能提交。请重新获取验证码，验证后再次提交。",
        "Your visit had ended, so this was not sent. Have another code sent, come in, and send it again.",
    ),
    "link.form_stale": (
        "页面已失效，请刷新后重新提交。",
        "This form is of an earlier visit. Load the page again and send it once more.",
    ),
}
