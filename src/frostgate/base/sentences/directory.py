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
        "Too many attempts. Try again[ in {minutes} minutes].",
    ),
    "auth.grants_too_much": (
        "不能授予超出您自身权限的角色，也不能管理权限高于您的成员。",
        "Nobody can grant, or manage people with, permissions that they do not have themselves.",
    ),
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
        "企业管理员必须归属于一家企业。",
        "A tenant's administrator must belong to a tenant.",
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
    "operator.already_exist": (
        "系统已完成初始化，请由现有管理员添加成员。",
        "There are operators already; one of them can add more.",
    ),
    "token.unknown": ("凭证不存在。", "There is no such token."),
    "token.role_unusable": ("凭证的用途与角色不匹配。", "A token of this purpose cannot carry this role."),
    "token.lifetime_unusable": ("凭证的有效期须晚于当前时间。", "A token must expire later than now."),
}
