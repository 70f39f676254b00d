"""A licence in an appeal: read by machine, compared with the record, shown to the reviewer, decided by a person."""

import io
from typing import Any

import pytest
from PIL import Image

from licences import CODE, NAME, PERSON, Licence, drawn, photo, stamped, worn
from servers import wait_until
from visitors import LI, Visitor, Visits, frozen
from world import Json, Person, World

pytestmark = pytest.mark.slow

READING = 120.0  # seconds: it runs at low priority, beside other tests
REGISTERED = {"name": NAME, "code": CODE, "legal_representative": PERSON}


def blank() -> bytes:
    """A page without a letter on it."""
    kept = io.BytesIO()
    Image.new("RGB", (1200, 900), "white").save(kept, "PNG")
    return kept.getvalue()


def recorded(world: World, **changes: Any) -> None:
    world.boss().does("PUT", "/v1/tenants/acme/registration", json={**REGISTERED, **changes})


def appealed(visits: Visits, file: bytes) -> Visitor:
    holder = visits.of().comes_in(LI)
    sent = holder.hands_in("It was me.", file=file, named="licence.jpg", purpose="business_licence")
    assert sent.status_code == 200, holder.text
    return holder


def the_appeal(person: Person) -> Json:
    return person.sees("/v1/appeals")["items"][-1]


def papers(person: Person) -> list[Json]:
    return person.sees(f"/v1/cases/{the_appeal(person)['case']}/documents")


def read(world: World, person: Person) -> Json:
    """What was read of the newest licence, once it was."""
    document = papers(person)[-1]["id"]
    wait_until(lambda: papers(person)[-1]["licence"]["state"] != "waiting", within=READING)
    return person.sees(f"/v1/documents/{document}/licence")


def test_a_licence_is_read_compared_asked_for_again_and_decided_by_a_person(world: World, visits: Visits) -> None:
    li = frozen(world)
    recorded(world, legal_representative="陈晓")
    holder = appealed(visits, blank())
    rui = world.reviewer()

    found = read(world, rui)

    assert (found["state"], found["fields"], found["proposes"]) == ("unreadable", [], [])
    assert "the case goes on all the same" in found["says"]["en"][0]
    path = f"/v1/appeals/{the_appeal(rui)['id']}"
    rui.does("POST", f"{path}/questions", json={"reason_code": "licence_unreadable", "document": papers(rui)[0]["id"]})
    page = photo(worn(stamped(drawn())))
    assert holder.presses("answer", words="", file=page, named="licence.jpg", purpose="business_licence").is_success

    found = read(world, rui)

    fields = {each["field"]: (each["read"], each["on_record"], each["verdict"]) for each in found["fields"]}
    assert fields["code"] == (CODE, CODE, "same")
    assert fields["name"] == (NAME, NAME, "same")
    assert fields["legal_representative"] == (PERSON, "陈晓", "different")
    assert (found["code_is_right"], found["is_another_company"]) == (True, False)
    assert (found["summary"], found["proposes"]) == ("differs", ["legal_rep_differs"])
    assert found["more"]["established"] == "2001年09月12日"
    assert any("legal representative is different" in said for said in found["says"]["en"])
    paper = papers(rui)[-1]
    assert (paper["licence"]["summary"], PERSON in str(paper)) == ("differs", False)
    told = [entry for entry in world.journal("acme") if entry.fact.startswith("licence.")]
    assert [entry.fact for entry in told] == [
        "licence.unreadable",
        "licence.viewed",
        "licence.read",
        "licence.viewed",
    ]
    assert not any(PERSON in entry.body for entry in told)

    holder.opens()
    assert "陈晓" not in holder.page.text  # what is on record is not for whoever holds a link
    rui.does("POST", f"{path}/questions", json={"reason_code": found["proposes"][0], "document": paper["id"]})
    holder.opens()
    assert holder.text.count("The legal representative on the licence is not the one on record") >= 2
    assert 'name="purpose" value="business_licence"' in holder.page.text
    assert holder.presses("answer", words="").status_code == 422
    right = photo(drawn(Licence(person="陈晓")))
    assert holder.presses("answer", words="", file=right, named="new.jpg", purpose="business_licence").is_success
    assert "people are looking at it" in holder.text

    assert (read(world, rui)["summary"], read(world, rui)["proposes"]) == ("agrees", [])
    assert the_appeal(rui)["state"] == "handed_in"  # nothing decided itself
    rui.does("POST", f"{path}/decision", json={"outcome": "upheld", "reason": "the licence is that of the tenant"})
    assert li.is_free()
    world.boss().does("DELETE", f"/v1/documents/{paper['id']}")
    assert rui.is_refused("GET", f"/v1/documents/{paper['id']}/licence") == "licence.unknown"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "at least 900 pixels on its longer side"), ("zh-CN", "长边不少于 900 像素")]
)
def test_a_picture_too_small_is_answered_at_once(world: World, visits: Visits, lang: str, said: str) -> None:
    frozen(world, language=lang)
    holder = visits.of(lang=lang).comes_in(LI)
    small = photo(drawn(), longer=880)
    refused = holder.presses("handing-in", statement="Me.", file=small, named="a.jpg", purpose="business_licence")
    assert (refused.status_code, said in holder.text) == (422, True)
    assert holder.presses("handing-in", statement="Me.", file=small, named="a.jpg", purpose="other").status_code == 200


def test_a_refused_document_is_named_and_asked_for_again(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    letter = photo(drawn().resize((1000, 706)))
    holder.hands_in("Me.", file=letter, named="letter.jpg", purpose="authorisation_letter")
    rui = world.reviewer()
    path, [paper] = f"/v1/appeals/{the_appeal(rui)['id']}", papers(rui)
    kind = {"reason_code": "wrong_kind"}
    assert rui.is_refused("POST", f"{path}/questions", json=kind) == "appeal.document_unnamed"
    assert rui.is_refused("POST", f"{path}/questions", json={**kind, "document": "x"}) == "document.unknown"

    rui.does("POST", f"{path}/questions", json={**kind, "document": paper["id"]})

    assert rui.sees(path)["said"][0]["document"] == paper["id"]
    holder.opens()
    assert "Letter of authorisation: a PNG, JPEG" in holder.text
    same = holder.presses("answer", words="", file=letter, named="again.jpg", purpose="authorisation_letter")
    assert (same.status_code, "The very same file" in holder.text) == (422, True)
    other = photo(drawn().resize((999, 706)))
    assert holder.presses("answer", words="", file=other, named="b.jpg", purpose="authorisation_letter").is_success
    assert [each["licence"] for each in papers(rui)] == [None, None]
