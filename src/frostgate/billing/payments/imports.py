"""Bank statements: uploaded, looked at, and then posted, all that can be or exactly the lines that were chosen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from frostgate.base.errors import Refused
from frostgate.base.model import Actor
from frostgate.base.money import Money
from frostgate.base.uow import Tx, UnitOfWork
from frostgate.billing.ledger import store as ledger
from frostgate.billing.ledger.errors import InFuture, LedgerClosed, ReferenceReused
from frostgate.billing.ledger.model import Position
from frostgate.billing.payments import store
from frostgate.billing.payments.errors import (
    Duplicate,
    ImportExpired,
    LineUnknown,
    LineUnusable,
    ReferenceRepeated,
    TenantAmbiguous,
    TenantUnmatched,
)
from frostgate.billing.payments.incoming import Incoming, check_currency, receive, will_pass
from frostgate.billing.payments.model import Import, LineState, StatementLine
from frostgate.billing.payments.statement import Columns, read_statement
from frostgate.directory.errors import TimeZoneUnknown
from frostgate.directory.model import Name
from frostgate.directory.store import get_tenant

FILE_MOST = 1024 * 1024  # bytes
KEPT = timedelta(days=1)  # how long a preview can be posted
AT_ONCE = 100  # lines of one transaction: between two, others get their turn

# What choosing a tenant by hand mends.
_NO_TENANT = frozenset((TenantUnmatched.code, TenantAmbiguous.code))
_INVOICE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9][A-Za-z0-9-]{0,62}-\d{4}-\d{5,9}(?![A-Za-z0-9])", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


class StatementFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bank statement as somebody uploads it; `content` is the file in Base64."""

    name: Name
    content: Annotated[bytes, msgspec.Meta(min_length=1, max_length=FILE_MOST)]
    columns: Columns = Columns()
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)] | None = None  # of lines that name none
    time_zone: str = "Asia/Shanghai"  # where the dates of the file hold


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line to be posted; `tenant_id` says whose it is, where the memo does not or is wrong."""

    number: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    tenant_id: Name | None = None


def upload(work: UnitOfWork, file: StatementFile, *, actor: Actor) -> Import:
    """Read a bank statement and keep it for a day, so that people look at it before anything is posted.

    Raises:
        FileUnreadable, ColumnsMissing, TooManyLines: it is no bank statement that we can read.
        CurrencyUnknown, TimeZoneUnknown
    """
    if file.currency is not None:
        Money(0, file.currency)
    try:
        zone = ZoneInfo(file.time_zone)
    except (ValueError, OSError, KeyError):  # it reads a file of that name, and says so in as many ways
        raise TimeZoneUnknown(pointer="/time_zone", time_zone=file.time_zone[:64]) from None
    read = read_statement(file.content, columns=file.columns, currency=file.currency, zone=zone)
    with work.begin(head_first=False) as tx:
        store.forget_imports(tx.connection, tx.now - KEPT)
        made = Import(
            id=tx.new_id(),
            name=file.name,
            encoding=read.encoding,
            delimiter=read.delimiter,
            columns=read.columns,
            uploaded_at=tx.now,
            uploaded_by=str(actor),
            expires_at=tx.now + KEPT,
        )
        store.add_import(tx.connection, made, [*_examined(tx, read.lines)])
    return made


def post(work: UnitOfWork, import_id: str, chosen: Sequence[Chosen] | None, *, actor: Actor) -> None:
    """Post the chosen lines, or every line without a problem.

    Lines are posted in small pieces, each whole. Cut off in the middle, the same command goes on where it stopped.

    Raises:
        ImportUnknown, ImportExpired
        LineUnknown, LineUnusable, TenantUnknown: of a chosen line; nothing was posted.
    """
    wanted = {each.number: each for each in chosen} if chosen is not None else None
    with work.look() as connection:
        made = store.get_import(connection, import_id)
        lines = store.list_lines(connection, import_id)
        if wanted is not None:
            lines = _as_chosen(connection, lines, wanted)
    numbers = [line.number for line in lines if wanted is not None or not line.problems]
    for start in range(0, len(numbers), AT_ONCE):
        piece = numbers[start : start + AT_ONCE]
        with work.begin() as tx:
            if tx.now >= made.expires_at:
                raise ImportExpired
            for line in store.list_lines(tx.connection, import_id, after=piece[0] - 1, until=piece[-1]):
                if line.number in piece and line.state is LineState.OPEN:
                    _post_line(tx, import_id, line, wanted, actor=actor)


def _as_chosen(
    connection: sa.Connection, lines: Sequence[StatementLine], wanted: Mapping[int, Chosen]
) -> list[StatementLine]:
    """The chosen lines, if each of them can be posted."""
    known = {line.number: line for line in lines}
    for number, choice in wanted.items():
        line = known.get(number)
        if line is None:
            raise LineUnknown(pointer="/lines", line=number)
        if choice.tenant_id is not None:
            get_tenant(connection, choice.tenant_id)
        if line.state is LineState.OPEN and (problems := _problems_of(line, choice)):
            raise LineUnusable(pointer="/lines", line=number, problem=", ".join(problems))
    return [known[number] for number in sorted(wanted)]


def _problems_of(line: StatementLine, choice: Chosen | None) -> list[str]:
    """What is left of a line's problems once somebody has said whose it is."""
    is_said = choice is not None and choice.tenant_id is not None
    return [code for code in line.problems if not (is_said and code in _NO_TENANT)]


def _post_line(
    tx: Tx, import_id: str, line: StatementLine, wanted: Mapping[int, Chosen] | None, *, actor: Actor
) -> None:
    """Post one line, or keep why it cannot be any more. The ledger refuses before it writes, so nothing is half."""
    choice = wanted.get(line.number) if wanted is not None else None
    tenant_id = (choice.tenant_id if choice is not None else None) or line.tenant_id
    assert tenant_id is not None, "BUG: a line that belongs to nobody"
    assert line.at is not None, "BUG: a line without a date"
    assert line.reference is not None, "BUG: a line without a reference"
    try:
        tenant_id = store.tenant_of_payment(tx.connection, line.reference, _money(line)) or tenant_id
        money = Incoming(
            reference=line.reference,
            amount=_money(line).minor,
            currency=_money(line).currency,
            at=line.at,
            memo=line.memo,
            source=f"import {import_id} line {line.number}",
            invoices=line.invoices,
        )
        posted = receive(tx, money, tenant_id=tenant_id, actor=actor)
    except Refused as refused:
        if will_pass(refused):
            raise
        store.save_line(tx.connection, import_id, msgspec.structs.replace(line, problems=(refused.code,)))
        return
    state = LineState.KNOWN if posted.repeated else LineState.POSTED
    done = msgspec.structs.replace(line, tenant_id=tenant_id, state=state, entry=posted.entry.seq, problems=())
    store.save_line(tx.connection, import_id, done)


def _money(line: StatementLine) -> Money:
    assert line.amount is not None, "BUG: a line without an amount"
    assert line.currency is not None, "BUG: a line without a currency"
    return Money(line.amount, line.currency)


def _examined(tx: Tx, lines: Sequence[StatementLine]) -> Iterator[StatementLine]:
    """The lines with whose they are, and with what the ledger would say of them."""
    numbers = {each.upper() for line in lines for each in _INVOICE.findall(line.memo)}
    bills = store.invoices_named(tx.connection, numbers)
    tenants = store.tenants_named(tx.connection, {each.lower() for line in lines for each in _WORD.findall(line.memo)})
    before: set[str] = set()
    for line in lines:
        problems = [*line.problems]
        named = [bills[each] for each in map(str.upper, _INVOICE.findall(line.memo)) if each in bills]
        owners = {tenant for tenant, _ in named}
        owners = owners or {each for each in map(str.lower, _WORD.findall(line.memo)) if each in tenants}
        if len(owners) != 1:
            problems.append((TenantAmbiguous if owners else TenantUnmatched).code)
        owner = next(iter(owners)) if len(owners) == 1 else None
        if line.reference is not None and line.reference in before:
            problems.append(ReferenceRepeated.code)
        before.add(line.reference or "")
        matched = msgspec.structs.replace(line, tenant_id=owner, invoices=tuple(invoice for _, invoice in named))
        problems += _foreseen(tx, matched)
        yield msgspec.structs.replace(matched, problems=tuple(problems))


def _foreseen(tx: Tx, line: StatementLine) -> Iterator[str]:
    """Why the ledger would not take a line, as far as can be told before."""
    if line.at is not None and line.at > tx.now:
        yield InFuture.code
    if line.amount is None or line.currency is None or line.reference is None:
        return
    money = _money(line)
    if store.tenant_of_payment(tx.connection, line.reference, money) is not None:
        yield Duplicate.code
        return
    if line.tenant_id is None:
        return
    if known := ledger.find_incoming(tx.connection, line.reference, tenant_id=line.tenant_id):
        same = Money(known.amount_on(Position.CASH), known.currency) == money
        yield (Duplicate if same else ReferenceReused).code
        return
    if ledger.get_ledger(tx.connection, line.tenant_id).closed_at is not None:
        yield LedgerClosed.code
    try:
        check_currency(tx.connection, money.currency, tenant_id=line.tenant_id)
    except Refused as refused:
        yield refused.code
