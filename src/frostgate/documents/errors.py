"""What documents refuse. The limits stand beside each sentence as parameters, so that people know what would do."""

from frostgate.base.errors import Conflict, NotFound, Refused


class DocumentEmpty(Refused):
    """The file has no content."""

    code = "document.empty"


class DocumentTooLarge(Refused):
    """The file has more bytes than we take."""

    code = "document.too_large"


class DocumentKindUnknown(Refused):
    """The content is none of the kinds that we take, whatever the file is called."""

    code = "document.kind_unknown"


class DocumentIsArchive(Refused):
    """An archive, or an office file, which is one: nothing is unpacked here."""

    code = "document.archive"


class DocumentBroken(Refused):
    """The file ends too early or is not in order, so it cannot be drawn whole."""

    code = "document.broken"


class DocumentLocked(Refused):
    """The PDF opens only with a password."""

    code = "document.locked"


class DocumentWithoutFonts(Refused):
    """The PDF does not carry the fonts of its text, so some of it would be missing from the picture."""

    code = "document.fonts_missing"


class DocumentTooSmall(Refused):
    """The picture is so small that nobody could read it."""

    code = "document.too_small"


class LicenceTooSmall(Refused):
    """The picture shows a licence so small that its letters cannot be told apart."""

    code = "document.licence_too_small"


class DocumentTooManyPixels(Refused):
    """The picture unfolds to more than we are willing to draw."""

    code = "document.too_many_pixels"


class DocumentTooManyPages(Refused):
    """The PDF has more pages than we take."""

    code = "document.too_many_pages"


class DocumentTooComplex(Refused):
    """Examining it took too much time or memory, or ended in the middle."""

    code = "document.too_complex"


class DocumentsBusy(Refused):
    """As many files are being examined as this machine takes at once; `retry_after` is in seconds."""

    code = "documents.busy"


class DocumentUnknown(NotFound):
    """There is no such document, or not for this reader."""

    code = "document.unknown"


class DocumentPageUnknown(NotFound):
    """The document has no page of this number."""

    code = "document.page_unknown"


class DocumentGone(Conflict):
    """The document's pages were deleted."""

    code = "document.deleted"


class DocumentsRemain(Conflict):
    """The tenant still has documents that its key opens; `count` of them."""

    code = "document.remain"


class DocumentKeyUnknown(NotFound):
    """The tenant has no key for documents: it never had one, or it was removed."""

    code = "document.key_unknown"


class DocumentsTooMany(Conflict):
    """The case has as many documents as one case may have."""

    code = "document.too_many"


# What the separate process may say of a file.
OF_FILES: dict[str, type[Refused]] = {
    each.code: each
    for each in (
        DocumentBroken,
        DocumentLocked,
        DocumentWithoutFonts,
        DocumentTooSmall,
        DocumentTooManyPixels,
        DocumentTooManyPages,
    )
}
