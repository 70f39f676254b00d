"""What stands on a statement, in the reader's words. Pure."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from frostgate.base.model import Language
from frostgate.base.money import Money
from frostgate.base.sentences import PHRASES
from frostgate.base.texts import say, word
from frostgate.billing.ledger.model import EntryKind, Position
from frostgate.billing.statements.model import Balances, Kept, Part, Row, Statement

COLUMNS = (*Balances.__struct_fields__, "net")  # of amounts, in order


def amounts(balances: Balances, currency: str) -> list[Decimal]:
    """The amounts of a line, column by column, exact and with the currency's digits."""
    return [decimal(getattr(balances, name), currency) for name in COLUMNS]


def decimal(minor: int, currency: str) -> Decimal:
    """An amount in whole units, exact."""
    return Decimal(str(Money(minor, currency)).removesuffix(f" {currency}"))


def day_text(at: datetime, statement: Statement) -> str:
    """The day of an instant where the tenant is."""
    return at.astimezone(ZoneInfo(statement.time_zone)).date().isoformat()


def facts(kept: Kept, language: Language) -> list[tuple[str, str]]:
    """What is said of a statement as a whole: titles and values."""
    statement = kept.statement
    days = {"first": statement.first_day, "last": statement.last_day, "zone": statement.time_zone}
    entries = {"first": statement.first_entry, "last": statement.last_entry}
    is_empty = statement.last_entry < statement.first_entry
    made = statement.made_at.astimezone(ZoneInfo(statement.time_zone))
    values = {
        "number": statement.number,
        "tenant": f"{statement.tenant_name} ({statement.tenant_id})",
        "period": say("statement.days", language, **days),
        "entries": say("statement.no_entries" if is_empty else "statement.from_to", language, **entries),
        "made_at": f"{made:%Y-%m-%d %H:%M} ({statement.time_zone})",
        "answer_by": statement.answer_by.isoformat(),
        "digest": kept.digest,
    }
    return [(say(f"statement.{name}", language), value) for name, value in values.items()]


def notes(statement: Statement, language: Language) -> list[str]:
    """What a reader must know at the end."""
    path = f"/v1/tenants/{statement.tenant_id}/billing/statements/{statement.month}/lines/{{line}}/events?part={{part}}"
    return [
        say("statement.signs", language),
        say("statement.trace", language, path=path),
        say("statement.please", language, until=statement.answer_by),
    ]


def kind_text(kind: EntryKind, language: Language) -> str:
    """What sort of entry it is."""
    return say(f"statement.{kind.value}", language)


def unit_text(unit: str, language: Language) -> str:
    """What is counted; a unit of somebody else's keeps its name."""
    known = f"statement.unit.{unit}"
    return say(known, language) if known in PHRASES else unit


def row_texts(row: Row, language: Language) -> tuple[str, str]:
    """A row in words: what it is, and where it comes from."""
    what = kind_text(row.kind, language)
    if row.service is not None:
        place = "on_prepaid" if row.position is Position.PREPAID else "to_invoice"
        what = _joined(language, what, word(row.service, language), say(f"statement.{place}", language))
    elif row.invoice is not None:
        what = f"{what} {row.invoice}"
    several = {"entry": row.first_entry, "last": row.last_entry, "count": row.count}
    origin = [
        say("statement.entry" if row.count == 1 else "statement.entry_range", language, **several),
        *(
            say(f"statement.{name}", language, value=value)
            for name in ("reverses", "reference", "source")
            if (value := getattr(row, name)) is not None
        ),
        *([row.memo] if row.memo else []),
    ]
    return what, _joined(language, *origin)


def part_texts(part: Part, currency: str, language: Language) -> tuple[str, str]:
    """A part of a row in words: what it is, and where it comes from."""
    amount = f"{decimal(part.amount, currency):,}"
    if part.invoice is not None:
        return _joined(language, part.invoice, amount), ""
    assert part.service is not None, "BUG: a part of an invoice without a service"
    counted = f"{part.quantity:,} {unit_text(part.unit or '', language)}"
    prepaid = [say("statement.is_prepaid", language)] if part.prepaid else []
    what = _joined(language, word(part.service, language), counted, amount, *prepaid)
    return what, origin_text(part, language)


def origin_text(part: Part, language: Language) -> str:
    """What a part of an invoice comes from."""
    for name, between in (("days_of", part.days), ("entries_of", part.entries)):
        if between is not None:
            return say(f"statement.{name}", language, first=between[0], last=between[1])
    return say("statement.source", language, value=_joined(language, *part.usage)) if part.usage else ""


def _joined(language: Language, *texts: str) -> str:
    return ("，" if language is Language.ZH else ", ").join(texts)
