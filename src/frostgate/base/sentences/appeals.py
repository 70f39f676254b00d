"""Appeals: what is refused, what we may ask for, and why an appeal may be refused and what can be done then."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "appeal.unknown": ("申诉不存在。", "There is no such appeal."),
    "appeal.closed": (
        "申诉的状态已变化，无法执行该操作，请刷新后查看。",
        "The appeal does not stand where this could be done. Look at it again.",
    ),
    "appeal.exists": (
        "针对该项处置的申诉正在办理，不能重复提交。",
        "There is an appeal under way against this hold. One decision has one appeal.",
    ),
    "appeal.too_many": (
        "针对该项处置的申诉次数已达上限[（{most} 次）]，如有新的情况，请联系贵企业的专属商务经理。",
        "There were enough appeals against this hold[: {most} at most]. If there is more, tell your account manager.",
    ),
    "appeal.hold_ended": ("该项处置已解除，无需申诉。", "The hold has ended; there is nothing to appeal against."),
    "appeal.statement_needed": ("请填写申诉说明。", "Say in the statement why the hold should end."),
    "appeal.news_needed": (
        "此前的申诉已有处理结果，再次申诉须说明有哪些新的情况或新的材料。",
        "An appeal was decided before. Say what is new: facts or documents that were not known then.",
    ),
    "appeal.answer_needed": ("请填写答复内容。", "Write an answer."),
    "appeal.document_needed": (
        "请选择要补充的材料，或填写答复。此前已提交过的同一文件不能再次作为补充材料。",
        "Choose the document that we asked for, or write an answer. The very same file again is no new one.",
    ),
    "appeal.document_unnamed": (
        "该理由针对某份材料，请指明是哪一份。",
        "This reason is about a document: say which.",
    ),
    "appeal.too_long": (
        "内容过长[，请控制在 {limit} 字以内]。",
        "The text is too long[: at most {limit} characters].",
    ),
    "appeal.reason_code_needed": (
        "驳回申诉须选择理由代码，支持申诉则无需填写。",
        "Whoever refuses an appeal gives a reason code; whoever upholds it gives none.",
    ),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    "appeal.paper.business_licence": ("营业执照", "Business licence"),
    "appeal.paper.legal_representative_id": ("法定代表人身份证件", "Identity of the legal representative"),
    "appeal.paper.authorisation_letter": ("授权书", "Letter of authorisation"),
    "appeal.paper.proof_of_payment": ("付款凭证", "Proof of payment"),
    "appeal.paper.other": ("其他材料", "Something else"),
    "appeal.ask.licence_missing": (
        "请上传贵企业的营业执照。",
        "Please add your company's business licence.",
    ),
    "appeal.ask.licence_unreadable": (
        "营业执照图片无法辨认。请重新拍摄或扫描，确保四角完整、文字清晰，长边不少于 900 像素。",
        "The business licence cannot be read. Please photograph or scan it again: all four corners, sharp letters, at "
        "least 900 pixels on the longer side.",
    ),
    "appeal.ask.licence_expired": (
        "营业执照的营业期限已届满。请提供换发后的营业执照。",
        "The term of the business licence has ended. Please add the one that was issued after it.",
    ),
    "appeal.ask.code_differs": (
        "营业执照上的统一社会信用代码与登记信息不一致。请提供账号所属企业现行有效的营业执照；如信息已变更，请一并说明。",
        "The unified social credit code on the licence is not the one on record. Please add the licence of the "
        "account's company that is in force now; if the code has changed, say so.",
    ),
    "appeal.ask.name_differs": (
        "营业执照上的名称与登记信息不一致。请提供账号所属企业现行有效的营业执照；如已更名，请在答复中说明。",
        "The name on the licence is not the one on record. Please add the licence of the account's company that is in "
        "force now; if the company was renamed, say so.",
    ),
    "appeal.ask.legal_rep_differs": (
        "营业执照上的法定代表人与登记信息不一致。请提供现行有效的营业执照；如已变更，请在答复中说明。",
        "The legal representative on the licence is not the one on record. Please add the licence that is in force "
        "now; if somebody else took over, say so.",
    ),
    "appeal.ask.wrong_kind": (
        "提交的文件不是所需的材料。请重新上传所列材料。",
        "The file is not the document that it was handed in as. Please add the one that is named here.",
    ),
    "appeal.ask.document_unreadable": (
        "提交的文件无法辨认。请重新拍摄或扫描，确保内容完整、文字清晰。",
        "The document cannot be read. Please photograph or scan it again, complete and sharp.",
    ),
    "appeal.ask.wrong_company": (
        "材料所载企业与账号所属企业不一致。请提供账号所属企业的材料，或证明两家企业关系的文件。",
        "The documents are of another company than the account's. Please add those of the account's company, or proof "
        "of how the two belong together.",
    ),
    "appeal.ask.legal_rep_missing": (
        "请上传法定代表人的身份证明。",
        "Please add proof of who the legal representative is.",
    ),
    "appeal.ask.authorisation_missing": (
        "请上传加盖公章的授权书，写明由谁代表企业办理。",
        "Please add a letter of authorisation with the company's seal that says who acts for it.",
    ),
    "appeal.ask.payment_not_found": (
        "尚未查到相应款项。请上传付款凭证，并写明付款日期、金额和付款账户名称。",
        "We have not found the payment. Please add proof of it, with its day, its amount and the name on the paying "
        "account.",
    ),
    "appeal.ask.content_still_there": (
        "相关内容仍未处理。请先删除或整改，然后说明已如何处理。",
        "The content is still there. Please remove or correct it, then tell us what you did.",
    ),
    "appeal.ask.statement_unclear": (
        "申诉说明不够清楚。请补充说明当时是谁、在做什么、为什么这样做。",
        "The statement is not clear to us. Please say who did what at that time, and why.",
    ),
    "appeal.ground.evidence_stands": (
        "经复核，处置依据充分。请按页面上的步骤处理；如有新的情况或材料，可以再次申诉。",
        "We looked at it again, and the reason stands. Follow the steps on the page. With new facts or documents you "
        "can appeal again.",
    ),
    "appeal.ground.not_proven": (
        "现有材料不足以证明账号由您使用。补齐材料后，可以再次申诉。",
        "What you sent does not prove that the account is yours. With the missing proof you can appeal again.",
    ),
    "appeal.ground.content_not_dealt_with": (
        "违规内容尚未处理完毕。全部处理后，可以再次申诉。",
        "The content has not been dealt with. Once all of it is, you can appeal again.",
    ),
    "appeal.ground.payment_not_received": (
        "欠款尚未到账。款项到账后自动恢复，无需再次申诉。",
        "The payment has not arrived. Once it does, service returns by itself, without another appeal.",
    ),
    "appeal.ground.nothing_new": (
        "本次申诉没有提出新的情况或材料，原处理结果不变。",
        "This appeal brings no new facts or documents, so what was decided stands.",
    ),
}
