"""Bank statements over HTTP: looked at first, then posted, each line once, however often and by whichever way."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from payers import HEADINGS, Payers


def test_a_statement_is_looked_at_and_then_posted(payers: Payers) -> None:
    invoice = payers.invoice(100_000)
    made = payers.statement(
        f'2026-03-01,"1,000.00",人民币,付账单{invoice.number}款,B1',
        "2026/3/1,20.5,CNY,bolt 充值,B2",
    )
    assert (made["encoding"], made["delimiter"]) == ("utf-8", ",")
    assert made["columns"]["reference"] == ["流水号"]
    assert (made["lines"], made["ready_lines"], made["ready"], made["problems"]) == (2, 2, {"CNY": 102_050}, {})
    first, second = payers.lines(made)
    assert (first["tenant_id"], first["invoices"], first["amount"]) == ("acme", [invoice.id], 100_000)
    assert (second["tenant_id"], second["at"]) == ("bolt", "2026-02-28T16:00:00Z")
    assert payers.kinds() == ["invoice"]

    posted = payers.post(made)
    assert (posted["states"], posted["ready_lines"]) == ({"posted": 2}, 0)
    assert payers.open_of(invoice) == 0
    [entry] = payers.entries("bolt")
    assert (entry["reference"], entry["source"]) == ("B2", f"import {made['id']} line 3")
    assert payers.post(made)["states"] == {"posted": 2}
    assert (len(payers.entries()), len(payers.entries("bolt"))) == (2, 1)


def test_each_line_says_all_that_is_wrong_with_it(payers: Payers) -> None:
    payers.closes("bolt")
    made = payers.statement(
        "2026-13-01,abc,CNY,acme,B1",
        "2026-03-01,10.001,CNY,acme,B2",
        "2026-03-01,-10.00,CNY,acme,B3",
        "2026-03-01,10.00,XXX,acme,B4",
        "2026-03-01,10.00,,acme,B5",
        "2026-03-01,10.00,CNY,somebody,B6",
        "2026-03-01,10.00,CNY,acme or bolt,B7",
        "2026-03-01,10.00,CNY,acme,",
        "2026-03-09,10.00,CNY,acme,B9",
        "2026-03-01,10.00,CNY,bolt,B10",
        "2026-03-01,1.00,CNY,acme,B11",
        "2026-03-01,1.00,CNY,acme,B11",
        "2026-03-01,0,CNY,acme,B13",
        "03/04/2026,1.00,CNY,acme,B14",
        "2026-03-01,1.00",
    )
    assert payers.problems(made) == [
        ["payments.date_unreadable", "payments.amount_unreadable"],
        ["payments.amount_unreadable"],
        ["payments.not_incoming"],
        ["money.currency_unknown"],
        ["payments.currency_missing"],
        ["payments.tenant_unmatched"],
        ["payments.tenant_ambiguous"],
        ["payments.reference_missing"],
        ["billing.in_future"],
        ["billing.ledger_closed"],
        [],
        ["payments.reference_repeated"],
        ["billing.amount_unusable"],
        ["payments.date_unreadable"],
        [
            "payments.line_incomplete",
            "payments.currency_missing",
            "payments.reference_missing",
            "payments.tenant_unmatched",
        ],
    ]
    assert made["ready"] == {"CNY": 100}
    assert payers.post(made)["states"] == {"open": 14, "posted": 1}


def test_the_same_payment_by_webhook_and_in_the_bank_s_file_is_posted_once(payers: Payers) -> None:
    payers.told(payers.paid(500, payment="pi_3MtwBwLkdIwHu7ix"))
    waiting = "2026-03-01,7.00,CNY,STRIPE pi_4MtwBwLkdIwHu7ix acme,B2"
    made = payers.statement("2026-03-01,5.00,CNY,STRIPE pi_3MtwBwLkdIwHu7ix acme,B1", waiting)
    assert payers.problems(made) == [["payments.duplicate"], []]
    assert payers.post(made)["states"] == {"open": 1, "posted": 1}
    assert payers.told(payers.paid(700, payment="pi_4MtwBwLkdIwHu7ix"))["outcome"] == "known"
    assert payers.kinds() == ["payment", "payment"]


def test_an_earlier_import_and_the_payments_endpoint_are_known_again(payers: Payers) -> None:
    body = {"key": "k", "amount": 100, "currency": "CNY", "reference": "B1"}
    payers.ann.does("POST", "/v1/tenants/acme/billing/payments", json=body)
    payers.post(payers.statement("2026-03-01,2.00,CNY,acme,B2"))
    again = payers.statement(
        "2026-03-01,1.00,CNY,acme,B1",
        "2026-03-01,1.50,CNY,acme,B1",
        "2026-03-01,2.00,CNY,nobody at all,B2",
    )
    assert payers.problems(again) == [
        ["payments.duplicate"],
        ["payments.reference_repeated", "billing.reference_reused"],
        ["payments.tenant_unmatched", "payments.duplicate"],
    ]


def test_two_previews_of_one_file_post_it_once(payers: Payers) -> None:
    line = "2026-03-01,2.00,CNY,acme,B2"
    first, second = payers.statement(line), payers.statement(line)
    payers.post(first)
    assert payers.post(second, {"number": 2, "tenant_id": "bolt"})["states"] == {"known": 1}
    assert (payers.kinds(), payers.kinds("bolt")) == (["payment"], [])


def test_exactly_the_chosen_lines_are_posted(payers: Payers) -> None:
    made = payers.statement(
        "2026-03-01,1.00,CNY,acme,B1",
        "2026-03-01,2.00,CNY,acme,B2",
        "2026-03-01,3.00,CNY,somebody,B3",
        "2026-03-01,x,CNY,acme,B4",
    )
    path = f"/v1/billing/imports/{made['id']}/posting"

    def refused(*lines: Any) -> str:
        return payers.ann.is_refused("POST", path, json={"lines": [{"number": 2}, *lines]})

    assert refused({"number": 5}) == "payments.line_unusable"
    assert refused({"number": 5, "tenant_id": "acme"}) == "payments.line_unusable"
    assert refused({"number": 4}) == "payments.line_unusable"
    assert refused({"number": 4, "tenant_id": "nobody"}) == "tenant.unknown"
    assert refused({"number": 77}) == "payments.line_unknown"
    assert payers.entries() == []
    assert payers.post(made, 3, {"number": 4, "tenant_id": "bolt"})["states"] == {"open": 2, "posted": 2}
    assert [entry["reference"] for entry in payers.entries()] == ["B2"]
    assert [entry["reference"] for entry in payers.entries("bolt")] == ["B3"]


def test_a_ledger_that_was_closed_since_keeps_its_line_and_no_other(payers: Payers) -> None:
    made = payers.statement("2026-03-01,1.00,CNY,acme,B1", "2026-03-01,2.00,CNY,bolt,B2")
    payers.closes()
    posted = payers.post(made)
    assert (posted["states"], posted["problems"]) == ({"open": 1, "posted": 1}, {"billing.ledger_closed": 1})


def test_a_preview_expires(payers: Payers) -> None:
    made = payers.statement("2026-03-01,1.00,CNY,acme,B1")
    payers.world.clock.move(timedelta(days=1))
    payers.ann = payers.world.person("finance")
    path = f"/v1/billing/imports/{made['id']}"
    assert payers.ann.is_refused("POST", f"{path}/posting", json={}) == "payments.import_expired"
    payers.world.clock.move(timedelta(days=2))
    payers.ann = payers.world.person("finance")
    payers.statement("2026-03-01,1.00,CNY,acme,B1")
    assert payers.ann.is_refused("GET", path) == "payments.import_unknown"
    assert payers.entries() == []


@contextmanager
def cut_off(payers: Payers, *, after: int) -> Iterator[None]:
    """The program dies, as far as the request can see, when so many lines were saved."""
    left = [after]

    def die(*asked: Any) -> None:
        if asked[2].startswith("UPDATE bank_lines"):
            left[0] -= 1
            if left[0] < 0:
                raise KeyError("cut off")

    engine = payers.world.program.database.engine
    sa.event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", die)


@pytest.mark.parametrize("after", [7, 130])
def test_an_import_that_is_cut_off_goes_on_where_it_stopped(payers: Payers, after: int) -> None:
    made = payers.statement(*(f"2026-03-01,{number}.00,CNY,acme,B{number}" for number in range(1, 151)))
    with cut_off(payers, after=after):
        answer = payers.ann.asks("POST", f"/v1/billing/imports/{made['id']}/posting", json={})
    assert answer.status_code == 500
    whole = after // 100 * 100  # of the piece in which it died, nothing was posted
    assert len(payers.entries()) == whole
    assert payers.balance()["unapplied"] == sum(range(whole + 1)) * 100 if whole else True
    payers.world.restart()
    assert payers.post(made)["states"] == {"posted": 150}
    assert (len(payers.entries()), payers.balance()["unapplied"]) == (150, sum(range(151)) * 100)


def test_a_bank_s_own_form(payers: Payers) -> None:
    """GB18030, lines before the headings, tabs, credits and debits in columns, a line of sums at the end."""
    text = (
        "账号：\t6222 0000\r\n\r\n"
        "交易时间\t借方发生额\t贷方发生额（元）\t币种\t摘要\t附言\t交易流水号\r\n"
        "20260301 10:30:00\t\t１，０００．００\t人民币\t转账\t企业acme\t\t'9007199254740993\r\n"
    ).replace("\t\t'", "\t'")
    text += "20260301 11:00:00\t50.00\t\t人民币\t手续费\t\t'9007199254740994\r\n合计\t50.00\t1000.00\t\t\t\t\r\n"
    made = payers.uploads(text.encode("gb18030"))
    assert (made["encoding"], made["delimiter"], made["ready"]) == ("gb18030", "\t", {"CNY": 100_000})
    line, fee, total = payers.lines(made)
    assert (line["reference"], line["memo"], line["at"]) == (
        "9007199254740993",
        "转账 企业acme",
        "2026-03-01T02:30:00Z",
    )
    assert "payments.not_incoming" in [each["code"] for each in fee["problems"]]
    assert "payments.date_unreadable" in [each["code"] for each in total["problems"]]


def test_a_column_that_says_which_way_money_went(payers: Payers) -> None:
    text = "date;amount;dr/cr;memo;ref\n2026-03-01;1.00;CR;acme;1\n2026-03-01;2.00;DR;acme;2\n2026-03-01;4.00;;acme;3\n"
    made = payers.uploads(text, currency="EUR")
    assert (made["delimiter"], made["ready"]) == (";", {"EUR": 100})
    assert payers.problems(made) == [[], ["payments.not_incoming"], ["payments.not_incoming"]]


def test_columns_that_are_named_by_hand(payers: Payers) -> None:
    text = "Tag|Betrag|Zweck|Nummer\n2026-03-01|1.00|acme|N1\n"
    columns = {"date": "Tag", "amount": "Betrag", "memo": "Zweck", "reference": "Nummer"}
    body = {"name": "x", "content": base64.b64encode(text.encode()).decode(), "currency": "EUR"}
    answer = payers.ann.asks("POST", "/v1/billing/imports", json=body)
    assert (answer.json()["code"], answer.json()["params"]) == (
        "payments.columns_missing",
        {"columns": "date, amount, reference"},
    )
    assert payers.uploads(text, columns=columns, currency="EUR")["ready"] == {"EUR": 100}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": b"\xff\xff\xff"}, "payments.file_unreadable"),
        ({"content": b"a\x00b"}, "payments.file_unreadable"),
        ({"content": HEADINGS.encode() + b'\n2026-03-01,1.00,CNY,"acme,B1\n'}, "payments.file_unreadable"),
        ({"content": b"nothing here"}, "payments.columns_missing"),
        ({"content": HEADINGS.encode() + b"\nx,x,x,x,x" * 5001}, "payments.too_many_lines"),
        ({"content": b"x" * (1024 * 1024 + 1)}, "request.invalid"),
        ({"content": b"x" * (2 * 1024 * 1024)}, "request.too_large"),
        ({"content": b""}, "request.invalid"),
        ({"currency": "XXX"}, "money.currency_unknown"),
        ({"time_zone": "Mars/Olympus"}, "tenant.time_zone_unknown"),
        ({"colour": "red"}, "request.invalid"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(payers: Payers, body: Any, code: str) -> None:
    sent = {"name": "bank.csv", "content": (HEADINGS + "\n2026-03-01,1.00,CNY,acme,B1\n").encode(), **body}
    sent["content"] = base64.b64encode(sent["content"]).decode()
    assert payers.ann.is_refused("POST", "/v1/billing/imports", json=sent) == code


def test_only_finance_imports(payers: Payers) -> None:
    made = payers.statement("2026-03-01,1.00,CNY,acme,B1")
    path = f"/v1/billing/imports/{made['id']}"
    own = payers.world.boss().does(
        "POST", "/v1/tokens", json={"name": "own", "purpose": "api", "role": "owner", "tenant_id": "acme"}
    )
    headers = {"authorization": f"Bearer {own['secret']}"}
    assert payers.world.http.get(path, headers=headers).json()["code"] == "request.not_found"
    assert payers.world.http.get(f"{path}/lines", headers=headers).json()["code"] == "request.not_found"
    assert payers.world.http.post(f"{path}/posting", headers=headers, json={}).json()["code"] == "auth.forbidden"
    assert payers.world.reviewer().is_refused("POST", "/v1/billing/imports", json={}) == "auth.forbidden"
