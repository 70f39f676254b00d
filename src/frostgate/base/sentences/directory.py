"""Tenants, accounts, people and how they sign in."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Signing in
    "auth.required": ("请先登录。", "Sign in first."),
    "auth.invalid": (
        "登录已失效，请重新登录。如使用的是接口凭证，请检查其是否已过期或被吊销。",
        "The credential is not valid, or no longer. Sign in again, or check whether the token expired or was revoked.",
    ),
    "auth.forbidden": ("您没有执行此操作的权限。", "Your role does not allow this."),
    "auth.wrong_credentials": ("邮箱或密码不正确。", "The email address or the password is wrong."),
    "auth.too_many_attempts": (
        "尝试次数过多，请[在 {minutes} 分钟后]重试。",
        "Too many attempts. Try again[ in {minutes} min].",
    ),
    "auth.grants_too_much": (
        "不能授予超出您自身权限的角色，也不能管理权限高于您的成员。",
        "Nobody can grant, or manage people with, permissions that they do not have themselves.",
    ),
    "auth.ticket_invalid": (
        "登录已超时或已完成，请重新输入邮箱和密码。",
        "This took longer than ten minutes or was done before. Begin again with the email address and the password.",
    ),
    "auth.second_step_wrong": (
        "验证未通过[，还可尝试 {left} 次]。",
        "That does not prove who you are[; wrong answers left: {left}].",
    ),
    "auth.nothing_to_set_up": (
        "您已设置验证方式，请使用它登录。",
        "You have a second factor already: sign in with it.",
    ),
    "auth.passkey_wrong": (
        "通行密钥验证未通过，请重试，或改用密码登录。",
        "The passkey could not be verified. Try again, or sign in with your password.",
    ),
    "auth.person_needed": (
        "此操作仅限登录的成员本人，接口凭证不可用。",
        "This is for a person who is signed in, not for a program's token.",
    ),
    "oidc.off": ("平台尚未开启单点登录。", "Single sign-on is not set up here."),
    "oidc.state_invalid": (
        "登录已超时、已完成，或不是在此浏览器中发起的，请重新登录。",
        "This sign-in took too long, is finished, or was begun in another browser. Begin again.",
    ),
    "oidc.provider_unavailable": (
        "暂时无法连接身份提供方，请稍后重试，或改用密码登录。",
        "The identity provider cannot be reached. Try again later, or sign in with your password.",
    ),
    "oidc.refused": (
        "身份提供方返回的信息未通过校验，请重新登录。",
        "What the identity provider sent could not be verified. Begin again.",
    ),
    "oidc.denied": (
        "您在身份提供方取消了登录，或无权登录本系统。如需继续，请重新登录。",
        "You cancelled at the identity provider, or it does not let you use this. Begin again if you want to go on.",
    ),
    "oidc.not_admitted": (
        "您的单点登录账号无权访问本系统，请联系管理员。",
        "Your single sign-on account has no access here. Ask an administrator.",
    ),
    "session.unknown": ("该登录会话不存在或已结束。", "There is no such session, or it has ended."),
    # The directory
    "tenant.unknown": ("企业不存在[：{tenant}]。", "There is no such tenant[: {tenant}]."),
    "tenant.exists": ("企业标识 {tenant} 已被使用。", "The tenant id {tenant} is taken."),
    "tenant.id_unusable": (
        "企业标识只能包含小写字母、数字和连字符，且须以字母或数字开头和结尾，最长 63 个字符。",
        "A tenant id is up to 63 lower-case letters, digits and hyphens, with no hyphen at either end.",
    ),
    "tenant.time_zone_unknown": ("无法识别时区 {time_zone}。", "There is no time zone {time_zone}."),
    "account.unknown": ("账号不存在[：{account}]。", "There is no such account[: {account}]."),
    "account.id_unusable": (
        "账号标识长度应为 1 至 256 个字符，且不能包含控制字符。",
        "An account id is 1 to 256 characters, none of them control characters.",
    ),
    "account.repeated": ("同一批次中账号 {account} 重复出现。", "The account {account} stands twice in one batch."),
    "account.too_many": ("单次最多可登记 {limit} 个账号。", "At most {limit} accounts can be registered at once."),
    "operator.unknown": ("成员不存在。", "There is no such operator."),
    "operator.email_taken": ("该邮箱已被其他成员使用。", "Another operator already has this email address."),
    "operator.email_unusable": ("请填写有效的邮箱地址。", "Give an email address that can receive mail."),
    "operator.password_weak": (
        "密码至少需要 {least} 个字符，不能过于简单，也不能与邮箱相同。",
        "A password has at least {least} characters, is not a simple pattern, and is not the email address.",
    ),
    "operator.role_needs_tenant": (
        "企业成员的角色必须归属于一家企业。",
        "A role of a tenant's own people needs a tenant.",
    ),
    "operator.role_is_for_staff": (
        "该角色仅限平台员工，不能分配给企业成员。",
        "This role is for the platform's own staff, not for a tenant's people.",
    ),
    "operator.role_is_for_machines": (
        "该角色仅用于接口凭证，不能分配给成员。",
        "This role is for tokens of machines, not for people.",
    ),
    "operator.last_superintendent": (
        "这是最后一位超级管理员，不能停用或更换角色。请先添加另一位超级管理员。",
        "This is the last active superintendent and must stay one. Add another first.",
    ),
    "operator.last_owner": (
        "这是该企业最后一位所有者，不能停用或更换角色。请先指定另一位所有者。",
        "This is the tenant's last active owner and must stay one. Make somebody else an owner first.",
    ),
    "operator.already_exist": (
        "系统已完成初始化，请由现有管理员添加成员。",
        "There are operators already; one of them can add more.",
    ),
    "operator.own_account": (
        "不能以管理成员的方式修改自己的密码和验证方式。请登录后在账号安全设置中修改，修改时须再次验证身份。",
        "Nobody resets their own password or second factors like somebody else's. Change them while signed in "
        "yourself, with a proof: /v1/session/password, /v1/session/factors.",
    ),
    "manager.unusable": (
        "商务经理须为在职的客户成功人员。",
        "An account manager is somebody active of customer success.",
    ),
    "emergency.unknown": ("紧急授权不存在。", "There is no such emergency access."),
    "emergency.too_long": (
        "紧急授权单次最长 {hours} 小时。",
        "Emergency access lasts {hours} hours at most.",
    ),
    "emergency.too_short": ("紧急授权单次最短一分钟。", "Emergency access lasts a minute at least."),
    "emergency.reason_needed": (
        "请说明启用紧急授权的原因，至少 {least} 个字符，首尾空格不计。",
        "Say why emergency access is needed, in at least {least} characters; blanks around them do not count.",
    ),
    "emergency.second_factor_missing": (
        "启用紧急授权须通过二次验证，而您尚未设置。请先添加身份验证器或通行密钥"
        "（POST /v1/session/factors/totp 或 /v1/session/factors/passkey），再重试；"
        "无法登录时由服务器管理员执行 break-glass 命令。",
        "Emergency access takes a second factor, and you have none. Set up an authenticator app or a passkey first "
        "(POST /v1/session/factors/totp or /v1/session/factors/passkey), then try again; whoever holds the server can "
        "also open it there with `frostgate break-glass`.",
    ),
    "emergency.proof_needed": (
        "启用紧急授权须当场验证身份：请填写身份验证器的验证码、使用通行密钥，或使用一个恢复码。",
        "Prove that it is you: with a code of your authenticator app, a passkey, or one of your recovery codes.",
    ),
    "emergency.not_needed": (
        "您现有的权限已足够，无需紧急授权。",
        "Your role allows all of this already; no emergency access is needed.",
    ),
    "token.unknown": ("凭证不存在。", "There is no such token."),
    "token.role_unusable": ("凭证的用途与角色不匹配。", "A token of this purpose cannot carry this role."),
    "token.lifetime_unusable": ("凭证的有效期须晚于当前时间。", "A token must expire later than now."),
}
