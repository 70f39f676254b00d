"""What is said of cases that belong together, and of notes."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "case.group_unknown": ("案件组不存在。", "There is no such group of cases."),
    "note.mention_unknown": (
        "找不到可查看该案件的人员[：{who}]，请检查登录邮箱或编号。",
        "Nobody who may read this case has this address or id[: {who}].",
    ),
    "note.too_many_mentions": (
        "一条备注最多提及[ {most} ]人。",
        "A note mentions fewer people[: at most {most}].",
    ),
    "note.attachment_unknown": (
        "附件须为先上传到该案件、且由工作人员添加的文件。",
        "An attachment is a file that staff attached to this very case before.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "group.device": ("均使用设备 {value}", "all on the device {value}"),
    "group.template": ("均发送同一模板的消息（模板 {value}）", "all sent messages of one template ({value})"),
    "group.address": ("均来自 IP {value}", "all from {value}"),
    "group.network": ("均来自网段 {value}", "all from {value}"),
}
