"""What an evaluation says to people: both languages side by side."""

from collections.abc import Mapping

from frostgate.base.model import Language

# key -> (Chinese, English)
_WORDS: Mapping[str, tuple[str, str]] = {
    "evaluated": (
        "种子 {seeds}：{people} 人、{days} 天、{events} 条事件，策略“{policy}”",
        "Seeds {seeds}: {people} people, {days} days, {events} events, policy “{policy}”",
    ),
    "unread": ("无法读取的行：{n}", "Lines not read: {n}"),
    "targets": ("目标", "Targets"),
    "target": ("目标", "target"),
    "value": ("结果", "value"),
    "interval": ("95% 置信区间", "95 % interval"),
    "met": ("是否达标", "met"),
    "proven": ("达标，整个区间均达标", "met, by the whole interval"),
    "yes": ("达标，但样本不足以确证", "met, but not yet proven"),
    "no": ("未达标", "not met"),
    "none": ("无数据", "no data"),
    "target.frozen": ("每万个正常账号每月误冻结不超过 1 个", "honest accounts frozen, of 10,000 in a month: at most 1"),
    "target.stopped": ("拦住至少 95% 的攻击", "attackers stopped: at least 95 %"),
    "target.bulk": (
        "至少 95% 的群发账号在 60 条消息内被拦住",
        "bulk senders stopped within 60 messages: at least 95 %",
    ),
    "honest": ("正常账号（每万账号月）", "Honest accounts (of 10,000 in a month)"),
    "what": ("处置", "what"),
    "accounts": ("账号数", "accounts"),
    "rate": ("每万账号月", "of 10,000 a month"),
    "frozen": ("冻结", "frozen"),
    "limited": ("功能限制", "limited"),
    "challenged": ("验证身份", "challenged"),
    "throttled": ("限速", "throttled"),
    "attacks": ("攻击类型", "Attacks by kind"),
    "kind": ("类型", "kind"),
    "count": ("数量", "attacks"),
    "stopped": ("拦住", "stopped"),
    "recall": ("召回率", "recall"),
    "time": ("发现用时（中位 / p95）", "time to detection (median / p95)"),
    "messages": ("拦住前消息数（中位 / p95 / 最多）", "messages until stopped (median / p95 / most)"),
    "within": ("60 条内", "within 60"),
    "causes": ("按原因", "By cause"),
    "cause": ("原因", "cause"),
    "precision": ("精确率", "precision"),
    "rules": ("按规则", "By rule"),
    "rule": ("规则", "rule"),
    "does": ("处置", "does"),
    "met.attacks": ("命中攻击", "attacks met"),
    "met.honest": ("命中正常账号", "honest accounts met"),
    "shadow": ("（试运行）", " (shadow)"),
    "traits": ("正常账号按特征", "Honest accounts by habit"),
    "trait": ("特征", "habit"),
    "alarms": ("误冻结与功能限制", "False freezes and limits"),
    "account": ("账号", "account"),
    "when": ("时间（UTC）", "when (UTC)"),
    "all": ("合计", "all"),
}

_KINDS: Mapping[str, tuple[str, str]] = {
    "stolen_abroad": ("境外盗号", "stolen password, from abroad"),
    "stolen_hidden": ("盗号，经机房、VPN 或 Tor", "stolen password, from hosting, VPN or Tor"),
    "stolen_same_country": ("盗号，同国他城", "stolen password, same country"),
    "stolen_nearby": ("盗号，与本人同城", "stolen password, the victim's own city"),
    "password_sold": ("密码被转卖", "password sold to many"),
    "stuffing": ("撞库", "credential stuffing"),
    "stuffing_success": ("撞库得手的账号", "account opened by stuffing"),
    "slow_guessing": ("慢速猜密码", "slow guessing"),
    "botnet_guessing": ("僵尸网络猜一个账号", "botnet guessing one account"),
    "bulk_plain": ("群发，原文", "bulk sender, plain"),
    "bulk_jittered": ("群发，随机间隔", "bulk sender, jittered"),
    "bulk_varied": ("群发，变换文字", "bulk sender, varied text"),
    "bulk_slow": ("群发，低速", "bulk sender, slow"),
    "bulk_ring": ("群发，多账号轮换", "bulk sender, ring of accounts"),
    "api_abuse": ("盗用 API 密钥群发", "API key abused"),
}


def phrase(key: str, language: Language, /, **values: object) -> str:
    """One phrase in one language with its values."""
    return _WORDS[key][language is Language.EN].format(**values)


def kind(name: str, language: Language) -> str:
    """A kind of attack as people read it."""
    return _KINDS[name][language is Language.EN]


def duration(seconds: float | None) -> str:
    """A time to detection, short."""
    if seconds is None:
        return "-"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
