"""What the program says to people: one catalogue, both languages side by side, so that neither is forgotten.

A sentence may hold {placeholders}. What stands in [square brackets] is said only when all of its placeholders are
known, so that a sentence never shows a hole where nobody gave a value.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from frostgate.base.model import Language

ZH, EN = Language.ZH, Language.EN

# code -> (Chinese, English)
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "refused": ("无法完成此操作。", "This cannot be done."),
    # The request itself
    "request.malformed": ("无法读取请求内容[：{problem}]。", "The request cannot be read[: {problem}]."),
    "request.invalid": ("请求参数有误[：{problem}]。", "The request has values that cannot be used[: {problem}]."),
    "request.not_found": ("您访问的内容不存在。", "There is nothing here."),
    "request.method_not_allowed": (
        "该地址不支持此操作[，可用的方法：{allowed}]。",
        "This address does not take that method[; it takes {allowed}].",
    ),
    "request.too_large": ("请求内容过大[，上限为 {limit}]。", "The request is too large[; the limit is {limit}]."),
    "request.media_type": (
        "不支持该内容类型[，请使用 {wanted}]。",
        "This content type is not read here[; send {wanted}].",
    ),
    "request.conflict": (
        "内容已被他人更新，请刷新后重试。",
        "Somebody else changed this in the meantime. Load it again and retry.",
    ),
    # The server
    "server.internal": (
        "系统开小差了，请稍后重试。如仍未恢复，请将请求编号提供给客服。",
        "Something went wrong on our side. Try again shortly; if it persists, give support the request id.",
    ),
    "store.unavailable": (
        "系统繁忙，本次操作未保存，请稍后重试。",
        "The system cannot save anything right now. Nothing was changed; try again shortly.",
    ),
    "store.outdated": (
        "数据库[（{database}）]与程序版本不一致。请执行 frostgate db upgrade，或使用创建它的程序版本。",
        "The database[ ({database})] is of another version. Run `frostgate db upgrade`, or the Frostgate that made it.",
    ),
    "store.misnamed": ("数据库地址无法使用[：{problem}]。", "The database's address cannot be used[: {problem}]."),
    "serve.port_taken": (
        "地址 {host}:{port} 已被占用，请用 --port 指定其他端口。",
        "Something listens on {host}:{port} already. Choose another port with --port.",
    ),
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
    # Events
    "event.time_in_future": (
        "事件时间晚于当前时间[超过 {minutes} 分钟]，请校准发送方的时钟。",
        "The event's time lies[ more than {minutes} minutes] in the future; check the sender's clock.",
    ),
    "event.too_old": (
        "事件发生时间过早[（超过 {days} 天）]，不再受理。",
        "The event is too old[: more than {days} days].",
    ),
    "event.type_unknown": ("无法识别事件类型[ {type}]。", "There is no event type[ {type}]."),
    "event.data_invalid": ("事件数据有误[：{problem}]。", "The event's data cannot be used[: {problem}]."),
    "event.id_reused": (
        "该事件编号已用于其他内容的事件。",
        "This source and id came before with different content.",
    ),
    "event.tenant_missing": ("请指明事件所属的企业。", "Say which tenant the event belongs to."),
    "event.tenant_mismatch": (
        "该凭证无权上报此企业的事件。",
        "This token does not speak for the tenant that the event names.",
    ),
    "request.busy": (
        "当前请求较多，本次内容未受理，请稍后重试。",
        "More is waiting than can be handled soon. Nothing of this was taken; try again shortly.",
    ),
    # Importing logs
    "import.format_unknown": (
        "不支持日志格式 {format}[，可选：{known}]。",
        "There is no importer for {format}[; choose from {known}].",
    ),
    "import.nothing_read": (
        "未能读取到任何事件[（第 {line} 行：{problem}）]。",
        "Not one event could be read[; line {line}: {problem}].",
    ),
    "import.unreadable": ("无法读取文件[：{problem}]。", "The file cannot be read[: {problem}]."),
    "import.year_needed": (
        "日志时间[ {time} ]缺少年份，请用 --year 指明（如 --year 2017）。",
        "The log's times[, such as {time},] have no year: say which one it is, for example --year 2017.",
    ),
    # Holds and cases
    "hold.unknown": ("该处置记录不存在。", "There is no such hold."),
    "hold.closed": ("该处置已解除，无需重复操作。", "This hold was released before."),
    "hold.condition_not_met": (
        "尚未满足解除条件[：{missing}]。",
        "What this hold waits for has not happened[: {missing}].",
    ),
    "hold.services_needed": ("请选择需要限制的功能。", "Name the services that the limit takes away."),
    "hold.services_not_for_freeze": (
        "冻结会停用全部功能；如只需停用部分功能，请选择限制。",
        "A freeze stops every service. To take away some of them, place a limit.",
    ),
    "ban.needs_case": (
        "封禁须经案件审理决定，不能直接执行。",
        "A ban is decided in a case; it cannot be placed directly.",
    ),
    "approval.second_person_needed": (
        "该操作需由另一位未参与过此事的人员完成。",
        "Somebody who has not decided about this before must do it.",
    ),
    "case.unknown": ("案件不存在。", "There is no such case."),
    "case.closed": ("案件已结案，不能再作变更。", "This case is closed."),
    "case.no_proposal": ("尚无人提议封禁，无法审批。", "Nobody has proposed a ban here."),
    "case.no_ban": ("该案件没有可解除的封禁。", "There is no ban to lift here."),
    "case.not_for_ban": (
        "仅当账号因严重违规被冻结且尚未解冻时，才能提议封禁。",
        "Only an open freeze for a grave cause can lead to a ban.",
    ),
    "case.wrong_kind": (
        "该案件不适用此操作：任务只能办结，处置只能裁决。",
        "That is not how this case ends: a task is done, a hold is decided about.",
    ),
    "approval.person_needed": (
        "该操作须由人员登录后本人完成，不能使用接口凭证。",
        "A person must do this in a session of their own; a token is nobody.",
    ),
    "case.reason_required": ("请填写处理理由。", "Give the reason for the decision."),
    # Policies
    "policy.refused": (
        "策略未通过检查[，共 {count} 处问题]，未生效。",
        "The policy was not accepted[: {count} problems]. Nothing of it takes effect.",
    ),
    "policy.unknown": ("策略版本不存在。", "There is no such policy version."),
    # Notices
    "notice.unknown": ("通知不存在。", "There is no such notice."),
    # Replaying logs
    "policy.unreadable": (
        "无法打开策略文件[ {file}][：{problem}]。",
        "The policy file[ {file}] cannot be opened[: {problem}].",
    ),
    "replay.unwritable": (
        "无法写入报告[ {file}][：{problem}]。",
        "The report[ {file}] cannot be written[: {problem}].",
    ),
    # What only whoever runs the server meets
    "money.currency_unknown": ("没有这种货币：{currency}。", "There is no currency {currency}."),
    "settings.refused": ("配置有误[：{problem}]。", "A setting cannot be used[: {problem}]."),
    "signals.places_unreadable": (
        "无法打开地理位置数据库[ {file}][：{problem}]。",
        "The geolocation database[ {file}] cannot be opened[: {problem}].",
    ),
    "signals.snapshot_refused": (
        "统计窗口快照无法使用[：{problem}]。",
        "The snapshot of the windows cannot be used[: {problem}].",
    ),
    # What the gate says to the holder of an account
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
    "account.throttled": (
        "操作过于频繁，请稍后再试。",
        "Too many requests in a short time. Wait a moment and try again.",
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

# Short headings for each HTTP status: the `title` of a problem.
_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录", "Not signed in"),
    403: ("没有权限", "Not allowed"),
    404: ("未找到", "Not found"),
    405: ("不支持的操作", "Method not allowed"),
    409: ("操作冲突", "Conflict"),
    413: ("内容过大", "Too large"),
    415: ("不支持的内容类型", "Unsupported content type"),
    422: ("无法处理", "Cannot be done"),
    429: ("操作过于频繁", "Too many attempts"),
    500: ("系统异常", "Internal error"),
    503: ("服务暂不可用", "Temporarily unavailable"),
}

# Our own terms where they fill a placeholder; only the placeholders named in _TERMS are looked up here, so that
# an account that happens to be called "paid" keeps its name.
_TERMS = frozenset({"missing", "kind", "cause", "service"})
_WORDS: Mapping[str, tuple[str, str]] = {
    "identity_verified": ("完成身份验证", "the identity is verified"),
    "content_dealt_with": ("违规内容已处理", "the content is dealt with"),
    "paid": ("结清欠款", "the bill is paid"),
    "cooled_down": ("冷却期结束", "the cooling-off time is over"),
    "reviewed": ("人工复核通过", "a person has reviewed it"),
    "appeal_upheld": ("申诉成立", "an appeal is upheld"),
    "abnormal_login": ("登录异常", "unusual sign-in"),
    "violating_content": ("内容违规", "content against the rules"),
    "arrears": ("账户欠费", "unpaid bills"),
    "bulk_operation": ("批量操作异常", "unusual bulk activity"),
    "manual": ("人工处置", "a decision by our staff"),
    "bypass_attempt": ("规避限制", "an attempt to get around a restriction"),
    "challenge": ("验证身份", "challenge"),
    "limit": ("功能限制", "limit"),
    "freeze": ("冻结", "freeze"),
    "ban": ("封禁", "ban"),
    "login": ("登录", "sign-in"),
    "messaging": ("消息", "messaging"),
    "voice": ("语音通话", "voice calls"),
    "video": ("视频通话", "video calls"),
    "live": ("直播", "live streaming"),
    "conversational_ai": ("智能对话", "conversational AI"),
}

_LONGEST_VALUE = 300  # a sentence never repeats a whole request
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def say(code: str, language: Language, /, **params: Any) -> str:
    """The code's sentence in one language. Never raises: an unknown code speaks for itself, a hole becomes "…"."""
    sentence = _SENTENCES.get(code)
    if sentence is None:
        return code
    return _fill(sentence[language is EN], {k: _shown(k, v, language) for k, v in params.items() if v is not None})


def both(code: str, /, **params: Any) -> dict[str, str]:
    """The code's sentence in every language, keyed by the language's tag."""
    return {language.value: say(code, language, **params) for language in Language}


def title(status: int, language: Language) -> str:
    """The heading of an HTTP status."""
    return _TITLES.get(status, _TITLES[400 if status < 500 else 500])[language is EN]


def word(term: str, language: Language) -> str:
    """One of our own terms as people read it; a term that we do not have stays as it is."""
    found = _WORDS.get(term)
    return found[language is EN] if found else term


def codes() -> Iterable[str]:
    """Every code that has its sentence."""
    return _SENTENCES.keys()


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    """Insert the values. They are put in by one pass over the template, so braces inside a value mean nothing."""
    kept = _OPTIONAL.sub(
        lambda part: part[1] if all(name in values for name in _PLACEHOLDER.findall(part[1])) else "", sentence
    )
    return _PLACEHOLDER.sub(lambda hole: values.get(hole[1], "…"), kept)


def _shown(name: str, value: Any, language: Language) -> str:
    text = word(str(value), language) if name in _TERMS else str(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def pick_language(accept_language: str | bytes | None, default: Language = ZH) -> Language:
    """The language that a reader asked for (RFC 9110, section 12.5.4).

    Any Chinese counts as Chinese and any English as English. Who asks only for others gets English; who says nothing,
    or that anything will do, gets the default.
    """
    if not accept_language:
        return default
    text = accept_language.decode("latin-1") if isinstance(accept_language, bytes) else accept_language
    return _pick(text[:256], default)


@lru_cache(maxsize=1024)
def _pick(text: str, default: Language) -> Language:
    best, most = EN, 0.0
    for part in text.split(","):
        tag, _, rest = part.strip().partition(";")
        weight = _weight(rest)
        wanted = {"zh": ZH, "en": EN, "*": default}.get(tag.strip().lower().partition("-")[0])
        if wanted is not None and weight > most:
            best, most = wanted, weight
    return best


def _weight(parameters: str) -> float:
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
    if found:
        return float(found[1])
    return 0.0 if parameters.strip() else 1.0


def duration(hours: float, language: Language) -> str:
    """How long, in the two largest units: `2 h 26 min`."""
    seconds = round(hours * 3600)
    chinese = language is Language.ZH
    units = ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分", "min"), (1, "秒", "s"))
    parts: list[str] = []
    for size, zh, en in units:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count} {zh if chinese else en}")
    shown = [part for part in parts[:2] if not part.startswith("0 ")]
    return " ".join(shown) or ("同一秒" if chinese else "the same second")


def language_of_environment(environ: Mapping[str, str]) -> Language:
    """The reader's language as POSIX names it (LC_ALL before LC_MESSAGES before LANG): Chinese, or else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    return Language.EN
