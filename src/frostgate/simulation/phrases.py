"""The words of the simulated people, in Chinese and English. Everything here was written for this simulation."""

from collections.abc import Mapping, Sequence


def _words(text: str) -> Sequence[str]:
    """What stands between the bars."""
    return tuple(word.strip() for word in text.split("|"))


CHINESE: Mapping[str, Sequence[str]] = {
    "short": _words(
        """
        好的 | 收到 | 嗯嗯 | 行 | 稍等 | 没问题 | 在的 | 明白了 | 我看看 | 可以 | 马上 | 谢谢 | 辛苦啦 | 哈哈 |
        不客气 | 晚点说 | 对 | 先这样 | 等我两分钟 | 刚开完会 | 同意 | 不太行 | 我问下 | 有空吗 | 电话说吧 |
        到了 | 下班了 | 改好了 | 还没 | 快了
        """
    ),
    "open": _words(
        """
        早上 | 昨天下午 | 刚才 | 下周一 | 会上 | 上线之前 | 客户那边 | 财务说 | 我们组 | 听说 | 另外 | 其实 |
        回头 | 中午 | 月底前 | 第二版里 | 测试环境 | 供应商
        """
    ),
    "thing": _words(
        """
        报价单 | 接口文档 | 季度预算 | 合同扫描件 | 首页改版 | 登录日志 | 库存表 | 面试安排 | 会议纪要 |
        服务器扩容 | 发票 | 样品 | 客服排班 | 培训材料 | 回归用例 | 打印机 | 机票 | 体检预约 | 安装包 | 埋点数据 |
        海报 | 门禁卡 | 退款流程 | 周报 | 仓库钥匙 | 演示稿 | 数据备份 | 迁移脚本 | 采购清单 | 设计稿 | 监控告警 |
        翻译稿
        """
    ),
    "does": _words(
        """
        还差最后两页 | 已经放到共享盘了 | 要重新走一遍审批 | 客户催得比较急 | 我核对过没有问题 | 格式好像不对 |
        数字和上个月对不上 | 得找小林确认 | 被退回来了 | 下午三点前能给 | 先别发出去 | 可能要延期两天 |
        需要你签个字 | 在会议室白板上写着 | 昨晚跑完了 | 比预想的顺利 | 里面有几处错别字 | 颜色再调深一点 |
        老板已经点头 | 权限还没开通 | 占用太高了 | 我这边打不开 | 换了一家便宜的 | 等法务回复
        """
    ),
    "tail": _words(
        """
        你方便的时候看一眼 | 明天站会上再聊 | 不急 | 麻烦帮忙跟一下 | 我先去吃饭 | 要不要拉上运营 |
        有问题随时叫我 | 截图稍后补 | 回来给你带咖啡 | 这事别再拖了 | 周五前定下来吧 | 我六点要去接孩子 |
        辛苦大家 | 先按旧方案走 | 需要的话我可以过去 | 以邮件为准
        """
    ),
    "emoji": ("👌", "😂", "🙏", "~", "……", "！", "。", ""),
}

ENGLISH: Mapping[str, Sequence[str]] = {
    "short": _words(
        """
        ok | sure | thanks | on it | one sec | lol | makes sense | yep | not yet | will do | agreed | hm |
        later today | nice | done | calling you | brb | got it | who has the keys? | lunch? | running late |
        same here | sounds good | no idea | almost
        """
    ),
    "open": _words(
        """
        this morning | after the standup | by the way | for the client | honestly | as of yesterday | on my side |
        before we ship | finance says | next sprint | in the second draft | from what I heard | over the weekend |
        quick one
        """
    ),
    "thing": _words(
        """
        the invoice | the staging box | the Q3 forecast | that login bug | the signed contract |
        the new landing page | the hiring plan | the load test | our parking passes | the release notes |
        the customer export | the printer upstairs | the migration script | the training deck | the refund queue |
        the floor plan | the vendor list | the dashboard | the firewall change | the photo shoot
        """
    ),
    "does": _words(
        """
        is still missing a page | went through without trouble | needs another pair of eyes |
        looks off by a few hundred | should land before three | got bounced by legal |
        is waiting for a signature | keeps timing out | is sitting in the shared folder | slipped to Thursday |
        was easier than I feared | has two typos on top | can wait until Monday | breaks on older phones |
        needs somebody from ops | costs twice what we planned | is finally green | got lost in the mail
        """
    ),
    "tail": _words(
        """
        ping me when you are back | no rush | shall we take it offline | I owe you a coffee |
        let's sort it tomorrow | screenshots to follow | don't wait for me | happy to pair on it |
        can you nudge them | I have to pick up the kids at five | call if it burns | same plan as last time |
        otherwise we roll back | see the mail for details
        """
    ),
    "emoji": ("👍", "🙂", "...", "!", ".", "", "😅", ""),
}

# Greetings, farewells and announcements: what honest people send to many with hardly a change.
GREETINGS = {
    "zh": "{name}，{feast}快乐！愿新的日子里家人安康、工作顺心，有空一起聚聚～",
    "en": "Happy {feast}, {name}! Wishing you and the family good health, see you all soon.",
}
FEASTS = {"zh": ("元宵节", "春节", "中秋", "端午", "圣诞"), "en": ("Lantern Festival", "New Year", "holidays")}
FAREWELLS = {
    "zh": "{name}，今天是我在公司的最后一天，谢谢这几年的照顾，以后常联系，微信号不变。",
    "en": "Hi {name}, today is my last day here. Thank you for everything, let's stay in touch.",
}
ANNOUNCEMENTS = {
    "zh": "【通知】本月起报销单据须在每月 25 日前提交，逾期顺延至下月，请各组转告成员并确认收到。编号 {n}。",
    "en": "Please note: from now on, expense claims close on the 25th. Late ones move to the next month. Ref {n}.",
}
CANNED = {
    "zh": (
        "您好，这里是客服中心，请问有什么可以帮您？",
        "您的订单 {n} 已经发出，预计两到三天送达，请留意查收。",
        "非常抱歉给您带来不便，我马上为您核实，请稍等片刻。",
        "退款会在三个工作日内原路退回，单号 {n}。",
        "感谢您的来电，祝您生活愉快，如有问题请再联系我们。",
        "请提供一下手机号后四位，以便我查询您的登记信息。",
        "已经为您登记，工单 {n}，专员会在今天内与您联系。",
    ),
    "en": (
        "Hello, thank you for contacting support. How may I help you today?",
        "Your order {n} has left our warehouse and should arrive within three days.",
        "I am sorry for the trouble. Let me look into this right away, one moment please.",
        "The refund goes back to your card within three working days, reference {n}.",
        "Is there anything else that I can do for you? Otherwise have a lovely day.",
        "Could you give me the last four digits of the phone number on the account?",
    ),
}
MACHINES = (
    "[build] {project} #{n} on {branch}: {result}, {n} tests in {s} s, log at https://ci.harbour.example/{n}",
    "[ticket] HB-{n} {result}: {thing} (reported by {who}, priority {p})",
    "[alert] {project} on node-{p}: cpu {s} %, threshold 80 %, {result} since {p} min",
    "[wiki] {who} edited page {thing} ({s} bytes), https://wiki.harbour.example/{n}",
)
MACHINE_WORDS = {
    "project": ("gateway", "billing", "mobile-app", "search", "warehouse", "sso"),
    "branch": ("main", "release-4", "fix-login", "feature-map"),
    "result": ("passed", "failed", "closed", "reopened", "recovered", "firing"),
    "thing": ("printer offline", "slow search", "wrong total", "missing invoice", "map tiles", "login loop"),
    "who": ("lin", "chen", "olga", "mark", "aiko", "tom", "wei"),
}

# What bulk senders write: words in braces are chosen anew where the text is varied.
BULK = {
    "zh": (
        "{您好|你好|亲}，{内部渠道|官方合作}低息{贷款|借款}，额度{最高|可达}二十万，"
        "{当天|两小时}到账，无需抵押，{加|联系}客服微信 dk8866 办理。",
        "{恭喜|祝贺}您被抽中为{幸运用户|会员代表}，{点击|打开}链接领取{现金红包|手机大奖}："
        "https://hb-gift.example/claim ，{今日|24 小时内}有效。",
        "{高薪|诚聘}兼职，{在家|手机}即可操作，{日结|一单一结}三百元起，名额有限，{私聊|回复}我了解详情。",
        "{老师|导师}带单，{稳赚|胜率}九成，{进群|入群}免费领取{牛股|内参}，先到先得，群号 55667788。",
    ),
    "en": (
        "{Hi|Hello|Hey} {there|friend}, {earn|make} $500 {a day|daily} from home, no {experience|skills} needed, "
        "{message|text} me at https://quick-cash.example/go {today|now}.",
        "{Congratulations|Great news}! Your number {won|was drawn for} a new phone. {Claim|Collect} it at "
        "https://prize-desk.example/c before {tonight|midnight}.",
        "{Guaranteed|Proven} crypto signals, {ninety|90} percent {wins|hits}, {join|enter} our {free|private} group: "
        "https://signal-room.example/in",
    ),
}
LOOKALIKES = {
    "a": "а",
    "e": "е",
    "o": "о",
    "c": "с",
    "p": "р",
    "i": "і",
    "微": "薇",
    "信": "芯",
    "贷": "貸",
    "款": "欵",
}
EMOJI = ("🔥", "💰", "✅", "🎁", "⭐", "👉", "🚀", "❗")
