"""Alerts: thresholds and who is told of them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "alert.threshold_unknown": ("提醒阈值不存在。", "There is no such threshold."),
    "alert.recipient_unknown": (
        "接收人不是本企业的联系人，或没有该接收方式。",
        "The recipient is no contact of this tenant, or is not reached this way.",
    ),
    "alert.too_many": (
        "提醒阈值已达上限[（{most} 个）]，请先删除不再使用的阈值。",
        "There are enough thresholds[: {most} at most]. Remove one that is not needed any more.",
    ),
}
