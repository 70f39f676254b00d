"""What each signal means, in Chinese and English, for the authors of policies. Keyed like the signals."""

from collections.abc import Mapping

from frostgate.signals.model import Window

# Fields that mean the same wherever they stand.
_SHARED = {
    "account": ("账号", "The account"),
    "ip": ("客户端 IP 地址", "The client's IP address"),
    "device": ("设备标识", "The device's identifier"),
    "recipients": ("接收者列表", "Who receives it"),
    "recipient_count": ("接收者数量", "How many receive it"),
    "text": ("文本内容", "The text"),
}

_FIELDS = {
    "login.outcome": ("登录结果：success 成功，failure 失败", "Whether the sign-in succeeded: success or failure"),
    "login.second_factor": ("是否通过了第二验证因素", "Whether a second factor was checked"),
    "login.user_agent": ("客户端自报的 User-Agent", "The User-Agent that the client claims"),
    "message.conversation": ("会话标识", "The conversation's identifier"),
    "message.conversation_kind": (
        "会话类型：private 单聊，group 群聊",
        "The kind of conversation: private or group",
    ),
    "message.failed": (
        "发送失败或被对方拉黑的接收者数量",
        "How many recipients it did not reach, or who had blocked the account",
    ),
    "message.media": ("所带媒体文件的标识列表", "The identifiers of attached media"),
    "call.medium": ("通话类型：voice 语音，video 视频", "The kind of call: voice or video"),
    "call.channel": ("频道标识", "The channel's identifier"),
    "call.outcome": (
        "通话结果：answered 接听，missed 未接，rejected 拒接，failed 失败",
        "How the call ended: answered, missed, rejected or failed",
    ),
    "call.seconds": ("通话时长（秒）", "How long the call lasted, in seconds"),
    "stream.room": ("直播间标识", "The live room's identifier"),
    "stream.phase": ("开播或下播：started、ended", "Whether the stream started or ended"),
    "stream.title": ("直播标题", "The stream's title"),
    "stream.viewers": ("观看人数", "How many people watch"),
    "ai.agent": ("智能体标识", "The AI agent's identifier"),
    "ai.role": ("这一轮由谁说出：person 人，assistant 智能体", "Who spoke this turn: person or assistant"),
    "ai.tokens": ("这一轮的 token 数", "How many tokens the turn took"),
    "api.key": ("调用所用的密钥标识", "The identifier of the key that was used"),
    "api.method": ("所调用的接口", "The method that was called"),
    "api.status": ("HTTP 状态码", "The HTTP status that was answered"),
    "report.reporter": ("举报人", "Who reported"),
    "report.category": ("举报类别", "What was reported"),
    "report.message": ("被举报消息的标识", "The identifier of the reported message"),
    "report.note": ("举报说明", "What the reporter wrote"),
    "billing.kind": (
        "账务类型：usage 用量，charge 扣费，payment 付款",
        "The kind of booking: usage, charge or payment",
    ),
    "billing.unit": ("计量单位，仅用于用量", "What was used, by the unit that it is priced by; of usage only"),
    "billing.quantity": (
        "用量：消息条数、秒数或 token 数，仅用于用量",
        "How much was used, in messages, seconds or tokens; of usage only",
    ),
    "billing.amount": ("金额，以最小货币单位计（分）", "The amount in minor units of the currency"),
    "billing.currency": ("币种（ISO 4217）", "The currency (ISO 4217)"),
    "billing.service": ("扣费对应的服务，仅用于扣费", "The service that is charged for; of charges only"),
    "billing.reference": ("业务单号", "The booking's reference"),
}

_DERIVED = {
    "geo.located": ("IP 地址是否能定位到城市", "Whether the IP address could be placed in a city"),
    "geo.country": ("IP 地址所在国家或地区（ISO 3166-1 代码）", "The IP address's country (ISO 3166-1 code)"),
    "geo.city": ("IP 地址所在城市（英文名）", "The IP address's city (English name)"),
    "network.kind": (
        "网络类型：hosting 机房、cdn、vpn、tor、bot 爬虫、reserved 保留地址、unlisted 未列名",
        "The kind of network: hosting, cdn, vpn, tor, bot, reserved, or unlisted",
    ),
    "network.suspicious": (
        "是否来自 Tor、VPN 或机房",
        "Whether the address belongs to Tor, a VPN or a hosting provider",
    ),
    "network.trusted": (
        "是否属于企业声明的可信网段（出口、VPN）",
        "Whether the tenant declared the network as trusted (its egress, its VPN)",
    ),
    "device.sent": ("事件是否带有设备标识", "Whether the event names a device"),
    "device.known": (
        "账号此前是否用该设备成功登录过",
        "Whether the account signed in successfully with this device before",
    ),
    "travel.km": ("与相邻一次登录地点的距离（公里）", "Kilometres between this sign-in and its neighbour in time"),
    "travel.least_km": (
        "扣除定位误差后的最短距离（公里）",
        "The least distance in kilometres, after taking off what both places may be wrong",
    ),
    "travel.least_kmh": ("走完最短距离至少需要的时速（公里/小时）", "The least speed in km/h that the journey needs"),
    "travel.hours": ("两次登录相隔的小时数", "Hours between the two sign-ins"),
    "travel.from": ("两次登录中较早一次的地点", "Where the earlier of the two sign-ins was"),
    "travel.to": ("两次登录中较晚一次的地点", "Where the later of the two sign-ins was"),
    "travel.abroad": ("两次登录是否在不同的国家或地区", "Whether the two sign-ins were in different countries"),
    "network.known": (
        "账号此前是否从该网段（IPv4 /24，IPv6 /48）成功登录过",
        "Whether the account was let in from this network (IPv4 /24, IPv6 /48) before",
    ),
    "agent.known": (
        "账号此前是否用相同的 User-Agent 成功登录过（未上报视为否）",
        "Whether the account was let in with this User-Agent before (false where the event names none)",
    ),
    "agent.changed": (
        "账号有常用的 User-Agent，而本次不是其中任何一个",
        "Whether the account has User-Agents that it uses, and this is none of them",
    ),
    "device.expected": (
        "账号平时登录是否带有设备标识",
        "Whether the account's sign-ins usually name a device",
    ),
    "second_factor.passed": (
        "本次登录是否通过了第二验证因素（未上报视为否）",
        "Whether this sign-in passed a second factor (false where the event does not say)",
    ),
    "country.usual": (
        "账号近 90 天是否曾在该国家或地区正常登录",
        "Whether the account signed in from this country within the last 90 days and was let in",
    ),
    "trip.covers": (
        "是否有已生效的行程报备覆盖本次登录地点",
        "Whether a declared trip that is in force leads to the place of this sign-in",
    ),
    "allowlist.enforced": ("企业是否启用了 IP 白名单", "Whether the tenant enforces its IP allowlist"),
    "allowlist.covers": (
        "登录地址是否在企业 IP 白名单内（未启用时为是）",
        "Whether the tenant's IP allowlist covers the address (true where none is enforced)",
    ),
    "account.kind": (
        "账号类型：person 个人，bot 机器人，service 服务账号",
        "What stands behind the account: person, bot or service",
    ),
    "profile.declared": (
        "是否为已声明用途的机器人或服务账号",
        "Whether this is a bot or service whose tenant declared what it does",
    ),
    "profile.messages_a_minute": (
        "机器人或服务账号声明的每分钟消息数",
        "Messages a minute that the bot or service was declared to send",
    ),
    "profile.recipients_an_hour": (
        "机器人或服务账号声明的每小时接收人数",
        "Recipients an hour that the bot or service was declared to reach",
    ),
    "profile.api_calls_a_minute": (
        "机器人或服务账号声明的每分钟接口调用次数",
        "API calls a minute that the bot or service was declared to make",
    ),
    "profile.covers_address": (
        "来源地址是否在机器人或服务账号声明的网络内",
        "Whether the address is in the networks that the bot or service was declared to work from",
    ),
    "message.fan_out": ("一条消息送达的人数", "How many people one message goes to"),
    "message.likeness_known": (
        "近期消息是否足以比较相似度",
        "Whether there were enough messages of late to say how alike they are",
    ),
    "message.likeness": (
        "近期连续消息的平均相似度（0 至 1，忽略数字、链接和称呼）",
        "How alike the latest messages are on average, from 0 to 1, whatever their numbers, links and names",
    ),
    "message.template_known": ("消息是否长到足以有模板", "Whether the message is long enough to have a template"),
    "message.template": (
        "消息模板的指纹，小改动不影响；内容过短时未知",
        "A mark of what the message is like, the same after small changes; unknown for short texts",
    ),
    "message.gap_variation": (
        "近期发送间隔的变异系数，越小越像机器",
        "The coefficient of variation of the latest gaps between messages; small is like a machine",
    ),
    "message.longest_rest_hours": (
        "最近两天内最长的一次停歇（小时）",
        "The longest rest within the last two days, in hours",
    ),
    "message.new_recipients": (
        "接收者中账号此前从未联系过的人数（近似）",
        "How many of the recipients the account never wrote to before (approximately)",
    ),
}

_BY = {
    "account": ("每个账号", "each account"),
    "ip": ("每个 IP 地址（IPv6 按 /64）", "each IP address (IPv6: each /64)"),
    "network": ("每个网段（IPv4 /24，IPv6 /48）", "each network (IPv4 /24, IPv6 /48)"),
    "template": ("每种消息模板", "each message template"),
    "account_at_ip": ("每个账号在每个 IP 地址上", "each account at each IP address"),
    "device": ("每台设备", "each device"),
    "key": ("每个密钥", "each key"),
    "tenant": ("每个企业", "each tenant"),
}

_COUNTED = {
    "count": ("{on} 事件数", "{on} events"),
    "sum": ("{on} 事件中 {of} 的总和", "the total of {of} in {on} events"),
    "distinct": ("{on} 事件中不同 {of} 的数量", "different values of {of} in {on} events"),
    "rate": ("{on} 事件的每秒平均次数", "{on} events a second, on average"),
}


def describe(signal: str) -> Mapping[str, str]:
    """The sentence for a field or a derived signal, by its name."""
    chinese, english = _FIELDS.get(signal) or _DERIVED.get(signal) or _SHARED[signal.partition(".")[2]]
    return {"zh-CN": chinese, "en": english}


def describe_window(window: Window) -> Mapping[str, str]:
    """The sentence for a window, made from its spec."""
    chinese, english = _COUNTED[window.kind]
    parts = {"on": window.on.value, "of": window.of}
    only = [f"{field} = {value}" for field, value in window.where.items()]
    by = _BY[window.by]
    return {
        "zh-CN": f"最近 {window.over} 秒内{by[0]}的{chinese.format(**parts)}"
        + (f"（仅 {'、'.join(only)}）" if only else ""),
        "en": f"For {by[1]}, in the last {window.over} seconds: {english.format(**parts)}"
        + (f" (only {', '.join(only)})" if only else ""),
    }
