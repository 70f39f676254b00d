"""Documents on the page of an appeal: added with the draft or with an answer, listed, taken back."""

import io

import pytest
from PIL import Image

from visitors import LI, Visits, frozen
from world import World


def picture(width: int = 1200, height: int = 900) -> bytes:
    """A picture that can be read."""
    kept = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(kept, "PNG")
    return kept.getvalue()


def test_a_document_is_kept_with_the_draft_and_seen_by_whoever_added_it(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    holder.presses("draft", statement="Half a", file=picture(), named="id.png", purpose="legal_representative_id")
    for said in ("Identity of the legal representative: id.png", "Half a"):
        assert said in holder.text

    contact = visits.of("security@acme.example").comes_in("security@acme.example")
    assert "id.png" not in contact.text
    assert "Half a" in contact.text  # it is one appeal, whoever of the two writes it

    holder.opens()
    assert holder.hands_in("Half an hour on a train.").status_code == 200
    assert "id.png" in holder.text
    assert [fact for fact in world.facts("acme") if fact.startswith("document.")] == ["document.kept"]


@pytest.mark.parametrize("body", [b"#!/bin/sh\necho no\n", b"PK\x03\x04" + b"x" * 100, picture(20, 20)])
def test_a_file_that_will_not_do_costs_nobody_their_words(world: World, visits: Visits, body: bytes) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    answer = holder.presses("handing-in", statement="Please.", file=body, named="licence.pdf", purpose="other")
    assert answer.is_client_error
    assert "Please." in holder.page.text
    assert 'role="alert"' in holder.page.text
    assert world.reviewer().sees("/v1/appeals")["items"] == []


def test_a_document_stays_where_the_rest_of_its_form_is_refused(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    assert holder.presses("handing-in", statement="", file=picture(), named="a.png").status_code == 422
    assert "Something else: a.png" in holder.text


def test_a_document_is_taken_back_until_the_appeal_is_handed_in(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    holder.presses("draft", statement="Look.", file=picture(), named="a.png")
    document = holder.page.text.partition('name="document" value="')[2].partition('"')[0]
    stranger = visits.of("security@acme.example").comes_in("security@acme.example")
    assert stranger.presses("removal", document=document).status_code == 404
    holder.hands_in("Look.")
    assert holder.presses("removal", document=document).status_code == 409
    holder.presses("withdrawal")
    holder.presses("removal", document=document)
    assert "a.png" not in holder.text


def test_an_answer_may_come_with_a_document(world: World, visits: Visits) -> None:
    frozen(world)
    holder = visits.of().comes_in(LI)
    holder.hands_in("Please.")
    rui = world.reviewer()
    [appeal] = rui.sees("/v1/appeals")["items"]
    rui.does("POST", f"/v1/appeals/{appeal['id']}/questions", json={"reason_code": "legal_rep_missing"})
    holder.opens()
    holder.presses("answer", words="Here it is.", file=picture(), named="id.png", purpose="legal_representative_id")
    assert "Identity of the legal representative: id.png" in holder.text
    assert rui.sees(f"/v1/appeals/{appeal['id']}")["appeal"]["state"] == "handed_in"


def test_nobody_examines_a_stranger_s_file(world: World, visits: Visits) -> None:
    frozen(world)
    stranger = visits.of()
    stranger.presses("handing-in", statement="let me in", file=b"not a picture", named="x.png")
    assert stranger.page.status_code == 409
    assert stranger.token == ""
