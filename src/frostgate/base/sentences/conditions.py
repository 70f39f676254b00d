"""Conditions of a release: what is refused, what each asks the holder to do, and how it is told that it is done."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "case.conditions_unusable": (
        "解除条件有误[：至少一项，最多 {most} 项]，同一条件只能设置一次；“其他”须同时填写中英文说明，其余条件不填写。"
        "误冻结不能附加条件，附条件解除也不能同时保留限制。",
        "These conditions cannot be set[: one to {most} of them], none twice. Other things to do are written in both "
        "languages, and nothing else is. A mistake has no conditions, and no limit stays when they are met.",
    ),
    "case.condition_misfit": (
        "处置针对整个企业，无法要求满足该条件。",
        "The hold is on a whole tenant, which cannot meet this condition.",
    ),
    "case.condition_unknown": ("该案件没有此项条件。", "The case has no such condition."),
    "case.condition_settled": (
        "该项条件已完成、已豁免或已失效，请刷新后查看。",
        "This condition is met, waived or over already. Look at it again.",
    ),
    "case.condition_not_declared": (
        "持有人尚未声明完成该项条件，无需退回。",
        "Nobody has said that this condition is done, so there is nothing to find otherwise.",
    ),
    "case.condition_not_yours": (
        "该项条件由系统、审核人员或持有人本人确认，您无法代为确认。",
        "Whether this is done is seen by the platform, or told by somebody else: you cannot say it here.",
    ),
    "case.condition_words_needed": (
        "请填写书面说明。",
        "Write the statement in your own words.",
    ),
    "case.awaits_conditions": (
        "该案件正在等待持有人满足解除条件，到期前不能作出其他决定；可以豁免条件，或直接解除。",
        "The holder was promised release once conditions are met: until their time is over, only waive or release.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "condition.do.second_factor": (
        "为该账号开启二次验证（身份验证器或通行密钥），系统将自动确认",
        "Set up a second factor for the account (an authenticator app or a passkey). We see it by ourselves.",
    ),
    "condition.do.password_changed": (
        "修改登录密码，且不与其他网站或账号相同",
        "Change the password, to one that you use nowhere else.",
    ),
    "condition.do.sessions_ended": (
        "退出所有设备上的登录，仅在本人设备上重新登录",
        "Sign out on all devices, and sign in again only on your own.",
    ),
    "condition.do.keys_rotated": (
        "更换接口密钥，并停用原有密钥",
        "Replace the keys of your programs, and switch the old ones off.",
    ),
    "condition.do.identity_proved": (
        "上传可证明身份的材料（营业执照、法定代表人身份证件或授权书），由审核人员核对",
        "Add documents that prove who you are (business licence, identity of the legal representative, or a letter of "
        "authorisation). Our people check them.",
    ),
    "condition.do.paid": (
        "结清全部逾期款项，款项到账后系统自动确认",
        "Pay everything that is overdue. We see it by ourselves once the payment arrives.",
    ),
    "condition.do.statement": (
        "用自己的话写明违反了哪条规则，以及今后将如何遵守",
        "Write in your own words which rule was broken, and that you will keep it from now on.",
    ),
    "condition.do.other": ("按审核人员的说明办理", "Do what our reviewer asks."),
    "condition.missing": (
        "审核人员核对后认为尚未完成：{missing}",
        "We looked, and it is not done yet: {missing}",
    ),
    "condition.state.open": ("待完成", "Still to do"),
    "condition.state.met": ("已完成", "Done"),
    "condition.state.waived": ("已豁免", "No longer needed"),
    "condition.state.lapsed": ("已到期", "Time is over"),
    "condition.state.overtaken": ("无需办理", "Not needed any more"),
    "condition.state.declared": ("已提交，等待审核人员核对", "You said that it is done; our people check it"),
}
