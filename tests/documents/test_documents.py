"""Documents over HTTP: what is taken is redrawn and sealed, what is not has its own refusal, and pages end."""

import io
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from papers import SONG, archive, pdf, pdf_with_script, photo_with_place, picture
from PIL import Image

from frostgate.base.errors import Refused
from frostgate.config import Papers
from frostgate.documents import store
from frostgate.documents.examining import Examiner
from frostgate.documents.service import delete_due
from servers import Databases, wait_until
from world import Person, World


def case_of(world: World, tenant: str = "acme") -> Any:
    li = world.tenant(tenant).account("li")
    li.travels_too_fast()
    return world.reviewer().case_of(li)


def attach(person: Person, case: Any, body: bytes, *, name: str = "a.bin", purpose: str = "attachment") -> Any:
    path = f"/v1/cases/{case['id']}/documents"
    return person.does("POST", path, content=body, params={"name": name, "purpose": purpose})


def pages_kept(world: World) -> list[bytes]:
    with world.program.uow.look() as connection:
        return list(connection.execute(sa.select(store.document_pages.c.sealed)).scalars())


def test_a_photo_is_redrawn_sealed_and_shown_with_a_mark(world: World) -> None:
    case, rui = case_of(world), world.reviewer()

    kept = attach(rui, case, photo_with_place(), name="C:\\papers\\lic\u202eence.pdf", purpose="other")

    assert (kept["name"], kept["kind"], kept["pages"]) == ("licence.pdf", "jpeg", 1)
    [sealed] = pages_kept(world)
    assert not any(word in sealed for word in (b"JFIF", b"Exif", b"SpyCam", b"secret"))
    shown = rui.asks("GET", f"/v1/documents/{kept['id']}/pages/1")
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/png", "no-store")
    assert not any(word in shown.content for word in (b"Exif", b"SpyCam", b"secret", b"eXIf", b"tEXt"))
    page = Image.open(io.BytesIO(shown.content))
    assert page.size == (400, 640)  # the camera lay on its side
    assert len(page.getcolors(1 << 20) or ()) > 20  # a plain red picture, and the mark on it
    told = [fact for fact in world.facts("acme") if fact.startswith("document.")]
    assert told == ["document.kept", "document.viewed"]
    assert rui.sees(f"/v1/cases/{case['id']}/documents") == [kept]


def test_what_hides_in_a_file_is_not_in_the_picture(world: World) -> None:
    for body in (pdf_with_script(), pdf(2), picture(kind="JPEG") + archive()[:200], picture(kind="WEBP", mode="RGB")):
        for page in Examiner().examine(body, name="").pages:
            drawn = Image.open(io.BytesIO(page.body))
            assert drawn.format == "JPEG"
            assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert not any(word in page.body for word in (b"JavaScript", b"owned", b"PK\x03\x04"))


BAD = {
    "document.empty": b"",
    "document.too_large": b"%PDF-" + bytes(10 * 1024 * 1024),
    "document.kind_unknown": b"<html><script>alert(1)</script>",
    "document.archive": archive(),
    "document.broken": picture(1200, 900, kind="JPEG")[:-2000],
    "document.locked": pdf(encrypt="secret"),
    "document.fonts_missing": pdf(words="营业执照", font=SONG),
    "document.too_small": picture(20, 20),
    "document.too_many_pixels": picture(20_000, 20_000, mode="1"),
    "document.too_many_pages": pdf(300),
}


def test_each_bad_file_has_a_refusal_of_its_own_and_leaves_nothing(world: World) -> None:
    case, rui = case_of(world), world.reviewer()
    path = f"/v1/cases/{case['id']}/documents"
    found = {code: rui.is_refused("POST", path, content=body, params={"name": "a.pdf"}) for code, body in BAD.items()}
    assert found == {code: code for code in BAD}
    assert rui.sees(path) == []
    assert pages_kept(world) == []


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7 nonsense", b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF0000WEBP"]
)
def test_a_file_that_only_begins_well_is_broken(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        Examiner().examine(body, name="")
    assert refused.value.code == "document.broken"


def test_a_process_that_takes_too_long_is_ended(world: World) -> None:
    with pytest.raises(Refused) as refused:
        Examiner(patience=0.001).examine(picture(), name="")
    assert refused.value.code == "document.too_complex"


def children() -> set[int]:
    """The processes that this one has started."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for each in found for pid in each.read_text().split()}


def test_a_killed_process_is_a_refusal_and_others_wait_or_are_told_to(world: World) -> None:
    examiner, before = Examiner(at_once=1, wait=0.0), children()
    with ThreadPoolExecutor() as threads:
        first = threads.submit(examiner.examine, picture(7000, 7000), name="")
        wait_until(lambda: bool(children() - before))
        with pytest.raises(Refused) as busy:
            examiner.examine(picture(), name="")
        for child in children() - before:
            os.kill(child, signal.SIGKILL)
        error = first.exception()
    assert (busy.value.code, busy.value.params) == ("documents.busy", {"retry_after": 10})
    assert isinstance(error, Refused)
    assert error.code == "document.too_complex"
    assert examiner.examine(picture(), name="").pages


def test_the_same_file_is_seen_again(world: World) -> None:
    acme, rui, boss = world.tenant(), world.reviewer(), world.boss()
    li, wang, chen = acme.account("li"), acme.account("wang"), world.tenant("bolt").account("chen")
    for account in (li, wang, chen):
        boss.places(account)
    one, other, foreign = (rui.case_of(account) for account in (li, wang, chen))
    first = attach(rui, one, picture())
    assert (first["other_cases"], first["other_tenants"]) == (0, False)
    assert attach(rui, one, picture())["id"] == first["id"]

    attach(rui, foreign, picture())
    last = attach(rui, other, picture())

    assert (last["other_cases"], last["other_tenants"]) == (2, True)
    assert "bolt" not in str(last)
    assert one["id"] not in str(last)
    own = acme.token("api", role="superintendent").sees(f"/v1/cases/{one['id']}/documents")
    assert [(each["other_cases"], each["other_tenants"]) for each in own] == [(1, None)]


def test_pages_end_after_the_decision_and_never_stay_for_ever(world: World) -> None:
    case, rui = case_of(world), world.reviewer()
    kept = attach(rui, case, picture(), name="zhang.png")
    rui.releases(case)
    program = world.program

    world.clock.move(timedelta(days=89))
    assert delete_due(program.uow, documents=program.documents) == 0
    world.clock.move(timedelta(days=1))
    assert delete_due(program.uow, documents=program.documents) == 1

    assert pages_kept(world) == []
    rui = world.reviewer()
    [line] = rui.sees(f"/v1/cases/{case['id']}/documents")
    assert (line["digest"], line["name"], line["deletion"]) == (kept["digest"], "", "due")
    assert rui.is_refused("GET", f"/v1/documents/{kept['id']}/pages/1") == "document.deleted"
    [told] = [entry for entry in world.journal("acme") if entry.fact == "document.deleted"]
    assert kept["digest"] in told.body


def test_no_file_is_kept_for_longer_than_the_settings_say(
    backend: str, database_url: str, databases: Databases
) -> None:
    """Also where its case is open still, and where it was decided a moment ago."""
    kept_for = Papers(keep_days_at_most=30, keep_days_after_decision=20)
    world = World(database_url, databases.secrets[backend], documents=kept_for)
    try:
        waits, decided = case_of(world), case_of(world, "bolt")
        rui = world.reviewer()
        one, other = attach(rui, waits, picture()), attach(rui, decided, picture(400, 320))
        program = world.program
        world.clock.move(timedelta(days=29))
        world.reviewer().releases(decided)
        assert delete_due(program.uow, documents=program.documents) == 0
        assert world.reviewer().asks("GET", f"/v1/documents/{one['id']}/pages/1").status_code == 200

        world.clock.move(timedelta(days=1))
        assert delete_due(program.uow, documents=program.documents) == 2

        assert pages_kept(world) == []
        rui = world.reviewer()
        for case, document in ((waits, one), (decided, other)):
            [line] = rui.sees(f"/v1/cases/{case['id']}/documents")
            assert (line["deletion"], line["name"]) == ("due", "")
            assert rui.is_refused("GET", f"/v1/documents/{document['id']}/pages/1") == "document.deleted"
        assert rui.reads(waits)["case"]["state"] == "open"
    finally:
        world.close()


def test_a_lead_removes_and_a_reviewer_does_not(world: World) -> None:
    case, rui = case_of(world), world.reviewer()
    path = f"/v1/documents/{attach(rui, case, picture())['id']}"
    assert rui.is_refused("DELETE", path) == "auth.forbidden"
    world.boss().does("DELETE", path)
    assert pages_kept(world) == []
    assert world.boss().is_refused("DELETE", path) == "document.deleted"
    assert rui.is_refused("GET", f"{path}x/pages/1") == "document.unknown"


def test_without_its_tenants_key_a_page_is_noise(world: World) -> None:
    case, rui = case_of(world), world.reviewer()
    kept = attach(rui, case, picture())
    assert rui.is_refused("GET", f"/v1/documents/{kept['id']}/pages/2") == "document.page_unknown"
    with world.program.database.write() as connection:
        connection.execute(store.document_keys.delete())
    answer = rui.asks("GET", f"/v1/documents/{kept['id']}/pages/1")
    assert (answer.status_code, answer.json()["code"]) == (500, "vault.secret_unreadable")
