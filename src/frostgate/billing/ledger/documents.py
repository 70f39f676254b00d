"""Invoices, disputes and proposals in the database, and what is open of invoices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from frostgate.base.database import Utc, metadata
from frostgate.base.model import Actor
from frostgate.base.wire import to_json
from frostgate.billing.ledger.drafts import RefundDraft, WriteOffDraft
from frostgate.billing.ledger.errors import DisputeUnknown, InvoiceUnknown, ProposalUnknown
from frostgate.billing.ledger.model import Dispute, DisputeState, EntryKind, Invoice, InvoiceLine, OpenItem
from frostgate.billing.ledger.proposals import Proposal, ProposalState
from frostgate.billing.ledger.store import (
    ENTRY_OF_LINE,
    IS_GIVEN,
    IS_OPEN,
    ledger_balances,
    ledger_entries,
    ledger_lines,
)
from frostgate.directory.store import Bytewise, row_of, tenants
from frostgate.standing.model import Service

invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("issued_at", Utc, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("entry", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["tenant_id", "entry"], ["ledger_entries.tenant_id", "ledger_entries.seq"]),
    sa.UniqueConstraint("tenant_id", "year", "ordinal"),
    sa.UniqueConstraint("tenant_id", "entry"),
)
sa.Index("ix_invoices_tenant", invoices.c.tenant_id, invoices.c.id)

invoice_lines = sa.Table(
    "invoice_lines",
    metadata,
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("price", sa.BigInteger),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("prepaid", sa.Boolean, nullable=False),
    sa.Column("charged", sa.BigInteger, nullable=False),
    sa.Column("usage", sa.Text, nullable=False),
)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, nullable=False),
    sa.Column("invoice_id", sa.Text, sa.ForeignKey("invoices.id"), nullable=False, index=True),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Column("closed_by", sa.Text),
    sa.Column("answer", sa.Text),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_disputes_closed_at"),
    sa.CheckConstraint("amount > 0", name="ck_disputes_amount"),
)
sa.Index("ix_disputes_tenant", disputes.c.tenant_id, disputes.c.id)

proposals = sa.Table(
    "billing_proposals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant_id", Bytewise, sa.ForeignKey("ledgers.tenant_id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("draft", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("decision_reason", sa.Text),
    sa.Column("entry", sa.BigInteger),
    sa.UniqueConstraint("tenant_id", "key"),
    sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="ck_billing_proposals_decided_by"),
    sa.CheckConstraint("(state = 'approved') = (entry IS NOT NULL)", name="ck_billing_proposals_entry"),
    sa.CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="ck_billing_proposals_second_person"),
)
sa.Index("ix_billing_proposals_state", proposals.c.state, proposals.c.id)
sa.Index("ix_billing_proposals_tenant", proposals.c.tenant_id, proposals.c.id)

_READ_DRAFT: dict[EntryKind, Callable[[str], RefundDraft | WriteOffDraft]] = {
    EntryKind.REFUND: msgspec.json.Decoder(RefundDraft).decode,
    EntryKind.WRITE_OFF: msgspec.json.Decoder(WriteOffDraft).decode,
}
# Built once: every payment asks for what is open.
_OPEN = (
    sa.select(ledger_balances.c.amount, tenants.c.time_zone, invoices)
    .join(invoices, invoices.c.id == ledger_balances.c.item_id)
    .join(tenants, tenants.c.id == ledger_balances.c.tenant_id)
    .where(IS_OPEN)
    .order_by(ledger_balances.c.tenant_id, ledger_balances.c.item_id)
)
_DISPUTES_OF_OPEN = (
    sa.select(disputes)
    .join(ledger_balances, ledger_balances.c.item_id == disputes.c.invoice_id)
    .where(IS_OPEN, ledger_balances.c.tenant_id == disputes.c.tenant_id)
)
_usage = msgspec.json.Decoder(tuple[str, ...])


# Invoices


def next_ordinal(connection: sa.Connection, year: int, *, tenant_id: str) -> int:
    """Which number the tenant's next invoice of this year has; only while its ledger is held."""
    query = sa.select(sa.func.max(invoices.c.ordinal)).where(invoices.c.tenant_id == tenant_id, invoices.c.year == year)
    return (connection.execute(query).scalar_one() or 0) + 1


def add_invoice(connection: sa.Connection, invoice: Invoice) -> None:
    """Save an invoice with its lines; its entry is there already."""
    row = {name: getattr(invoice, name) for name in invoices.columns.keys()}  # noqa: SIM118 - a collection of columns
    connection.execute(invoices.insert(), row)
    lines = [
        {"invoice_id": invoice.id, "line": number, **row_of(line), "usage": to_json(line.usage)}
        for number, line in enumerate(invoice.lines)
    ]
    connection.execute(invoice_lines.insert(), lines)


def get_invoice(connection: sa.Connection, invoice_id: str, *, tenant_id: str) -> Invoice:
    """One invoice with its lines.

    Raises:
        InvoiceUnknown: the tenant has none of this id.
    """
    query = sa.select(invoices).where(invoices.c.id == invoice_id, invoices.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InvoiceUnknown
    return _with_lines(connection, [row])[0]


def list_invoices(connection: sa.Connection, *, tenant_id: str, after: str = "", limit: int = 100) -> list[Invoice]:
    """A tenant's invoices, in the order in which they were issued."""
    query = sa.select(invoices).where(invoices.c.tenant_id == tenant_id, invoices.c.id > after)
    return _with_lines(connection, connection.execute(query.order_by(invoices.c.id).limit(limit)).all())


def invoices_of_entries(connection: sa.Connection, first: int, last: int, *, tenant_id: str) -> dict[int, Invoice]:
    """The invoices that a tenant's entries from one number to another issued, by entry."""
    query = sa.select(invoices).where(
        invoices.c.tenant_id == tenant_id, invoices.c.entry >= first, invoices.c.entry <= last
    )
    return {each.entry: each for each in _with_lines(connection, connection.execute(query).all())}


def _with_lines(connection: sa.Connection, rows: Sequence[Any]) -> list[Invoice]:
    lines: dict[str, list[InvoiceLine]] = {row.id: [] for row in rows}
    query = sa.select(invoice_lines).where(invoice_lines.c.invoice_id.in_(lines))
    for row in connection.execute(query.order_by(invoice_lines.c.invoice_id, invoice_lines.c.line)):
        lines[row.invoice_id].append(
            InvoiceLine(
                service=Service(row.service),
                unit=row.unit,
                quantity=row.quantity,
                price=row.price,
                amount=row.amount,
                prepaid=row.prepaid,
                charged=row.charged,
                usage=_usage.decode(row.usage),
            )
        )
    return [Invoice(**row._mapping, lines=tuple(lines[row.id])) for row in rows]


@cache
def _open(*named: str) -> sa.Select[Any]:
    """What is open, of those who are named."""
    columns = {"tenant": "tenant_id", "money": "currency", "item": "item_id"}
    return _OPEN.where(*(ledger_balances.c[columns[name]] == sa.bindparam(name) for name in named))


def open_items(
    connection: sa.Connection, *, tenant_id: str | None, currency: str | None = None, only: str | None = None
) -> list[OpenItem]:
    """Invoices of which something is to be paid, with their disputes: of one tenant, or of all for finance operators.

    `only` is the id of one invoice.
    """
    asked = {"tenant": tenant_id, "money": currency, "item": only}
    named = {name: value for name, value in asked.items() if value is not None}
    rows = connection.execute(_open(*named), named).all()
    told = _disputes_of_open(connection, tenant_id=tenant_id) if rows else {}
    return [
        OpenItem(
            tenant_id=row.tenant_id,
            time_zone=row.time_zone,
            invoice_id=row.id,
            number=row.number,
            currency=row.currency,
            due_on=row.due_on,
            open=row.amount,
            disputes=tuple(told.get(row.id, ())),
        )
        for row in rows
    ]


def _disputes_of_open(connection: sa.Connection, *, tenant_id: str | None) -> dict[str, list[Dispute]]:
    """All disputes about invoices that are open, by invoice."""
    query = _DISPUTES_OF_OPEN
    if tenant_id is not None:
        query = query.where(disputes.c.tenant_id == tenant_id)
    found: dict[str, list[Dispute]] = {}
    for row in connection.execute(query):
        found.setdefault(row.invoice_id, []).append(_dispute(row))
    return found


# Disputes


def add_dispute(connection: sa.Connection, dispute: Dispute) -> None:
    """Save a new dispute."""
    connection.execute(disputes.insert(), _texts(dispute))


def save_dispute(connection: sa.Connection, dispute: Dispute) -> None:
    """Save how a dispute ended; what it is about stays as it is."""
    row = _texts(dispute)
    ended = {name: row[name] for name in ("state", "closed_at", "closed_by", "answer")}
    change = disputes.update().where(disputes.c.id == dispute.id, disputes.c.tenant_id == dispute.tenant_id)
    connection.execute(change.values(ended))


def get_dispute(connection: sa.Connection, dispute_id: str, *, tenant_id: str) -> Dispute:
    """One dispute.

    Raises:
        DisputeUnknown: the tenant has none of this id.
    """
    query = sa.select(disputes).where(disputes.c.id == dispute_id, disputes.c.tenant_id == tenant_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise DisputeUnknown
    return _dispute(row)


def list_disputes(
    connection: sa.Connection, *, tenant_id: str, invoice_id: str | None = None, after: str = "", limit: int = 200
) -> list[Dispute]:
    """A tenant's disputes, or those about one invoice, in the order in which they were opened."""
    query = sa.select(disputes).where(disputes.c.tenant_id == tenant_id, disputes.c.id > after)
    if invoice_id is not None:
        query = query.where(disputes.c.invoice_id == invoice_id)
    return [_dispute(row) for row in connection.execute(query.order_by(disputes.c.id).limit(limit))]


def disputed(connection: sa.Connection, invoice_id: str, *, tenant_id: str) -> int:
    """How much of an invoice is in dispute now."""
    query = sa.select(sa.func.coalesce(sa.func.sum(disputes.c.amount), 0)).where(
        disputes.c.tenant_id == tenant_id,
        disputes.c.invoice_id == invoice_id,
        disputes.c.state == DisputeState.OPEN.value,
    )
    return int(connection.execute(query).scalar_one())


# Proposals


def add_proposal(connection: sa.Connection, proposal: Proposal) -> None:
    """Save a new proposal."""
    connection.execute(proposals.insert(), {**_texts(proposal), "draft": to_json(proposal.draft)})


def save_proposal(connection: sa.Connection, proposal: Proposal) -> None:
    """Save what was decided about a proposal; what was proposed stays as it is."""
    row = _texts(proposal)
    decided = {name: row[name] for name in ("state", "decided_by", "decided_at", "decision_reason", "entry")}
    change = proposals.update().where(proposals.c.id == proposal.id, proposals.c.tenant_id == proposal.tenant_id)
    connection.execute(change.values(decided))


def get_proposal(connection: sa.Connection, proposal_id: str, *, tenant_id: str) -> Proposal:
    """One proposal.

    Raises:
        ProposalUnknown: the tenant has none of this id.
    """
    query = sa.select(proposals).where(proposals.c.id == proposal_id, proposals.c.tenant_id == tenant_id)
    found = [*_proposals(connection.execute(query))]
    if not found:
        raise ProposalUnknown
    return found[0]


def find_proposal(connection: sa.Connection, key: str, *, tenant_id: str) -> Proposal | None:
    """The proposal that has this key."""
    query = sa.select(proposals).where(proposals.c.tenant_id == tenant_id, proposals.c.key == key)
    return next(_proposals(connection.execute(query)), None)


def list_proposals(
    connection: sa.Connection,
    *,
    tenant_id: str | None,
    state: ProposalState | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Proposal]:
    """Proposals in the order in which they were made: of one tenant, or of all for finance operators."""
    query = sa.select(proposals).where(proposals.c.id > after)
    if tenant_id is not None:
        query = query.where(proposals.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(proposals.c.state == state.value)
    return [*_proposals(connection.execute(query.order_by(proposals.c.id).limit(limit)))]


def given_alone(connection: sa.Connection, since: datetime, *, tenant_id: str, currency: str) -> int:
    """How much was given away of a tenant's money since then that no second person approved."""
    approved = sa.exists().where(
        proposals.c.tenant_id == ledger_entries.c.tenant_id, proposals.c.entry == ledger_entries.c.seq
    )
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(ledger_lines.c.amount), 0))
        .join(ledger_entries, ENTRY_OF_LINE)
        .where(
            IS_GIVEN,
            ledger_entries.c.tenant_id == tenant_id,
            ledger_entries.c.posted_at > since,
            ledger_entries.c.currency == currency,
            ledger_lines.c.amount > 0,
            ~approved,
        )
    )
    return int(connection.execute(query).scalar_one())


# Rows and values


def _texts(value: msgspec.Struct) -> dict[str, Any]:
    """A value as a row, with its actors as text."""
    return {name: str(field) if isinstance(field, Actor) else field for name, field in row_of(value).items()}


def _actors(row: Any, *names: str) -> dict[str, Actor | None]:
    return {name: None if (text := getattr(row, name)) is None else Actor.parse(text) for name in names}


def _dispute(row: Any) -> Dispute:
    known = {**row._mapping, **_actors(row, "opened_by", "closed_by"), "state": DisputeState(row.state)}
    return Dispute(**known)


def _proposals(rows: Iterable[Any]) -> Iterator[Proposal]:
    for row in rows:
        kind = EntryKind(row.kind)
        draft = _READ_DRAFT[kind](row.draft)
        known = {**row._mapping, **_actors(row, "proposed_by", "decided_by"), "kind": kind, "draft": draft}
        yield Proposal(**{**known, "state": ProposalState(row.state)})
