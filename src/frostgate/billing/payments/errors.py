"""What is refused of money that comes: webhooks, what they tell, and bank statements."""

from frostgate.base.errors import Conflict, NotFound, Refused


class WebhooksClosed(NotFound):
    """No secret is set for this provider's webhooks, so none can be told from a forgery."""

    code = "payments.webhooks_closed"


class SignatureWrong(Refused):
    """The webhook is not signed with a secret of ours, or was changed on its way."""

    code = "payments.signature_wrong"


class SignatureOld(Refused):
    """The webhook is signed well, at a time too far from now: somebody may be sending it again."""

    code = "payments.signature_old"


class EventUnreadable(Refused):
    """The event is signed well and lacks what events of its type have; `problem` says what."""

    code = "payments.event_unreadable"


class TenantMissing(Refused):
    """The provider does not say whose money it is."""

    code = "payments.tenant_missing"


class CurrencyNotBilled(Conflict):
    """The tenant is not billed in this currency."""

    code = "payments.currency_not_billed"


class PaymentUnknown(Conflict):
    """What is to be given back or disputed was never posted."""

    code = "payments.payment_unknown"


class RefundUnplaceable(Conflict):
    """The money paid invoices, and only a part of it went back: people must say which invoice asks for less."""

    code = "payments.refund_unplaceable"


class NothingToDispute(Conflict):
    """The disputed money paid no invoice."""

    code = "payments.nothing_to_dispute"


class AdviceUnknown(NotFound):
    """There is no such advice."""

    code = "payments.advice_unknown"


class FileUnreadable(Refused):
    """The file is no CSV in UTF-8 or GB18030; `problem` says why."""

    code = "payments.file_unreadable"


class ColumnsMissing(Refused):
    """No line of the file names the columns that are needed (`columns`)."""

    code = "payments.columns_missing"


class TooManyLines(Refused):
    """The file has more lines than one import takes (`most`)."""

    code = "payments.too_many_lines"


class LineIncomplete(Refused):
    """The line ends before its last column, as where a file was cut off."""

    code = "payments.line_incomplete"


class DateUnreadable(Refused):
    """The date is none, or can be read in two ways."""

    code = "payments.date_unreadable"


class AmountUnreadable(Refused):
    """The amount is none, or is finer than its currency."""

    code = "payments.amount_unreadable"


class CurrencyMissing(Refused):
    """Neither the line nor the upload names a currency."""

    code = "payments.currency_missing"


class NotIncoming(Refused):
    """The money went out, or the line does not say which way it went."""

    code = "payments.not_incoming"


class ReferenceMissing(Refused):
    """The line has no reference, by which the same money would be known again."""

    code = "payments.reference_missing"


class ReferenceRepeated(Refused):
    """An earlier line of the same file has this reference."""

    code = "payments.reference_repeated"


class TenantUnmatched(Refused):
    """The memo names no invoice and no tenant."""

    code = "payments.tenant_unmatched"


class TenantAmbiguous(Refused):
    """The memo names several tenants."""

    code = "payments.tenant_ambiguous"


class Duplicate(Refused):
    """The same money was posted before."""

    code = "payments.duplicate"


class ImportUnknown(NotFound):
    """There is no such import, or its preview expired long ago."""

    code = "payments.import_unknown"


class ImportExpired(Conflict):
    """The preview is too old to be posted: what it shows may not be so any more."""

    code = "payments.import_expired"


class LineUnknown(Refused):
    """The import has no line of this number (`line`)."""

    code = "payments.line_unknown"


class LineUnusable(Conflict):
    """A chosen line has a problem (`line`, `problem`), so that none of the chosen was posted."""

    code = "payments.line_unusable"
