"""Notes: colleagues who are named in one are told of it, and papers stay among staff."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from frostgate.cases.notes.model import addresses_in
from servers import email_of
from visitors import Visits
from world import Caller, Tenant, World

Json = Any


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant()


def ident(person: Caller) -> str:
    found: str = person.sees("/v1/session")["operator"]["id"]
    return found


def frozen(tenant: Tenant, name: str = "li") -> Json:
    account = tenant.account(name)
    account.travels_too_fast()
    return tenant.world.boss().case_of(account)


def picture(colour: str = "white") -> bytes:
    kept = BytesIO()
    Image.new("RGB", (400, 400), colour).save(kept, "PNG")
    return kept.getvalue()


def test_addresses_are_found_where_they_are_meant() -> None:
    text = "请@Rui@Frostgate.example看一下，(@lead@frostgate.example). Mail li@acme.example; @nobody"
    assert addresses_in(text) == ("rui@frostgate.example", "lead@frostgate.example")


def test_whoever_is_mentioned_gets_a_mail_without_evidence_and_sees_it_at_the_desk(world: World, acme: Tenant) -> None:
    case, rui, lead = frozen(acme), world.reviewer(), world.person("lead")
    text = f"The phone of Li is in Frankfurt, @{email_of('lead')} please look"
    rui.does("POST", f"/v1/cases/{case['id']}/notes", json={"text": text, "mentions": [ident(lead), ident(rui)]})
    (mail,) = world.mails_to(email_of("lead"))
    assert case["id"] in mail.text
    assert f"{world.server.address}/v1/cases/{case['id']}" in mail.text
    assert not any(word in mail.text for word in ("Frankfurt", "Li ", "please look", "91.65"))
    (mention,) = lead.sees("/v1/desk/mentions")["items"]
    assert (mention["case"], mention["by"]) == (case["id"], f"operator:{ident(rui)}")
    assert rui.sees("/v1/desk/mentions")["items"] == []  # nobody is told of their own words
    note = rui.reads(case)["actions"][-1]
    assert (note["reason"], note["mentions"]) == (text, [ident(lead)])
    assert not [entry for entry in world.journal() if "Frankfurt" in entry.body]


def test_nobody_is_mentioned_who_may_not_read_the_case(world: World, acme: Tenant) -> None:
    case, rui, boss = frozen(acme), world.reviewer(), world.boss()
    notes = f"/v1/cases/{case['id']}/notes"
    finance = next(each for each in boss.sees("/v1/operators")["items"] if each["role"] == "finance")
    for body, pointer in (
        ({"text": "@nobody@frostgate.example look"}, "/text"),
        ({"text": f"@{finance['email']} look"}, "/text"),
        ({"text": "look", "mentions": ["nobody"]}, "/mentions/0"),
        ({"text": "look", "mentions": [ident(boss), finance["id"]]}, "/mentions/1"),
    ):
        answer = rui.asks("POST", notes, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "note.mention_unknown")
        assert answer.json()["pointer"] == pointer
    assert [line["action"] for line in rui.reads(case)["actions"]] == ["opened"]
    assert boss.sees("/v1/desk/mentions")["items"] == []


def test_papers_of_a_note_are_of_this_case_and_of_staff_and_never_the_holders(world: World, acme: Tenant) -> None:
    case, other, rui = frozen(acme), frozen(acme, "wang"), world.reviewer()
    path = f"/v1/cases/{case['id']}"
    paper = rui.does("POST", f"{path}/documents", params={"name": "log.png"}, content=picture())
    rui.does("POST", f"{path}/notes", json={"text": "the log", "attachments": [paper["id"]]})
    assert rui.reads(case)["actions"][-1]["attachments"] == [paper["id"]]
    assert rui.asks("GET", f"/v1/documents/{paper['id']}/pages/1").headers["content-type"] == "image/png"

    payment = rui.does("POST", f"{path}/documents", params={"purpose": "proof_of_payment"}, content=picture("red"))
    elsewhere = rui.does("POST", f"/v1/cases/{other['id']}/documents", content=picture("blue"))
    for document_id in (payment["id"], elsewhere["id"], "nothing"):
        body = {"text": "the log", "attachments": [document_id]}
        assert rui.is_refused("POST", f"{path}/notes", json=body) == "note.attachment_unknown"

    visits = Visits(world)
    page = visits.of(f"li@{acme.id}.example").comes_in(f"li@{acme.id}.example").text
    assert "log.png" not in page
    assert "the log" not in page
    visits.close()
