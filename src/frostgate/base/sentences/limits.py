"""Quotas, plans and batch windows."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "limits.exceeded": (
        "调用过于频繁，已超出配额[，请在 {retry_after} 秒后重试]。",
        "The quota is used up.[ Try again in {retry_after} seconds.]",
    ),
    "limits.cost_too_large": (
        "单次消耗超过配额允许的上限[（上限 {burst}）]，等待无法解决，请拆分后分批调用。",
        "This asks for more at once than the quota ever allows[ (at most {burst})]. Waiting does not help: split it.",
    ),
    "limits.tenant_missing": ("请指明企业（tenant）。", "Name the tenant."),
    "plan.unknown": ("套餐不存在。", "There is no such plan."),
    "plan.id_unusable": (
        "套餐标识只能包含小写字母、数字和连字符，且须以字母或数字开头和结尾，最长 63 个字符。",
        "A plan id is up to 63 lower-case letters, digits and hyphens, with no hyphen at either end.",
    ),
    "plan.in_use": ("仍有企业在使用该套餐，无法删除。", "Tenants have this plan, so it cannot be removed."),
    "plan.method_repeated": (
        "套餐中方法 {method} 的配额重复。",
        "The plan gives the method {method} more than one quota.",
    ),
    "plan.not_assigned": ("该企业尚未开通套餐。", "The tenant has no plan."),
    "quota.too_slow": (
        "突发上限相对速率过大：用完后需一年以上才能恢复。请调低突发上限或提高速率。",
        "The burst is too large for the rate: once used up, it would take longer than a year to come back.",
    ),
    "quota.override_unknown": ("该专属配额不存在。", "The tenant has no such quota of its own."),
    "batch_window.unknown": ("批量时段不存在。", "There is no such batch window."),
    "batch_window.not_in_plan": (
        "当前套餐不支持批量时段，请先升级套餐。",
        "The tenant's plan has no batch windows. It takes another plan to declare one.",
    ),
    "batch_window.without_quota": (
        "方法 {method} 没有单独的配额，无法单独提升。请将批量时段设为适用于全部方法（*），或先为该方法设置配额。",
        "The method {method} has no quota of its own to make larger. Declare the window for all methods (*), or ask "
        "for such a quota first.",
    ),
    "batch_window.dates_unusable": (
        "生效日期须在 2000 年至 2999 年之间，且结束日期不得早于开始日期。",
        "The first and last day must lie between the years 2000 and 2999, and the last must not come before the first.",
    ),
    "batch_window.too_many": (
        "每个密钥最多可设置 {most} 个批量时段。",
        "A key can have at most {most} batch windows.",
    ),
}
