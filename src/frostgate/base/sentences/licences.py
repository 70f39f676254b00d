"""Business licences: what is recorded of a company, and what the machine makes of a licence beside it."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "registration.unknown": (
        "尚未登记该企业的工商信息。",
        "Nobody has recorded this tenant's entry in the register of companies.",
    ),
    "registration.code_length": (
        "统一社会信用代码应为 18 位[，当前为 {length} 位]。",
        "A unified social credit code has 18 characters[, this one has {length}].",
    ),
    "registration.code_characters": (
        "统一社会信用代码含有不允许的字符：前 8 位为数字，其余为数字和大写字母，不使用 I、O、S、V、Z。",
        "The unified social credit code has a character that cannot be there: eight digits come first, and the letters "
        "I, O, S, V and Z are never used.",
    ),
    "registration.code_check_digit": (
        "统一社会信用代码校验位不正确，请核对后重新填写。",
        "The unified social credit code's check digit does not follow from the rest: one character is wrong.",
    ),
    "document.licence_too_small": (
        "营业执照图片太小[（{width}×{height} 像素）]，文字无法辨认。请重新拍摄或扫描[，长边不少于 {least} 像素]。",
        "The picture of the licence is too small to be read[ ({width} x {height} pixels)]. "
        "Photograph or scan it again[: at least {least} pixels on its longer side].",
    ),
    "licence.unknown": (
        "该文件不是以营业执照提交的，或已删除。",
        "This document was not handed in as a business licence, or was deleted.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "licence.not_installed": (
        "本系统未安装营业执照识别组件，请人工核对。安装命令：{install}",
        "Licences are not read here: compare them yourself. To have them read: {install}",
    ),
    "licence.waiting": ("正在识别，请稍后查看。", "It is being read. Look again in a moment."),
    "licence.unreadable": (
        "未能识别该营业执照，请人工核对，不影响案件办理。",
        "It could not be read. Compare it yourself; the case goes on all the same.",
    ),
    "licence.summary.agrees": (
        "识别结果与企业登记信息一致，请人工确认。",
        "What was read agrees with the record. A person decides.",
    ),
    "licence.summary.nearly": (
        "识别结果与企业登记信息基本一致，个别字符不同，可能为识别误差，请人工核对。",
        "What was read nearly agrees with the record; a few characters may be misread. Compare them yourself.",
    ),
    "licence.summary.differs": (
        "识别结果与企业登记信息不一致，请人工核对。",
        "What was read differs from the record. Compare them yourself.",
    ),
    "licence.summary.another_company": (
        "这是另一家企业的营业执照。",
        "This is the licence of another company.",
    ),
    "licence.summary.not_a_licence": (
        "该文件看起来不是营业执照。",
        "This does not look like a business licence.",
    ),
    "licence.summary.not_readable": (
        "部分内容无法辨认，请人工核对。",
        "Some of it cannot be read. Compare it yourself.",
    ),
    "licence.summary.nothing_on_record": (
        "未登记该企业的工商信息，无从比对。",
        "Nothing is recorded of this tenant, so there is nothing to compare with.",
    ),
    "licence.check_digit_wrong": (
        "识别出的统一社会信用代码校验位不正确：可能为识别误差，也可能经过涂改。",
        "The check digit of the code that was read is wrong: it was misread, or altered.",
    ),
    "licence.expired": ("营业期限已于 {day} 届满。", "Its term ended on {day}."),
    "licence.field.code": ("统一社会信用代码", "unified social credit code"),
    "licence.field.name": ("名称", "name"),
    "licence.field.legal_representative": ("法定代表人", "legal representative"),
    "licence.same": ("{about}：一致。", "The {about} is the same."),
    "licence.nearly.looks_alike": (
        "{about}：仅 {characters} 个形近字符不同。",
        "The {about} is the same but for characters that look alike: {characters}.",
    ),
    "licence.nearly.few_characters": (
        "{about}：有 {characters} 个字符不同。",
        "The {about} is nearly the same; characters that differ: {characters}.",
    ),
    "licence.different": ("{about}：不一致。", "The {about} is different."),
    "licence.not_readable": ("{about}：无法辨认。", "The {about} cannot be read."),
    "licence.nothing_on_record": ("{about}：未登记。", "No {about} is on record."),
}
