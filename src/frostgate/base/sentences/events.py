"""Events, importing logs and replaying them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Events
    "event.time_in_future": (
        "事件时间晚于当前时间[超过 {minutes} 分钟]，请校准发送方的时钟。",
        "The event's time lies[ more than {minutes} min] in the future; check the sender's clock.",
    ),
    "event.too_old": (
        "事件发生时间过早[（超过 {days} 天）]，不再受理。",
        "The event is too old[: more than {days} days].",
    ),
    "event.type_unknown": ("无法识别事件类型[ {type}]。", "There is no event type[ {type}]."),
    "event.data_invalid": (
        "事件数据有误[：{problem}]。",
        "The event's data cannot be used[: {problem}].",
    ),
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
    # Replaying logs
    "policy.unreadable": (
        "无法打开策略文件[ {file}][：{problem}]。",
        "The policy file[ {file}] cannot be opened[: {problem}].",
    ),
    "replay.unwritable": (
        "无法写入文件[ {file}][：{problem}]。",
        "The file[ {file}] cannot be written[: {problem}].",
    ),
    "replay.output_unwritable": (
        "无法写入标准输出[：{problem}]。",
        "Standard output cannot be written[: {problem}].",
    ),
}
