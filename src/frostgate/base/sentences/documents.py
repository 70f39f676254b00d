"""Documents: why a file was not taken, and what to do about it."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "document.empty": ("文件是空的，请重新选择。", "The file is empty. Choose it again."),
    "document.too_large": (
        "文件过大[，单个文件不能超过 {mib} MB]。",
        "The file is too large[: at most {mib} MiB each].",
    ),
    "document.kind_unknown": (
        "无法识别该文件。请上传 JPG、PNG、WebP 图片或 PDF。",
        "This is none of the files that we take. Send a JPEG, PNG or WebP picture, or a PDF.",
    ),
    "document.archive": (
        "不接收压缩包或 Office 文件。请上传图片，或导出为 PDF 后上传。",
        "Archives and office files are not taken. Send pictures, or save the file as a PDF.",
    ),
    "document.broken": (
        "文件不完整或已损坏，请重新拍摄或导出后上传。",
        "The file is damaged or not complete. Take the photo or save the file again.",
    ),
    "document.locked": (
        "该 PDF 设有密码，请取消密码后上传。",
        "The PDF opens only with a password. Save it without one.",
    ),
    "document.fonts_missing": (
        "该 PDF 未嵌入字体[（第 {page} 页）]，部分文字无法显示。请嵌入字体后重新导出，或上传截图。",
        "The PDF does not carry its fonts[ (page {page})], so words would be missing. "
        "Save it with its fonts embedded, or send a screenshot.",
    ),
    "document.too_small": (
        "图片太小[（{width}×{height} 像素）]，无法看清。请上传更清晰的图片[，短边不少于 {least} 像素]。",
        "The picture is too small to be read[ ({width} x {height} pixels)]. "
        "Send a better one[, at least {least} pixels on its shorter side].",
    ),
    "document.too_many_pixels": (
        "图片尺寸过大[，不能超过 {most} 百万像素]。",
        "The picture has too many pixels[: at most {most} megapixels].",
    ),
    "document.too_many_pages": (
        "页数过多[，共 {pages} 页，不能超过 {most} 页]。请只上传相关页。",
        "The file has too many pages[: {pages}, and {most} at most]. Send only those that matter.",
    ),
    "document.too_complex": (
        "文件过于复杂，无法处理。请另存为图片后上传。",
        "The file is too complex to be examined. Send it as a picture.",
    ),
    "documents.busy": (
        "当前上传的人较多，请稍后重试。",
        "Many files are being examined now. Try again in a moment.",
    ),
    "document.unknown": ("文件不存在。", "There is no such document."),
    "document.page_unknown": (
        "文件没有这一页[，共 {pages} 页]。",
        "There is no such page[: there are {pages}].",
    ),
    "document.deleted": ("文件内容已删除，仅保留记录。", "The document was deleted; only its record is left."),
    "document.remain": (
        "该企业仍有未删除的文件[（{count} 个）]，不能删除其密钥。",
        "The tenant still has documents[: {count}]; its key can go once their pages are deleted.",
    ),
    "document.key_unknown": ("该企业没有文件密钥。", "The tenant has no key for documents."),
    "document.too_many": (
        "该案件的文件数已达上限[（{most} 个）]。",
        "The case has as many documents as it may have[: {most}].",
    ),
}
