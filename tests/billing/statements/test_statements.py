"""A statement is made once, adds up, goes back to its events, and is answered by its tenant until a date."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from stated import APRIL, MARCH, MAY, Stated, a_month, asked

from frostgate.base.errors import Conflict
from frostgate.base.model import SYSTEM
from frostgate.billing.invoicing.service import bill_month
from frostgate.billing.pricing.model import Unit, Usage
from frostgate.billing.pricing.service import record_usage
from world import World

NOTHING = {"receivable": 0, "unbilled": 0, "prepaid": 0, "unapplied": 0, "net": 0}


def test_a_statement_says_what_came_and_what_is_there(stated: Stated) -> None:
    a_month(stated)
    stated.world.clock.move_to(APRIL)
    made = stated.makes("2026-03")
    [balance] = stated.admin.sees(f"{stated.path}/balance")["balances"]
    [section] = made["sections"]
    assert (section["opening"], section["currency"], section["lines"]) == (NOTHING, "CNY", 7)
    closing = {"receivable": 0, "unbilled": 0, "prepaid": -430, "unapplied": -200, "net": -630}
    assert section["closing"] == closing
    assert (balance["prepaid"], balance["unapplied"], balance["unbilled"]) == (430, 200, 0)
    totals = {each["kind"]: each["changes"]["net"] for each in section["totals"]}
    assert totals == {"charge": 580, "invoice": 1000, "payment": -1700, "credit_note": -10, "top_up": -500}
    assert (made["number"], made["state"]) == (f"S-{stated.tenant.id.upper()}-2026-03", "open")
    assert (made["first_entry"], made["last_entry"], made["answer_by"]) == (1, 11, "2026-05-05")


def test_every_line_says_where_it_comes_from(stated: Stated) -> None:
    invoice = a_month(stated)
    stated.world.clock.move_to(APRIL)
    stated.makes("2026-03")
    voice, prepaid, top_up, billed, first, credit, _ = stated.lines("2026-03")
    assert (voice["kind"], voice["count"], voice["service"], voice["position"]) == ("charge", 5, "voice", "unbilled")
    assert (prepaid["count"], prepaid["position"], top_up["reference"]) == (1, "prepaid", "WX-1")
    assert [(part["service"], part["amount"]) for part in billed["parts"]] == [
        ("messaging", 1000),
        ("voice", 510),
        ("messaging", 40),
    ]
    assert (billed["invoice_id"], billed["changes"]) == (invoice, {"receivable": 1510, "unbilled": -510})
    assert (first["reference"], first["memo"], first["at"]) == ("BANK-1", "first part", "2026-02-27T09:00:00Z")
    assert [(part["invoice_id"], part["amount"]) for part in first["parts"]] == [(invoice, -800)]
    assert credit["memo"] == "counted twice"
    path = f"{stated.path}/statements/2026-03/lines"
    page = stated.admin.sees(f"{path}/{voice['line']}/events", limit=3)
    rest = stated.admin.sees(f"{path}/{voice['line']}/events", limit=3, after=page["next"])
    told = page["items"] + rest["items"]
    assert [(each["source"], each["amount"]) for each in told] == [(f"/im e{n}", 100 + n) for n in range(5)]
    assert rest["next"] is None
    [alone] = stated.admin.sees(f"{path}/{first['line']}/events")["items"]
    assert (alone["entry"], alone["id"], alone["reference"]) == (first["first_entry"], first["entry_id"], "BANK-1")
    some = stated.admin.sees(path, limit=3)
    assert [each["row"]["line"] for each in stated.admin.sees(path, after=some["next"])["items"]] == [4, 5, 6, 7]
    assert stated.admin.is_refused("GET", f"{path}/99/events") == "statement.line_unknown"
    assert stated.admin.is_refused("GET", f"{path}/4/events", params={"part": 9}) == "statement.line_unknown"


def test_a_part_of_an_invoice_goes_back_to_the_events_that_used_something(stated: Stated) -> None:
    boss, tenant = stated.world.boss(), stated.tenant
    rates = [{"unit": "message", "tiers": [{"price": 5_000_000}]}]
    prices = {"series": "standard", "currency": "CNY", "valid_from": "2026-01-01", "rates": rates}
    boss.does("POST", "/v1/billing/price-lists", json=prices)
    plan = boss.does("POST", "/v1/billing/plans", json={"name": "Standard", "currency": "CNY", "prices": "standard"})
    assigned = {"plan": plan["number"], "from_day": "2026-03-01"}
    boss.does("PUT", f"{tenant.path}/billing-plans", json=assigned)
    with stated.world.program.uow.begin() as tx:
        for number in range(3):
            known = {"tenant_id": tenant.id, "source": "/im", "account_id": "li", "unit": Unit.MESSAGE}
            at = datetime(2026, 3, 2, 3, tzinfo=UTC)
            record_usage(tx, Usage(event_id=f"u{number}", quantity=10, at=at, **known))
    stated.world.clock.move_to(APRIL)
    with stated.world.program.uow.begin() as tx:
        bill_month(tx, date(2026, 3, 1), tenant_id=tenant.id, actor=SYSTEM)
    stated.world.clock.move_to(MAY)
    stated.makes("2026-04")
    [row] = [each for each in stated.lines("2026-04") if each["kind"] == "invoice"]
    assert row["parts"][0]["days"] == ["2026-03-01", "2026-03-31"]
    events = stated.admin.sees(f"{stated.path}/statements/2026-04/lines/{row['line']}/events", part=1)
    assert [(each["event_id"], each["quantity"]) for each in events["items"]] == [("u0", 10), ("u1", 10), ("u2", 10)]


def test_months_follow_each_other_and_each_is_made_once(stated: Stated) -> None:
    a_month(stated)
    stated.world.clock.move_to(APRIL)
    stated.charge(33)
    stated.charge(5000, currency="JPY")
    late = {"amount": 100, "currency": "CNY", "reference": "LATE", "at": "2026-03-30T00:00:00Z"}
    stated.posts("payments", **late)
    stated.world.clock.move_to(MAY)
    april = stated.makes("2026-04")
    march = stated.admin.sees(f"{stated.path}/statements/2026-03")
    cny, jpy = april["sections"]
    assert (cny["opening"], jpy["opening"]) == (march["sections"][0]["closing"], NOTHING)
    assert (cny["closing"]["net"], jpy["closing"]["unbilled"]) == (-630 + 33 - 100, 5000)
    assert (march["last_entry"] + 1, april["last_entry"]) == (april["first_entry"], april["first_entry"] + 2)
    assert "LATE" in {row.get("reference") for row in stated.lines("2026-04")}
    assert stated.ann.does("POST", f"{stated.path}/statements", json={"month": "2026-03"}) == {
        "statement": march,
        "repeated": True,
    }
    newest = stated.admin.sees(f"{stated.path}/statements", limit=1)
    assert ([each["month"] for each in newest["items"]], newest["next"]) == (["2026-04"], "2026-04")
    assert stated.admin.sees(f"{stated.path}/statements", before="2026-04")["items"] == [march]
    assert [each for each in stated.world.facts(stated.tenant.id) if "statement" in each] == [
        "billing.statement_made",
        "billing.statement_made",
    ]


def test_a_month_without_anything_is_stated_too(stated: Stated) -> None:
    a_month(stated)
    stated.world.clock.move_to(MAY)
    april = stated.makes("2026-04")
    assert april["sections"][0]["opening"] == april["sections"][0]["closing"]
    assert april["last_entry"] == april["first_entry"] - 1
    assert stated.file("2026-04", "pdf").startswith(b"%PDF")


def test_a_month_ends_where_the_tenant_is(world: World) -> None:
    """In Auckland it is April already when it is noon of 31 March in London."""
    stated = Stated(world, time_zone="Pacific/Auckland")
    world.clock.move_to(datetime(2026, 3, 31, 10, tzinfo=UTC))
    stated.charge(1)
    assert refused(stated, "2026-03") == "statement.month_not_over"
    world.clock.move_to(datetime(2026, 3, 31, 11, 30, tzinfo=UTC))
    stated.charge(2)
    assert stated.makes("2026-03")["sections"][0]["closing"]["unbilled"] == 1


def refused(stated: Stated, month: str) -> str:
    return stated.ann.is_refused("POST", f"{stated.path}/statements", json={"month": month})


def test_what_cannot_be_stated_is_refused(stated: Stated) -> None:
    assert refused(stated, "2026-02") == "statement.nothing_posted"
    a_month(stated)
    assert refused(stated, "2026-02") == "statement.nothing_posted"
    assert refused(stated, "2026-03") == "statement.month_not_over"
    for month in ("2026-13", "9999999", "1999-01", "２０２６-03"):
        assert refused(stated, month) == "statement.month_unusable"
    assert refused(stated, "2026-3") == "request.invalid"
    assert stated.admin.is_refused("GET", f"{stated.path}/statements/2026-03") == "statement.unknown"
    assert stated.admin.is_refused("GET", f"{stated.path}/statements/soon/pdf") == "statement.month_unusable"
    assert stated.admin.is_refused("GET", f"{stated.path}/statements?before=soon") == "statement.month_unusable"
    assert stated.ann.is_refused("GET", "/v1/tenants/nobody/billing/statements") == "tenant.unknown"


def test_a_tenant_confirms_or_disputes_and_nobody_in_its_name(stated: Stated) -> None:
    invoice = a_month(stated)
    stated.world.clock.move_to(APRIL)
    stated.makes("2026-03")
    path = f"{stated.path}/statements/2026-03"
    said = {"line": 4, "part": 1, "amount": 300, "reason": "we sent fewer"}
    assert stated.ann.is_refused("POST", f"{path}/disputes", json=said) == "auth.forbidden"
    assert stated.ann.is_refused("POST", f"{path}/confirmation") == "auth.forbidden"
    answer = stated.admin.does("POST", f"{path}/disputes", json=said)
    assert stated.admin.does("POST", f"{path}/disputes", json=said) == answer
    [dispute] = stated.ann.sees(f"{stated.path}/disputes")["items"]
    assert (dispute["id"], dispute["invoice_id"], dispute["amount"]) == (answer["dispute_id"], invoice, 300)
    assert (dispute["reason"], dispute["state"]) == ("we sent fewer", "open")
    whole = stated.admin.does("POST", f"{path}/disputes", json={"line": 4, "part": 2, "reason": "not ours"})
    disputes = stated.ann.sees(f"{stated.path}/disputes")["items"]
    assert [each["amount"] for each in disputes if each["id"] == whole["dispute_id"]] == [510]
    assert stated.ann.sees(path)["state"] == "disputed"
    confirmed = stated.admin.does("POST", f"{path}/confirmation")
    assert stated.admin.does("POST", f"{path}/confirmation") == confirmed
    seen = stated.ann.sees(path)
    assert (seen["state"], [each["kind"] for each in seen["answers"]]) == (
        "confirmed",
        ["disputed", "disputed", "confirmed"],
    )
    again = {"line": 4, "part": 1, "amount": 1, "reason": "and this"}
    assert stated.admin.is_refused("POST", f"{path}/disputes", json=again) == "statement.confirmed_already"
    assert [each for each in stated.world.facts(stated.tenant.id) if each.startswith("billing.statement_")] == [
        "billing.statement_made",
        "billing.statement_line_disputed",
        "billing.statement_line_disputed",
        "billing.statement_confirmed",
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"line": 1}, "statement.not_disputable"),  # charges
        ({"line": 5}, "statement.not_disputable"),  # a payment
        ({"part": 3}, "statement.not_disputable"),  # paid from the prepaid balance
        ({"line": 99}, "statement.line_unknown"),
        ({"part": 99}, "statement.line_unknown"),
        ({"amount": 1001}, "billing.more_than_billed"),
        ({"amount": 0}, "request.invalid"),
        ({"reason": ""}, "request.invalid"),
    ],
)
def test_what_cannot_be_disputed_opens_nothing(march: Stated, change: dict[str, object], code: str) -> None:
    said = {"line": 4, "part": 1, "reason": "no", **change}
    if "line" in change:
        del said["part"]
    assert march.admin.is_refused("POST", f"{march.path}/statements/2026-03/disputes", json=said) == code
    assert march.ann.sees(f"{march.path}/disputes")["items"] == []


@pytest.fixture(scope="module")
def march(shared: World) -> Stated:
    """A tenant whose March is stated."""
    built = Stated(shared)
    a_month(built)
    shared.clock.move_to(APRIL)
    built.makes("2026-03")
    return built


def test_answers_are_taken_until_a_date(stated: Stated) -> None:
    stated.world.clock.move_to(MARCH)
    stated.invoice(asked(100))
    stated.world.clock.move_to(APRIL)
    stated.makes("2026-03")
    path = f"{stated.path}/statements/2026-03"
    last_moment = datetime(2026, 5, 5, 15, 59, 59, tzinfo=UTC)  # Beijing is eight hours ahead
    stated.world.clock.move_to(last_moment)
    assert stated.admin.sees(path)["state"] == "open"
    stated.admin.does("POST", f"{path}/disputes", json={"line": 1, "amount": 1, "reason": "just in time"})
    stated.world.clock.move_to(last_moment + timedelta(seconds=1))
    said = {"line": 1, "amount": 2, "reason": "too late"}
    assert stated.admin.is_refused("POST", f"{path}/disputes", json=said) == "statement.answered_too_late"
    assert stated.admin.is_refused("POST", f"{path}/confirmation") == "statement.answered_too_late"
    stated.charge(1)
    stated.makes("2026-04")
    stated.world.clock.move_to(datetime(2026, 7, 1, tzinfo=UTC))
    assert stated.admin.sees(f"{stated.path}/statements/2026-04")["state"] == "unanswered"


def test_a_tenant_sees_its_own_statements_only(stated: Stated) -> None:
    a_month(stated)
    stated.world.clock.move_to(APRIL)
    stated.makes("2026-03")
    neighbour = stated.world.tenant("bolt").token("api", role="owner")
    path = f"{stated.path}/statements"
    for rest in ("", "/2026-03", "/2026-03/lines", "/2026-03/lines/1/events", "/2026-03/pdf", "/2026-03/csv"):
        assert neighbour.is_refused("GET", path + rest) == "request.not_found"
    assert neighbour.is_refused("POST", f"{path}/2026-03/confirmation") == "request.not_found"
    assert stated.admin.is_refused("POST", path, json={"month": "2026-03"}) == "auth.forbidden"
    assert stated.world.reviewer().is_refused("GET", path) == "auth.forbidden"


@pytest.mark.parametrize("table", ["statements", "statement_answers"])
@pytest.mark.parametrize("what", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"])
def test_nobody_edits_a_statement(stated: Stated, table: str, what: str) -> None:
    a_month(stated)
    stated.world.clock.move_to(APRIL)
    stated.makes("2026-03")
    stated.admin.does("POST", f"{stated.path}/statements/2026-03/confirmation")
    with pytest.raises(Conflict) as refusal, stated.world.program.database.write() as connection:
        connection.execute(sa.text(what.format(table)))
    assert "never edited" in str(refusal.value.__cause__)


def test_the_server_states_each_month_where_it_has_ended(world: World) -> None:
    """Shanghai's March ends sixteen hours before Honolulu's; whoever began in April has nothing to state yet."""
    shanghai = Stated(world)
    honolulu, young = Stated(world, time_zone="Pacific/Honolulu"), Stated(world)
    background = world.server.application.background
    world.clock.move_to(MARCH)
    shanghai.charge(100)
    honolulu.charge(200)
    assert background.state_months() == 0

    world.clock.move_to(datetime(2026, 3, 31, 18, tzinfo=UTC))
    young.charge(300)
    assert [background.state_months() for _ in range(2)] == [1, 0]
    assert shanghai.months() == ["2026-03"]
    assert (honolulu.months(), young.months()) == ([], [])

    world.clock.move_to(datetime(2026, 4, 1, 11, tzinfo=UTC))
    assert background.state_months() == 1
    assert honolulu.months() == ["2026-03"]

    world.clock.move_to(datetime(2026, 6, 1, 11, tzinfo=UTC))
    assert background.state_months() == 3, "a server that was off for a month states the months that it missed"
    assert (shanghai.months(), young.months()) == (["2026-05", "2026-04", "2026-03"], ["2026-05", "2026-04"])
