"""The self-check: symptoms, questions and answers, what is likely and what to do. Steps stand one on a line."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "report.unknown": ("举报不存在。", "There is no such report."),
}

_SAYS = {
    "state": ("“账号状态异常”“账号已被冻结”“功能已被限制”等", "That the account is abnormal, frozen or limited"),
    "verify": ("要求验证身份", "It asks me to verify my identity"),
    "arrears": ("因欠费暂停服务", "That services stopped over unpaid bills"),
    "nothing": ("没有说明原因，一直转圈或超时", "No reason: it hangs or times out"),
}
_YES_NO = {"yes": ("是", "Yes"), "no": ("否", "No")}
_CAN = {"yes": ("能", "Yes"), "no": ("不能", "No")}

_SYMPTOMS: Mapping[str, tuple[str, str]] = {
    "sign_in_refused": ("登录不了，或登录提示账号异常", "I cannot sign in, or am told that my account is abnormal"),
    "sending_fails": ("消息发送失败，或发送时要求验证身份", "Messages fail, or I am asked to verify when I send"),
    "calls_stopped": ("之前能用的语音、视频通话突然用不了", "Voice or video calls worked before and do not now"),
    "notice_came": ("收到账号被冻结的邮件或短信", "A mail or text says that my account is frozen"),
    "nothing_connects": ("应用打不开，什么都连不上", "The app does not load, nothing connects"),
}

_QUESTIONS: Mapping[str, tuple[tuple[str, str], Mapping[str, tuple[str, str]]]] = {
    "sign_in_says": (
        ("登录时提示什么？", "What does it say when you sign in?"),
        {**_SAYS, "password": ("账号或密码错误", "That the account or password is wrong")},
    ),
    "sending_says": (("发送失败时提示什么？", "What does it say when sending fails?"), _SAYS),
    "calls_say": (("发起通话时提示什么？", "What does it say when you call?"), _SAYS),
    "other_network": (
        ("换一个网络（如手机流量）后，能正常使用吗？", "Does it work on another network, such as mobile data?"),
        _CAN,
    ),
    "other_device": (("换一台设备后，能正常使用吗？", "Does it work on another device?"), _CAN),
    "to_everybody": (
        ("发给任何人都失败吗？", "Does it fail whoever you write to?"),
        {
            "yes": ("是，发给谁都失败", "Yes, to everybody"),
            "no": ("否，只有某个人或某个群", "No, only one person or group"),
        },
    ),
    "messages_go": (("文字消息还能正常收发吗？", "Do text messages still go through?"), _CAN),
    "microphone_elsewhere": (
        ("麦克风和摄像头在其他应用中能正常使用吗？", "Do microphone and camera work in other apps?"),
        _CAN,
    ),
    "notice_asks": (
        (
            "通知是否索要密码、验证码、转账，或声称可以付费解冻？",
            "Does it ask for a password, a code or money, or offer to unfreeze for a fee?",
        ),
        _YES_NO,
    ),
    "notice_verified": (
        (
            "在通知真伪查询页面输入通知末尾的查验编号，结果是否为“这是我们发出的通知”？",
            "Enter the check number from its end on the page that checks notices. Does it say that we sent it?",
        ),
        {"yes": ("是", "Yes"), "no": ("否，或没有查验编号", "No, or there is no number")},
    ),
    "others_connect": (
        ("同一网络下，其他网站和应用能正常打开吗？", "Do other sites and apps load on the same network?"),
        _CAN,
    ),
    "app_is_new": (
        ("应用已更新到最新版本吗？", "Is the app up to date?"),
        {"yes": ("是", "Yes"), "no": ("否，或不确定", "No, or not sure")},
    ),
}

# name -> what is likely, what it means, what to do
_LIKELY: Mapping[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "frozen": (
        ("账号被冻结，或被风控拦截", "The account is frozen, or our risk control stopped the sign-in"),
        (
            "冻结是保护账号的临时措施，不是处罚，核实后即可恢复；密码正确也无法登录。",
            "A freeze protects the account for a time. It is no punishment and ends once things are cleared up; "
            "until then even the right password does not sign you in.",
        ),
        (
            "查看我们发送的正式通知，其中写明了原因和解除条件。\n"
            "没有收到通知的，在下方查询账号状态。\n"
            "联系官方客服、企业管理员或专属商务经理核实。",
            "Read the official notice that we sent: it names the reason and what releases the account.\n"
            "No notice? Look up your account's standing below.\n"
            "Contact official support, your company's administrator or your account manager.",
        ),
    ),
    "challenged": (
        ("需要验证身份", "Your identity must be verified"),
        (
            "账号没有被冻结。验证通过后立即恢复，无需人工审核。",
            "The account is not frozen. It works again as soon as you have verified; nobody needs to review anything.",
        ),
        (
            "按提示输入身份验证器中的动态码，或使用通行密钥。\n没有设置过验证方式的，联系企业管理员。",
            "Enter the code of your authenticator app, or use your passkey.\n"
            "If you have set up neither, ask your company's administrator.",
        ),
    ),
    "limited": (
        ("功能被限制，或账号被冻结", "A function is limited, or the account is frozen"),
        (
            "限制只影响部分功能，冻结影响全部功能。两者都是临时的。",
            "A limit takes away some functions, a freeze all of them. Both are temporary.",
        ),
        (
            "登录后台查看账号状态；无法登录的，在下方查询。\n按正式通知中的说明处理。\n"
            "仍有疑问的，联系企业管理员或专属商务经理。",
            "Look at the account's standing in the console; if you cannot sign in, look it up below.\n"
            "Do what the official notice says.\n"
            "Still unclear? Ask your company's administrator or your account manager.",
        ),
    ),
    "arrears": (
        ("企业账户欠费", "Your company has unpaid bills"),
        (
            "款项结清后自动恢复，数据不会删除。",
            "Services return by themselves once the bills are paid. Nothing is deleted.",
        ),
        (
            "请企业的财务人员或管理员核对账单并付款。\n对账单有疑问的，联系专属商务经理。",
            "Ask your company's finance staff or administrator to check the bills and pay.\n"
            "Questions about a bill go to your account manager.",
        ),
    ),
    "standing": (
        ("账号状态可能异常", "The account's standing may be the reason"),
        (
            "网络正常但持续失败，可能是账号被限制或冻结，也可能是应用本身的问题，请先核实账号状态。",
            "The network works and it still fails: the account may be limited or frozen, or the app has a fault. "
            "Look at the account first.",
        ),
        (
            "在下方查询账号状态。\n账号状态正常的，更新应用并重启设备后重试。\n仍然失败的，联系官方客服，说明时间和现象。",
            "Look up the account's standing below.\nIf it is fine, update the app, restart the device and try again.\n"
            "If it still fails, tell official support when and what happened.",
        ),
    ),
    "genuine": (
        ("账号确已触发冻结规则", "The notice is genuine: the account met a rule and was frozen"),
        ("通知由我们发出，请以其中的说明为准。", "We sent it, and what it says counts."),
        (
            "按邮件中的指引提交材料，申请解冻。\n只从通知或官方页面进入，不要使用他人发来的链接。\n"
            "材料齐全后，一般 24 至 48 小时内给出审核结果。",
            "Follow the instructions in the mail, hand in what it asks for and ask for release.\n"
            "Use the notice or our official pages, and no links from others.\n"
            "With everything at hand a review usually takes 24 to 48 hours.",
        ),
    ),
    "fake": (
        ("很可能是假通知", "Probably a fake"),
        (
            "我们不会在通知中索要密码、验证码或转账，平台以外没有任何人能够解除冻结。",
            "We never ask for a password, a code or money in a notice, and nobody outside the platform lifts a freeze.",
        ),
        (
            "不要点击其中的链接，不要回复或付款。\n已经提供过密码的，立即修改密码。\n把内容举报给我们。",
            "Follow no link in it, do not answer, do not pay.\nIf you gave your password, change it now.\n"
            "Report it to us.",
        ),
    ),
    "network": (
        ("网络问题，与账号无关", "Your network, not your account"),
        (
            "换个网络或其他应用的表现不同，说明问题出在当前网络，账号没有因此受限。",
            "It depends on the network that you use, so the account is not the reason.",
        ),
        (
            "重启路由器，或先换用手机流量。\n在公司网络中的，请管理员检查防火墙和代理是否拦截了应用。\n"
            "网络恢复后仍然失败的，再做一次自查。",
            "Restart the router, or use mobile data for now.\n"
            "In a company, ask whether a firewall or proxy blocks the app.\n"
            "If it still fails once the network works, come back here.",
        ),
    ),
    "device": (
        ("设备问题，与账号无关", "Your device, not your account"),
        (
            "问题只出现在这台设备上，账号没有因此受限。",
            "The trouble is with this device, so the account is not the reason.",
        ),
        (
            "允许应用使用网络、麦克风和摄像头。\n校准设备时间，更新应用，重启设备。\n仍然失败的，卸载后重新安装。",
            "Allow the app to use the network, microphone and camera.\n"
            "Set the device's clock, update the app, restart the device.\nIf it still fails, install the app anew.",
        ),
    ),
    "app": (
        ("应用版本过旧，与账号无关", "The app is out of date; your account is not the reason"),
        ("旧版本可能无法连接服务。", "Old versions may not connect any more."),
        (
            "从官网或应用商店更新到最新版本。\n不要安装他人发来的安装包。\n更新后仍然失败的，再做一次自查。",
            "Update from our official site or your app store.\nInstall nothing that others send you.\n"
            "If it still fails afterwards, come back here.",
        ),
    ),
    "password": (
        ("账号或密码输入有误", "The account or the password is wrong"),
        (
            "提示密码错误时，我们无法判断账号是否正常：为防止他人试探，密码不正确时的提示都相同。",
            "This says nothing about a freeze: whoever has no right password gets the same answer for every account.",
        ),
        (
            "检查账号、大小写和输入法。\n通过官方页面找回密码。\n密码正确却仍然提示错误的，联系企业管理员。",
            "Check the account, capitals and keyboard.\nReset the password on the official page.\n"
            "If you are sure of it and it still fails, ask your company's administrator.",
        ),
    ),
    "other_side": (
        ("对方或该群的设置，一般与账号状态无关", "The other person or group; probably not your account"),
        (
            "只有某个人或某个群收不到，可能是对方屏蔽、群内禁言，或对方账号异常。",
            "Only one person or group cannot be reached: they may have blocked or muted you, or have trouble.",
        ),
        (
            "用其他方式联系对方，或向群管理员确认是否禁言。\n发给其他人也失败的，再做一次自查。",
            "Reach them another way, or ask the group's administrator whether you are muted.\n"
            "If it fails with others too, come back here.",
        ),
    ),
    "service": (
        ("可能是服务故障或应用问题", "Perhaps a fault of the service or the app"),
        (
            "更换网络和设备后仍然失败，不像是您这边的问题。下方列出了我们当前掌握的情况。",
            "It fails on other networks and devices, so it is hardly on your side. What we know right now is below.",
        ),
        (
            "查看平台公告，过几分钟再试。\n查询账号状态，排除账号原因。\n仍然失败的，联系官方客服，说明时间和现象。",
            "Look at the platform's announcements, and try again in a few minutes.\n"
            "Look up your account's standing, to rule that out.\n"
            "If it still fails, tell official support when and what happened.",
        ),
    ),
}

_OTHERS: Mapping[str, tuple[str, str]] = {
    "self_check.place.account": (
        "查询账号状态（需邮箱验证）",
        "Look up my account's standing (by a code to your email)",
    ),
    "self_check.place.help": ("账号被冻结怎么办", "My account is frozen: what now?"),
    "self_check.place.verify": ("查询通知真伪", "Check whether a notice is genuine"),
    "self_check.place.fraud": ("防范解冻诈骗，举报假通知", "Thaw fraud, and how to report a fake"),
    "self_check.place.connection": ("查看网络连接情况", "What we see of your connection"),
    "self_check.health.store": ("数据存储", "Records are kept"),
    "self_check.health.intake": ("登录、消息等事件的接收", "Events are taken"),
    "self_check.health.register": ("账号状态同步", "Standings are fresh"),
    "self_check.permit.allowed": ("正常", "works"),
    "self_check.permit.challenge": ("需验证身份", "asks you to verify"),
    "self_check.permit.denied": ("已暂停", "stopped"),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    **{f"self_check.symptom.{name}": words for name, words in _SYMPTOMS.items()},
    **{f"self_check.question.{name}": words for name, (words, _) in _QUESTIONS.items()},
    **{
        f"self_check.answer.{name}.{key}": words
        for name, (_, each) in _QUESTIONS.items()
        for key, words in each.items()
    },
    **{f"self_check.likely.{name}": words for name, (words, _, _) in _LIKELY.items()},
    **{f"self_check.means.{name}": words for name, (_, words, _) in _LIKELY.items()},
    **{f"self_check.steps.{name}": words for name, (_, _, words) in _LIKELY.items()},
    **_OTHERS,
}
