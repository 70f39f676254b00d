"""What the house itself says: requests, the server, what only whoever runs it meets."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
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
    "store.unopened": (
        "无法打开数据库文件[ {file}]，或其所在文件夹不可写[（{problem}）]。本次操作未保存。",
        "The database's file[ {file}] cannot be opened or its folder not be written[: {problem}]. Nothing was changed.",
    ),
    "vault.key_missing": (
        "系统未配置加密密钥，暂不能使用此功能。请联系平台管理员。",
        "No encryption key is configured, so this cannot be used. Tell the platform's operators.",
    ),
    "vault.secret_unreadable": (
        "系统异常，暂时无法读取加密内容。",
        "Something encrypted cannot be read with the keys that are configured.",
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
}
