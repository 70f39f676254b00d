"""What goes onto an invoice, and where each of its lines comes from. Pure values."""

import re
from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from frostgate.base.errors import Conflict, NotFound, Refused
from frostgate.billing.ledger.model import InvoiceLine
from frostgate.billing.pricing import rating
from frostgate.billing.pricing.model import Period
from frostgate.standing.model import Service

CHARGES = "charge"  # the unit of a line of single charges; its quantity counts them
_DAYS = re.compile(r"days:(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")
_ENTRIES = re.compile(r"entries:(\d+)/(\d+)")


class CurrencyNotOfPlan(Refused):
    """The tenant's plan bills in another currency, which `currency` names."""

    code = "invoicing.currency_not_of_plan"


class MonthNotEnded(Conflict):
    """The month goes on in the tenant's zone; `end` is the first day on which it can be billed."""

    code = "invoicing.month_not_ended"


class EarlierMonthOpen(Conflict):
    """`month` comes first: what is told late belongs to the first month that is not billed."""

    code = "invoicing.earlier_month_open"


class MonthBilled(Conflict):
    """The month is billed, and its invoice says what there was to pay."""

    code = "invoicing.month_billed"


class LineUnknown(NotFound):
    """The invoice has no line of this number."""

    code = "invoicing.line_unknown"


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant is to pay for a month, before anything is posted."""

    tenant_id: str
    period: Period
    currency: str
    due_on: date  # in the tenant's zone
    lines: tuple[InvoiceLine, ...]

    @property
    def total(self) -> int:
        """Everything that was used."""
        return sum(line.amount for line in self.lines)

    @property
    def due(self) -> int:
        """What is asked for: without what the prepaid balance pays."""
        return sum(line.amount for line in self.lines if not line.prepaid)

    @property
    def prepaid(self) -> dict[Service, int]:
        """What is to be taken from the prepaid balance, in minor units."""
        found: dict[Service, int] = {}
        for line in self.lines:
            if line.prepaid and line.amount:
                found[line.service] = found.get(line.service, 0) + line.amount
        return found


class LineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event behind a line of an invoice: usage has a quantity (messages, seconds, tokens), a charge an amount.

    `source` and `event_id` are those under which it was told; null where somebody posted the charge by hand.
    """

    id: str
    source: str | None
    event_id: str | None
    account_id: str | None
    at: datetime
    quantity: int | None
    amount: int | None


def usage_line(line: rating.Line) -> InvoiceLine:
    """A rated line as an invoice shows it."""
    prices = {part.price for part in line.parts}
    return InvoiceLine(
        service=line.service,
        unit=line.unit.value,
        quantity=line.quantity,
        price=prices.pop() if len(prices) == 1 else None,
        amount=line.amount.minor,
        prepaid=line.is_prepaid,
        usage=(f"days:{line.first.isoformat()}/{line.last.isoformat()}",),
    )


def charge_lines(sums: Iterable[tuple[Service, int, int]], first: int, last: int) -> tuple[InvoiceLine, ...]:
    """What was charged by (service, how often, minor units), in the entries of the ledger from `first` to `last`."""
    return tuple(
        InvoiceLine(
            service=service,
            unit=CHARGES,
            quantity=count,
            amount=amount,
            charged=amount,
            usage=(f"entries:{first}/{last}",),
        )
        for service, count, amount in sums
    )


def days_of(line: InvoiceLine) -> tuple[date, date] | None:
    """The first and the last day whose usage the line is for."""
    found = _DAYS.fullmatch("".join(line.usage))
    return None if found is None else (date.fromisoformat(found[1]), date.fromisoformat(found[2]))


def entries_of(line: InvoiceLine) -> tuple[int, int] | None:
    """The numbers of the first and the last entry among which the line's charges are."""
    found = _ENTRIES.fullmatch("".join(line.usage))
    return None if found is None else (int(found[1]), int(found[2]))
