"""Cases over HTTP: the queue, the file, and decisions with their refusals."""

from typing import Any

from frostgate.directory.permissions import Role
from frostgate.standing.model import Cause, Kind

House = Any


def test_the_queue_is_oldest_first_and_comes_in_pages(house: House) -> None:
    ids = [house.hold(name).case_id for name in ("a", "b", "c")]
    with house.client() as client:
        first = client.get("/v1/cases", params={"limit": 2, "state": "open"}).json()
        rest = client.get("/v1/cases", params={"limit": 2, "state": "open", "after": first["next"]}).json()
        newest = client.get("/v1/cases", params={"order": "newest"}).json()
    assert [case["id"] for case in first["items"] + rest["items"]] == ids
    assert rest["next"] is None
    assert [case["id"] for case in newest["items"]] == ids[::-1]


def test_the_queue_is_narrowed_by_what_people_look_for(house: House) -> None:
    content = house.hold("a")
    login = house.hold("b", cause=Cause.ABNORMAL_LOGIN, kind=Kind.CHALLENGE)
    house.does("wang", "propose_ban", content.case_id)
    with house.client() as client:

        def found(**params: Any) -> list[str]:
            return [case["id"] for case in client.get("/v1/cases", params=params).json()["items"]]

        assert found(cause="abnormal_login") == [login.case_id]
        assert found(account="a") == [content.case_id]
        assert found(ban_pending=True) == [content.case_id]
        assert found(state="decided") == []
        assert found(kind="hold") == [content.case_id, login.case_id]
        assert client.get("/v1/cases", params={"state": "nonsense"}).status_code == 400


def test_a_reader_bound_to_one_tenant_sees_no_other(house: House) -> None:
    mine, other = house.hold(), house.hold(tenant_id="other")
    with house.client(tenant_id="acme") as client:
        assert [case["id"] for case in client.get("/v1/cases").json()["items"]] == [mine.case_id]
        assert client.get("/v1/cases", params={"tenant": "other"}).status_code == 404
        assert client.get(f"/v1/cases/{other.case_id}").json()["code"] == "case.unknown"
        assert client.post(f"/v1/cases/{other.case_id}/confirm", json={"reason": "x"}).status_code == 404


def test_the_file_shows_everything_and_the_journal_keeps_who_looked(house: House) -> None:
    hold = house.hold()
    with house.client() as client:
        file = client.get(f"/v1/cases/{hold.case_id}").json()
    assert file["case"]["id"] == hold.case_id
    assert file["hold"]["id"] == hold.id
    assert file["ban"] is None
    assert file["decision"] == {"decision": "d1", "tenant": "acme"}
    assert file["events"][0]["account"] == "li"
    assert [action["action"] for action in file["actions"]] == ["opened"]
    assert house.facts()[-1] == "case.read"


def test_who_reads_no_decisions_reads_none_in_a_case_either(house: House) -> None:
    hold = house.hold()
    with house.client(role=Role.CUSTOMER_SUCCESS) as client:
        assert client.get(f"/v1/cases/{hold.case_id}").json()["decision"] is None


def test_a_case_from_ban_to_release(house: House) -> None:
    hold = house.hold()
    at = f"/v1/cases/{hold.case_id}"
    with house.client("wang") as wang, house.client("zhao") as zhao, house.client("chen") as chen:
        assert wang.post(f"{at}/ban-proposal", json={"reason": "gambling, twice", "version": 1}).status_code == 200
        refused = wang.post(f"{at}/ban-approval", json={"reason": "and I agree"})
        assert (refused.status_code, refused.json()["code"]) == (403, "approval.second_person_needed")
        approved = zhao.post(f"{at}/ban-approval", json={"reason": "agreed"})
        assert approved.json()["outcome"] == "banned"
        assert chen.post(f"{at}/appeal-upheld", json={"reason": "it was a quote"}).json()["state"] == "open"
        assert chen.post(f"{at}/notes", json={"text": "called the holder"}).status_code == 201
        released = chen.post(f"{at}/release", json={"reason": "not his words", "finding": "mistake"})
        assert released.json()["outcome"] == "released"
        file = chen.get(at).json()
    assert [action["action"] for action in file["actions"]] == [
        "opened",
        "ban_proposed",
        "ban_approved",
        "appeal_upheld",
        "noted",
        "released",
    ]
    assert house.open_kinds() == set()


def test_what_is_missing_or_too_much_is_refused_with_its_code(house: House) -> None:
    hold = house.hold()
    at = f"/v1/cases/{hold.case_id}"
    with house.client() as client:
        assert client.post(f"{at}/confirm", json={"reason": " "}).json()["code"] == "case.reason_required"
        assert client.post(f"{at}/confirm", json={}).json()["code"] == "case.reason_required"
        assert client.post(f"{at}/release", json={"reason": "x"}).status_code == 400
        assert client.post(f"{at}/release", json={"reason": "x", "finding": "appeal_upheld"}).status_code == 400
        assert client.post(f"{at}/confirm", json={"reason": "x", "actor": "me"}).status_code == 400
        assert client.post(f"{at}/confirm", json={"reason": "x", "version": 9}).json()["code"] == "request.conflict"
        assert client.post("/v1/cases/none/confirm", json={"reason": "x"}).json()["code"] == "case.unknown"
    assert house.case(hold.case_id).version == 1
