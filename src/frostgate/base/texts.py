"""What the program says to people: one catalogue, both languages side by side, so that neither is forgotten.

A sentence may hold {placeholders}. What stands in [square brackets] is said only when all of its placeholders are
known, so that a sentence never shows a hole where nobody gave a value.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from frostgate.base.clock import iso
from frostgate.base.misfits import explained
from frostgate.base.model import Language
from frostgate.base.sentences import PHRASES, SENTENCES, fill

ZH, EN = Language.ZH, Language.EN

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
    "fake_notices": ("假通知举报", "reports of fake notices"),
    "notice_undeliverable": ("通知未送达", "a notice that was not delivered"),
    "access_to_remove": ("核查后待移除的权限", "access that a review says is to go"),
    "sign_in_disowned": ("持有人否认的登录", "a sign-in that its holder disowned"),
    "conversational_ai": ("智能对话", "conversational AI"),
}

ZONES = {ZH: "Asia/Shanghai", EN: "UTC"}  # where nothing tells where a reader's clock is
_LONGEST_VALUE = 300  # a sentence never repeats a whole request


def say(code: str, language: Language, /, **params: Any) -> str:
    """The sentence of a code, or a phrase. Never raises: an unknown code speaks for itself, a hole becomes "…"."""
    sentence = SENTENCES.get(code) or PHRASES.get(code)
    if sentence is None:
        return code
    return fill(sentence[language is EN], {k: _shown(k, v, language) for k, v in params.items() if v is not None})


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


def role_word(role: str, language: Language) -> str:
    """A role of a tenant's people or programs as people read it; one that has no word yet stays as it is."""
    said = say(f"role.{role}", language)
    return role if said == f"role.{role}" else said


def codes() -> Iterable[str]:
    """Every code that has its sentence."""
    return SENTENCES.keys()


def _shown(name: str, value: Any, language: Language) -> str:
    if isinstance(value, datetime):
        return moment(value, ZONES[language], language)
    text = word(str(value), language) if name in _TERMS else str(value)
    if name == "problem":
        text = explained(text, language)
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


def moment(at: datetime, time_zone: str, language: Language, *, seconds: bool = False) -> str:
    """A time on the reader's own clock, saying which clock that is."""
    try:
        local = at.astimezone(ZoneInfo(time_zone))
    except (KeyError, ValueError, OSError):  # the zone is not known on this machine: say it in UTC rather than not
        return iso(at)[: 19 if seconds else 16].replace("T", " ") + " (UTC)"
    offset = local.strftime("%z")
    zone, told = f"UTC{offset[:3]}:{offset[3:5]}", local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    if language is Language.ZH:
        return f"{told}（{'北京时间' if time_zone == 'Asia/Shanghai' else zone}）"
    return f"{told} ({zone})"


def visible(text: str) -> str:
    """Text from outside without signs that would move a cursor, hide something or turn the reading direction."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def language_of_environment(environ: Mapping[str, str]) -> Language:
    """The reader's language as POSIX names it (LC_ALL before LC_MESSAGES before LANG): Chinese, or else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    return Language.EN
