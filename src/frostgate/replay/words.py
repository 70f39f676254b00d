"""What a replay says to people: both languages side by side, so that neither is forgotten."""

from collections.abc import Mapping
from datetime import UTC, datetime

from frostgate.base.model import Language
from frostgate.base.texts import duration
from frostgate.replay.model import Finding, Tally
from frostgate.rules.model import Verdict
from frostgate.signals.travel import Travel

# key -> (Chinese, English)
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("策略重放报告", "Replay report"),
    "headline.none": ("没有账号会被冻结", "Nobody would have been frozen"),
    "headline.one": ("1 个账号会被冻结", "1 account would have been frozen"),
    "headline.some": ("{n} 个账号会被冻结", "{n} accounts would have been frozen"),
    "subtitle": (
        "共 {events} 条事件、{accounts} 个账号，按策略“{policy}”逐条判定。",
        "{events} events of {accounts} accounts, each judged by the policy “{policy}”.",
    ),
    "mode.default": (
        "冻结后的账号保持冻结，此后的操作均被拒绝。",
        "A frozen account stays frozen; what it does later is refused.",
    ),
    "mode.observe": (
        "观察模式：不冻结任何账号，逐一判定每次登录。",
        "Observed only: nobody is frozen, and every sign-in is judged.",
    ),
    "summary": ("汇总", "Summary"),
    "lines": ("日志行数", "Lines"),
    "events": ("事件", "Events"),
    "accounts": ("账号", "Accounts"),
    "speed": ("处理速度", "Speed"),
    "speed.value": ("每秒 {lines} 行、{events} 条事件", "{lines} lines/s, {events} events/s"),
    "period": ("时间范围", "Period"),
    "refused": ("因冻结被拒", "Refused, frozen"),
    "refused.hint": ("冻结之后的操作", "after the freeze"),
    "unread": ("无法读取的行", "Lines not read"),
    "unread.line": ("第 {n} 行", "line {n}"),
    "unread.more": ("另有 {n} 行", "and more: {n}"),
    "verdicts": ("判定", "Verdicts"),
    "rules": ("各规则命中情况", "What each rule said"),
    "rule": ("规则", "Rule"),
    "hits": ("命中", "Hits"),
    "shadow": ("仅试运行", "Shadow"),
    "undecided": ("信息不足", "Undecided"),
    "when": ("时间（UTC）", "When (UTC)"),
    "who": ("账号", "Account"),
    "verdict": ("判定", "Verdict"),
    "why": ("原因", "Why"),
    "later.refused": ("此后 {n} 次操作被拒", "later attempts refused: {n}"),
    "later.again": ("此后又命中 {n} 次，最近一次 {last}", "again {n}×, last {last}"),
    "more": ("另有 {n} 条未列出", "not listed: {n} more"),
    "nothing": ("没有事件命中规则。", "No event met a rule."),
    "map": ("异地登录轨迹", "Journeys"),
    "map.note": (
        "弧线为两地间的大圆航线，圆圈为定位误差范围（半径 {km} 公里）。计算时速前，两端的误差均已扣除。",
        "Arcs are great circles; the rings show how far a place may be off ({km} km). "
        "Both are taken off the distance before the speed is computed.",
    ),
    "map.alt": ("异地登录地图", "Map of the journeys"),
    "timeline": ("账号时间线", "Account timelines"),
    "timeline.note": (
        "圆点为命中规则的时刻。向上为成功登录等操作，向下为失败的登录；红底为冻结期间，其中的操作均被拒绝。",
        "Dots: a rule was met. Up: sign-ins and other events. Down: sign-ins that failed. Red: frozen, all refused.",
    ),
    "let_in": ("放行", "let in"),
    "failed": ("登录失败", "failed"),
    "refused.short": ("被拒", "refused"),
    "decisions": ("判定明细", "Decisions"),
    "decisions.note": ("点击任意一行查看依据。", "Open a line to see its evidence."),
    "evidence": ("判定依据", "Evidence"),
    "signal": ("信号", "Signal"),
    "value": ("值", "Value"),
    "rule.says": ("规则说明", "The rule says"),
    "decision": ("判定编号", "Decision"),
    "source": ("事件来源", "Event"),
    "others": ("同时命中", "Also met"),
    "distance": ("两地距离", "Distance"),
    "least": ("扣除误差后至少", "At least, after errors"),
    "gap": ("间隔", "Time between"),
    "least.speed": ("最低时速", "Least speed"),
    "km": ("{n} 公里", "{n} km"),
    "kmh": ("{n} 公里/小时", "{n} km/h"),
    "policy": ("策略", "Policy"),
    "land": ("陆地轮廓：Natural Earth（公有领域）", "Land: Natural Earth (public domain)"),
    "place": ("地点", "Places"),
    "language": ("语言", "Language"),
    "verdict.allow": ("放行", "allow"),
    "verdict.challenge": ("验证身份", "challenge"),
    "verdict.throttle": ("限速", "throttle"),
    "verdict.refuse": ("拒绝", "refuse"),
    "verdict.limit": ("功能限制", "limit"),
    "verdict.freeze": ("冻结", "freeze"),
}

# Why a line could not be read, as importers say it; a parser's own words stay as they are.
_PROBLEMS: Mapping[str, str] = {
    "a sign-in without a name": "登录记录没有用户名",
    "a sign-in without name, address and port": "登录记录缺少用户名、地址或端口",
    "an invalid user without an address": "无效用户记录缺少地址",
    "a repeated message without its end": "重复消息不完整",
    "a name of more than 256 characters": "用户名超过 256 个字符",
    "a host name where the address should be (sshd's setting UseDNS)": "应为 IP 地址处是主机名（sshd 的 UseDNS 设置）",
    "the same source and id as an earlier line": "与前面某行的来源和编号相同",
}


def problem(text: str, language: Language) -> str:
    """Why a line could not be read."""
    return _PROBLEMS.get(text, text) if language is Language.ZH else text


def phrase(key: str, language: Language, /, **values: object) -> str:
    """One phrase in one language with its values."""
    text = _WORDS[key][language is Language.EN]
    return text.format(**{name: _figure(value) for name, value in values.items()})


def verdict(of: Verdict, language: Language) -> str:
    """A verdict as people read it."""
    return phrase(f"verdict.{of.word}", language)


def headline(frozen: int, language: Language) -> str:
    """The one sentence that a replay is run for."""
    key = "none" if frozen == 0 else "one" if frozen == 1 else "some"
    return phrase(f"headline.{key}", language, n=frozen)


def lead(tally: Tally, policy: str, language: Language, *, observe: bool) -> str:
    """What was done: two sentences below the headline."""
    what = phrase("subtitle", language, events=tally.events, accounts=len(tally.accounts), policy=policy)
    how = phrase("mode.observe" if observe else "mode.default", language)
    return f"{what}{how}" if language is Language.ZH else f"{what} {how}"


def moment(at: datetime) -> str:
    """A time in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def route(journey: Travel, language: Language) -> str:
    """ "Lisbon, Portugal → Boston, United States"."""
    return f"{journey.start.place.label(language)} → {journey.end.place.label(language)}"


def why(finding: Finding, language: Language) -> str:
    """One sentence: the journey with its distance and least speed, or what the deciding rule says."""
    journey = finding.journey
    if journey is None:
        return finding.says[language]
    names, gap = route(journey, language), duration(journey.hours, language)
    if language is Language.ZH:
        return f"{names}：相距 {journey.km:,.0f} 公里，间隔 {gap}，时速至少 {journey.least_kmh:,.0f} 公里"
    return f"{names}: {journey.km:,.0f} km within {gap}, at least {journey.least_kmh:,.0f} km/h"


def follow_ups(finding: Finding, language: Language) -> list[str]:
    """What came after a finding, as short sentences."""
    found = []
    if finding.refused:
        found.append(phrase("later.refused", language, n=finding.refused))
    if finding.again:
        found.append(phrase("later.again", language, n=finding.again, last=moment(finding.last)))
    return found


def _figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
