"""Bad input gets a clear error with a stable code, nothing is lost, and nothing is half done."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from frostgate.base.statuses import STATUS
from frostgate.events.store import events
from world import Account, Json, World

# The server need not read the rest of a body that it refuses, and then the connection cannot be used again.
CLOSE = {"connection": "close"}

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture(scope="module")
def li(shared: World) -> Account:
    return shared.tenant("acme").account("li")


def counted(world: World) -> tuple[int, int]:
    """How much is kept: events and journal entries, but for notices that are on their way meanwhile."""
    with world.program.uow.look() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
    return rows, len([fact for fact in world.facts() if fact != "notice.sent"])


def post(account: Account, content: Any, kind: str = STRUCTURED, **headers: str) -> Any:
    body = {"json": content} if isinstance(content, dict | list) else {"content": content}
    return account.tenant.sender.asks("POST", "/v1/events", headers={"content-type": kind, **headers}, **body)


def changed(event: Json, **changes: Any) -> Json:
    """The event with attributes replaced, or removed where they are None; `data_x` changes `x` of the data."""
    event = {**event, "data": dict(event["data"])}
    for key, value in changes.items():
        place, name = (event["data"] if key.startswith("data_") else event), key.removeprefix("data_")
        place.pop(name, None)
        if value is not None:
            place[name] = value
    return event


WHOLE = [
    (b"", STRUCTURED, "request.malformed"),
    (b"{", STRUCTURED, "request.malformed"),
    (b"\xff\xff", STRUCTURED, "request.malformed"),
    (b'{"data":' + b"[" * 100_000, STRUCTURED, "request.malformed"),
    (b"{}", BATCH, "request.malformed"),
    (b"[1, {", BATCH, "request.malformed"),
    (b"\xff", BATCH, "request.malformed"),
    (b"[" * 100_000, BATCH, "request.malformed"),
    (b"null", STRUCTURED, "event.data_invalid"),
    (b"[]", STRUCTURED, "event.data_invalid"),
    (b'"hello"', STRUCTURED, "event.data_invalid"),
    (b"{}", "text/plain", "request.media_type"),
    (b"{}", "application/json", "request.media_type"),
    (b"{}", "application/xml", "request.media_type"),
    (b"{}", "", "request.media_type"),
]


@pytest.mark.parametrize(("content", "kind", "code"), WHOLE)
def test_a_request_that_cannot_be_read(shared: World, li: Account, content: bytes, kind: str, code: str) -> None:
    before = counted(shared)
    answer = post(li, content, kind)
    assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)
    assert counted(shared) == before


ONE = [
    ({"specversion": "0.3"}, "event.data_invalid", "/specversion"),
    ({"specversion": None}, "event.data_invalid", None),
    ({"id": None}, "event.data_invalid", None),
    ({"id": ""}, "event.data_invalid", "/id"),
    ({"id": 7}, "event.data_invalid", "/id"),
    ({"id": "x" * 513}, "event.data_invalid", "/id"),
    ({"source": ""}, "event.data_invalid", "/source"),
    ({"type": "io.frostgate.dance"}, "event.type_unknown", "/type"),
    ({"type": "com.example.login"}, "event.type_unknown", "/type"),
    ({"time": "yesterday"}, "event.data_invalid", "/time"),
    ({"time": "2026-03-02T04:00:00"}, "event.data_invalid", "/time"),
    ({"time": "2026-03-02T04:05:01Z"}, "event.time_in_future", "/time"),
    ({"time": "9999-12-31T23:59:59Z"}, "event.time_in_future", "/time"),
    ({"time": "2026-02-20T04:00:00Z"}, "event.too_old", "/time"),
    ({"time": "0001-01-01T00:00:00Z"}, "event.too_old", "/time"),
    ({"tenant": "bolt"}, "event.tenant_mismatch", "/tenant"),
    ({"tenant": ""}, "event.data_invalid", "/tenant"),
    ({"data": "text"}, "event.data_invalid", "/data"),
    ({"data": {}}, "event.data_invalid", "/data"),
    ({"data_account": ""}, "event.data_invalid", "/data/account"),
    ({"data_account": 1}, "event.data_invalid", "/data/account"),
    ({"data_account": "x" * 257}, "event.data_invalid", "/data/account"),
    ({"data_outcome": "maybe"}, "event.data_invalid", "/data/outcome"),
    ({"data_ip": None}, "event.data_invalid", "/data"),
    ({"data_ip": "999.1.1.1"}, "event.data_invalid", "/data/ip"),
    ({"data_ip": "1.2.3"}, "event.data_invalid", "/data/ip"),
    ({"data_ip": "fe80::1%eth0"}, "event.data_invalid", "/data/ip"),
    ({"data_ip": "beijing"}, "event.data_invalid", "/data/ip"),
    ({"data_second_factor": "yes"}, "event.data_invalid", "/data/second_factor"),
    ({"data_mood": "good"}, "event.data_invalid", "/data"),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), ONE)
def test_an_event_with_a_wrong_value(shared: World, li: Account, changes: Json, code: str, pointer: str | None) -> None:
    before, event = counted(shared), changed(li.login(), **changes)

    answer = post(li, event)
    assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)
    if pointer is not None:
        assert answer.json()["pointer"] == pointer
    assert counted(shared) == before

    # In a batch it is refused by itself, at its place, and its neighbours are taken.
    good, other = li.login(), li.login()
    answers = post(li, [good, event, other], BATCH).json()
    assert [each.get("verdict", each.get("code")) for each in answers] == ["allow", code, "allow"]
    assert [answers[0]["id"], answers[2]["id"]] == [good["id"], other["id"]]
    assert counted(shared)[0] == before[0] + 2


@pytest.mark.parametrize(
    ("language", "words"), [("en", " choices: failure, success."), ("zh-CN", "，可选值：failure, success。")]
)
def test_a_word_that_is_not_on_the_list_is_answered_with_the_list(li: Account, language: str, words: str) -> None:
    event = changed(li.login(), data_outcome="maybe")
    headers = {"content-type": "application/cloudevents+json", "accept-language": language}
    answer = li.tenant.sender.asks("POST", "/v1/events", json=event, headers=headers).json()
    assert answer["detail"].endswith(words)
    assert answer["params"]["problem"] == "Invalid enum value 'maybe', not one of failure, success"


@pytest.mark.parametrize("ip", ["2001:da8::1", "::1", "fe80::1", "10.0.0.1", "127.0.0.1", "240.0.0.1", "0.0.0.0"])
def test_an_address_without_a_place_is_judged_without_one(li: Account, ip: str) -> None:
    """Private, reserved and IPv6 addresses are as good as others; what cannot be located freezes nobody."""
    wang = li.tenant.account(f"at-{ip.replace(':', '-')}")
    assert wang.signs_in(from_="Beijing")["verdict"] == "allow"
    wang.world.clock.move(timedelta(seconds=1))
    assert wang.signs_in(from_=ip)["verdict"] == "allow"
    assert wang.signs_in(from_=ip, device="new")["verdict"] == "allow"  # the network around it is known by now
    assert wang.is_free()


def test_times_at_the_very_edge_are_taken(li: Account) -> None:
    now = li.world.clock.now()
    for at in (now + timedelta(minutes=5), now - timedelta(days=7)):
        assert li.signs_in(at=at)["verdict"] == "allow"


def test_a_sender_without_a_clock_is_judged_by_ours(li: Account) -> None:
    event = changed(li.login(), time=None)
    first = post(li, event).json()
    li.world.clock.move(timedelta(seconds=1))
    assert post(li, event).json() == {**first, "repeated": True}


def test_too_many_events(shared: World, li: Account) -> None:
    before = counted(shared)
    answer = post(li, [{}] * 10_001, BATCH)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert counted(shared) == before


def test_an_oversize_body(shared: World, li: Account) -> None:
    before = counted(shared)
    answer = post(li, b" " * (16 * 1024 * 1024 + 1), connection="close")
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert counted(shared) == before


def test_an_oversize_body_on_the_calmer_roads(shared: World) -> None:
    for path in ("/v1/tenants", "/access/v1/evaluation"):
        answer = shared.boss().asks("POST", path, content=b'{"id":"' + b"x" * 3_000_000 + b'"}', headers=CLOSE)
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_an_empty_batch_is_an_empty_answer(li: Account) -> None:
    assert post(li, [], BATCH).json() == []


def test_one_id_for_two_contents_in_one_batch(shared: World, li: Account) -> None:
    before = counted(shared)
    event = li.login(named="twice")
    answers = post(li, [event, event, changed(event, data_device="other")], BATCH).json()
    assert answers[0]["verdict"] == "allow"
    assert answers[1] == {**answers[0], "repeated": True}
    assert answers[2]["code"] == "event.id_reused"
    assert counted(shared)[0] == before[0] + 1


def test_an_unknown_tenant(shared: World, li: Account) -> None:
    issued = shared.boss().does("POST", "/v1/tokens", json={"name": "hub", "purpose": "ingest"})
    headers = {"authorization": f"Bearer {issued['secret']}", "content-type": STRUCTURED}
    before = counted(shared)
    for changes, code in (({}, "event.tenant_missing"), ({"tenant": "nobody"}, "tenant.unknown")):
        answer = shared.http.post("/v1/events", json=changed(li.login(), **changes), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (STATUS[code], code)
    assert counted(shared) == before
    answer = shared.http.post("/v1/events", json=changed(li.login(), tenant="acme"), headers=headers)
    assert answer.json()["verdict"] == "allow"


def test_accounts_that_nobody_registered(shared: World) -> None:
    strict = shared.tenant("strict", unknown_accounts="refuse")
    known, unknown = strict.account("known"), strict.stranger("unknown")
    answers = post(known, [known.login(), unknown.login(), known.login()], BATCH).json()
    assert [each.get("verdict", each.get("code")) for each in answers] == ["allow", "account.unknown", "allow"]
    assert strict.sends(unknown.login()).status_code == 404

    shared.boss().does("PATCH", strict.path, json={"unknown_accounts": "admit"})
    assert strict.sends(unknown.login()).json()["verdict"] == "allow"


def test_strangers_stay_refused_while_the_store_is_followed(shared: World) -> None:
    strict = shared.tenant("guarded", unknown_accounts="refuse")
    for _ in range(3):
        assert strict.sends(strict.stranger("nobody").login()).json()["code"] == "account.unknown"
        shared.program.follow()


def test_text_that_is_no_utf_8_is_refused_and_the_rest_of_its_batch_is_not(li: Account) -> None:
    good, bad = json.dumps(li.login()).encode(), json.dumps(li.login(device="DEVICE")).encode()
    content = b"[" + b",".join([good, bad.replace(b"DEVICE", b"\xff\xfe")]) + b"]"
    answers = post(li, content, BATCH).json()
    assert [each.get("verdict", each.get("code")) for each in answers] == ["allow", "event.data_invalid"]


def test_a_freeze_registers_an_account_that_nobody_did(shared: World) -> None:
    stranger = shared.tenant("open").stranger("who")
    assert stranger.travels_too_fast()["verdict"] == "freeze"
    assert shared.boss().sees(stranger.path)["id"] == "who"


# Binary mode: attributes in headers, data in the body.


def binary(account: Account, event: Json, content: bytes | None = None, **headers: str) -> Any:
    attributes = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
    given = {"content-type": "application/json", **attributes, **{k.replace("_", "-"): v for k, v in headers.items()}}
    given = {name: value for name, value in given.items() if value != "absent"}
    body = json.dumps(event["data"]).encode() if content is None else content
    return account.tenant.sender.asks("POST", "/v1/events", headers=given, content=body)


def test_binary_mode_says_the_same(li: Account) -> None:
    event = li.login()
    assert binary(li, event).json()["verdict"] == "allow"
    assert post(li, event).json()["repeated"] is True


@pytest.mark.parametrize(
    ("headers", "content", "code"),
    [
        ({"ce_specversion": "absent"}, None, "request.media_type"),
        ({"ce_specversion": "2.0"}, None, "event.data_invalid"),
        ({"ce_id": "absent"}, None, "event.data_invalid"),
        ({"ce_source": "absent"}, None, "event.data_invalid"),
        ({"ce_type": "absent"}, None, "event.data_invalid"),
        ({"ce_type": "io.frostgate.dance"}, None, "event.type_unknown"),
        ({"ce_time": "soon"}, None, "event.data_invalid"),
        ({"ce_id": "%FF"}, None, "allow"),
        ({"content_type": "text/xml"}, None, "request.media_type"),
        ({}, b"", "event.data_invalid"),
        ({}, b"{", "event.data_invalid"),
        ({}, b"\xff", "event.data_invalid"),
        ({}, b"[]", "event.data_invalid"),
    ],
)
def test_binary_mode_with_bad_headers(
    shared: World, li: Account, headers: dict[str, str], content: bytes | None, code: str
) -> None:
    before = counted(shared)
    answer = binary(li, li.login(), content, **headers)
    assert answer.json().get("verdict", answer.json().get("code")) == code, answer.text
    if code != "allow":
        assert answer.status_code == STATUS[code]
        assert counted(shared) == before


NASTY = {
    "NUL": "\\u0000",
    "half a pair": "\\ud800",
    "right to left": "\u202e",
    "beyond the plane": "𝕏🎉",
    "bell": "\\u0007",
}


@pytest.mark.parametrize("where", ["id", "source", "account", "device"])
def test_text_that_no_database_likes(world: World, where: str) -> None:
    """NUL and lone surrogates are JSON and no text: refused, or kept as they are, on both databases alike."""
    li = world.tenant().account("li")
    for nasty in NASTY.values():
        values = {"id": f"n{world.number()}", "source": "/im", "account": "li", "device": "d"}
        values[where] = f"a{nasty}b"
        content = (
            f'{{"specversion":"1.0","id":"{values["id"]}","source":"{values["source"]}","type":"io.frostgate.login",'
            f'"data":{{"account":"{values["account"]}","ip":"101.6.6.6","outcome":"success","device":"{values["device"]}"}}}}'
        ).encode()
        answer = post(li, content)
        assert answer.status_code in {200, 400, 422}, (nasty, answer.text)
        if answer.status_code == 200:
            assert post(li, content).json()["repeated"] is True
        else:
            assert answer.json()["code"] in {"event.data_invalid", "request.malformed"}
    assert li.signs_in()["verdict"] == "allow"


UNREADABLE = [
    "/v1/cases/%00",
    "/v1/cases?account=%00",
    "/v1/cases?after=%00",
    "/v1/decisions/%00",
    "/v1/journal?after=99999999999999999999",
    "/v1/operators/%00",
    "/v1/policies/99999999999999999999",
    "/v1/tenants/%00/notices",
    "/v1/tenants/acme/accounts/%ff/holds",
    "/v1/tenants/acme/accounts/a%00b",
    "/v1/tenants/acme/accounts/a%00b/standing",
    "/v1/tenants/acme/accounts?prefix=%00",
    "/v1/tenants/acme/notices/%00",
    "/v1/tenants/acme/notices?account=%00&after=%00",
    "/v1/tokens?after=%00",
    "/verify?code=%00",
]


def test_addresses_that_no_database_likes(world: World) -> None:
    world.tenant()
    broken = [
        (path, answer.text) for path in UNREADABLE if (answer := world.boss().asks("GET", path)).status_code >= 500
    ]
    assert broken == []


def test_an_account_that_cannot_be_called_so_harms_no_other(world: World) -> None:
    """A name with a control character could never be registered, so its freeze could never be saved."""
    acme = world.tenant()
    li, mole = acme.account("li"), acme.stranger("mole\u0007")
    world.clock.move(timedelta(hours=1))
    early = world.clock.now() - timedelta(hours=1)
    story = [who.login(from_="Beijing", device="a", at=early) for who in (li, mole)]
    story += [who.login(from_="Frankfurt", device="b") for who in (mole, li)]
    answers = acme.sends_all(story)
    assert [each.get("verdict", each.get("code")) for each in answers] == [
        "allow",
        "event.data_invalid",
        "event.data_invalid",
        "freeze",
    ]
