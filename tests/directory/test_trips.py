"""Declared journeys: who may declare and approve them, when they count, and what is refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from frostgate.app import Program
from frostgate.base.model import SYSTEM, Actor, ActorKind
from frostgate.directory.auth import SYSTEM_PRINCIPAL
from frostgate.directory.declared import Declared
from frostgate.directory.trips import service, store
from frostgate.directory.trips.countries import COUNTRIES
from frostgate.directory.trips.model import (
    LONGEST,
    NO_APPROVAL_NEEDED,
    OwnTrip,
    State,
    Trip,
    TripDraft,
    TripPlace,
)
from frostgate.signals.countries import country_name
from house import House as Programs
from servers import NOON
from together import at_once
from world import Caller, Tenant, World

LISBON = {"country": "PT", "city": "Lisbon"}
SPAIN = {"country": "ES"}
DAY = timedelta(days=1)


def tenant(world: World, **details: Any) -> Tenant:
    return world.tenant(f"t{world.number()}", **details)


def admin_of(tenant: Tenant, name: str = "zhao") -> Caller:
    """A tenant's administrator, signed in."""
    who = {"email": f"{name}@{tenant.id}.example", "password": "a long enough password"}
    more = {"name": name, "role": "owner", "tenant_id": tenant.id}
    tenant.world.boss().does("POST", "/v1/operators", json={**who, **more})
    return Caller(tenant.world, tenant.world.http.post("/v1/session", json=who).json()["secret"])


def trip(world: World, **changed: Any) -> dict[str, Any]:
    now = world.clock.now()
    times = {"starts_at": (now + DAY).isoformat(), "ends_at": (now + 3 * DAY).isoformat()}
    return {"places": [LISBON], **times, "note": "a conference", **changed}


def declared(caller: Caller, tenant: Tenant, account: str = "li", **changed: Any) -> Any:
    return caller.does("POST", f"{tenant.path}/accounts/{account}/trips", json=trip(tenant.world, **changed))


def asked(caller: Caller, tenant: Tenant, account: str = "li", **changed: Any) -> httpx.Response:
    return caller.asks("POST", f"{tenant.path}/accounts/{account}/trips", json=trip(tenant.world, **changed))


def test_a_holder_declares_a_trip_and_it_counts_at_once(world: World) -> None:
    acme = world.tenant()
    made = declared(acme.token("portal"), acme, places=[LISBON, SPAIN])
    assert made["state"] == "approved"
    assert made["places"] == [LISBON, {"country": "ES", "city": None}]
    assert made["declared_by"].startswith("token:")
    assert made["decided_by"] == str(NO_APPROVAL_NEEDED)
    for page in (f"{acme.path}/trips", f"{acme.path}/accounts/li/trips"):
        assert world.reviewer().sees(page) == {"items": [made], "next": None}
    assert world.reviewer().sees(f"{acme.path}/trips/{made['id']}") == made


def test_the_journal_keeps_that_somebody_travels_and_not_where(world: World) -> None:
    acme = world.tenant(trips_need_approval=True)
    made = declared(acme.token("portal"), acme)
    path = f"{acme.path}/trips/{made['id']}"
    world.boss().does("POST", f"{path}/approve", json={"reason": "I saw the invitation"})
    world.boss().does("POST", f"{path}/cancel", json={"reason": "it was called off"})
    entries = world.journal(acme.id)[-3:]
    assert [entry.fact for entry in entries] == ["trip.declared", "trip.decided", "trip.cancelled"]
    for entry in entries:
        assert made["id"] in entry.body
        assert not any(word in entry.body for word in ("Lisbon", "PT", "conference", "invitation", "called off"))


def test_where_the_tenant_asks_for_approval_somebody_else_has_to_agree(shared: World) -> None:
    acme = tenant(shared)
    shared.boss().does("PATCH", acme.path, json={"trips_need_approval": True})
    portal, admin = acme.token("portal"), admin_of(acme)
    made = declared(portal, acme)
    assert (made["state"], made["decided_by"]) == ("requested", None)
    path = f"{acme.path}/trips/{made['id']}"
    assert portal.is_refused("POST", f"{path}/approve", json={}) == "auth.forbidden"
    assert [t["id"] for t in admin.sees(f"{acme.path}/trips", state="requested")["items"]] == [made["id"]]

    approved = admin.does("POST", f"{path}/approve", json={"reason": "I saw the ticket"})

    assert (approved["state"], approved["decision_reason"]) == ("approved", "I saw the ticket")
    assert approved["decided_by"].startswith("operator:")
    assert admin.is_refused("POST", f"{path}/approve", json={}) == "trip.decided_already"
    assert admin.is_refused("POST", f"{path}/reject", json={"reason": "no"}) == "trip.decided_already"
    assert admin.sees(f"{acme.path}/trips", state="requested")["items"] == []


def test_nobody_approves_what_they_declared_themselves(shared: World) -> None:
    acme = tenant(shared, trips_need_approval=True)
    admin, other = admin_of(acme), admin_of(acme, "qian")
    issued = admin.does("POST", "/v1/tokens", json={"name": "hr", "purpose": "api", "role": "owner"})
    program = Caller(shared, issued["secret"])
    in_person, through_it = declared(admin, acme), declared(program, acme, account="wang")
    for made in (in_person, through_it):
        for caller in (admin, program):
            assert caller.is_refused("POST", f"{acme.path}/trips/{made['id']}/approve", json={}) == "trip.own"
        assert other.does("POST", f"{acme.path}/trips/{made['id']}/approve", json={})["state"] == "approved"


def test_whoever_issued_the_portal_s_token_may_approve_what_holders_declare(shared: World) -> None:
    acme = tenant(shared, trips_need_approval=True)
    made = declared(acme.token("portal"), acme)
    assert shared.boss().does("POST", f"{acme.path}/trips/{made['id']}/approve", json={})["state"] == "approved"


def test_a_rejection_says_why_and_is_final(shared: World) -> None:
    acme = tenant(shared, trips_need_approval=True)
    portal, admin = acme.token("portal"), admin_of(acme)
    made = declared(portal, acme)
    path = f"{acme.path}/trips/{made['id']}"
    assert admin.is_refused("POST", f"{path}/reject", json={}) == "request.invalid"
    assert admin.does("POST", f"{path}/reject", json={"reason": "nobody knows of it"})["state"] == "rejected"
    assert admin.is_refused("POST", f"{path}/approve", json={}) == "trip.decided_already"
    assert portal.is_refused("POST", f"{path}/cancel", json={}) == "trip.decided_already"
    assert declared(portal, acme)["id"] != made["id"]


def test_a_trip_is_called_off_until_it_is_over(world: World) -> None:
    acme = world.tenant()
    portal = acme.token("portal")
    made, late = declared(portal, acme), declared(portal, acme, places=[SPAIN])
    path = f"{acme.path}/trips/{made['id']}"
    assert portal.does("POST", f"{path}/cancel", json={})["state"] == "cancelled"
    assert portal.is_refused("POST", f"{path}/cancel", json={}) == "trip.decided_already"
    assert declared(portal, acme)["id"] != made["id"]
    world.clock.move(3 * DAY + timedelta(seconds=1))
    assert portal.is_refused("POST", f"{acme.path}/trips/{late['id']}/cancel", json={}) == "trip.over"


def test_nobody_approves_what_is_over(world: World) -> None:
    acme = world.tenant(trips_need_approval=True)
    made = declared(acme.token("portal"), acme)
    world.clock.move(3 * DAY + timedelta(seconds=1))
    for verb in ("approve", "reject"):
        code = world.boss().is_refused("POST", f"{acme.path}/trips/{made['id']}/{verb}", json={"reason": "late"})
        assert code == "trip.over"


def at(days: float) -> str:
    return (NOON + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"starts_at": at(2), "ends_at": at(1)}, "trip.backwards", "/ends_at"),
        ({"starts_at": at(2), "ends_at": at(2)}, "trip.backwards", "/ends_at"),
        ({"starts_at": at(-3), "ends_at": at(-1)}, "trip.past", "/ends_at"),
        ({"starts_at": at(-3), "ends_at": at(0)}, "trip.past", "/ends_at"),
        ({"starts_at": at(1), "ends_at": at(91.001)}, "trip.too_long", "/ends_at"),
        ({"starts_at": at(180.001), "ends_at": at(181)}, "trip.too_far_ahead", "/starts_at"),
        ({"places": [LISBON, {"country": "zz"}]}, "trip.country_unknown", "/places/1/country"),
        ({"places": []}, "request.invalid", "/places"),
        ({"places": [SPAIN] * 11}, "request.invalid", "/places"),
        ({"places": [{"country": "PT", "city": "里斯本"}]}, "request.invalid", "/places/0/city"),
        ({"places": [{"country": "PRT"}]}, "request.invalid", "/places/0/country"),
        ({"starts_at": "2026-03-03T00:00:00"}, "request.invalid", "/starts_at"),
        ({"note": "n" * 501}, "request.invalid", "/note"),
    ],
)
def test_what_cannot_be_a_trip_is_refused_and_pointed_at(
    shared: World, changed: dict[str, Any], code: str, pointer: str
) -> None:
    acme = tenant(shared)
    answer = asked(acme.token("portal"), acme, **changed)
    assert answer.is_client_error
    assert (answer.json()["code"], answer.json()["pointer"]) == (code, pointer)
    assert shared.boss().sees(f"{acme.path}/trips")["items"] == []


@pytest.mark.parametrize(("starts", "ends"), [(-3, 0.001), (1, 91), (180, 181), (-80, 10)])
def test_what_just_can_be_one_is_taken(shared: World, starts: float, ends: float) -> None:
    acme = tenant(shared)
    assert asked(acme.token("portal"), acme, starts_at=at(starts), ends_at=at(ends)).status_code == 201


def test_an_unknown_account_travels_where_its_tenant_admits_it(shared: World) -> None:
    open_to_all, strict = tenant(shared), tenant(shared, unknown_accounts="refuse")
    assert asked(open_to_all.token("portal"), open_to_all, account="stranger").status_code == 201
    portal = strict.token("portal")
    assert asked(portal, strict, account="stranger").json()["code"] == "account.unknown"
    strict.account("li")
    assert asked(portal, strict).status_code == 201


def test_the_same_trip_again_is_the_trip_that_is_there(shared: World) -> None:
    acme = tenant(shared)
    portal = acme.token("portal")
    first = declared(portal, acme, places=[LISBON, SPAIN])
    again = declared(portal, acme, places=[SPAIN, {"country": "pt", "city": " LISBON "}, SPAIN], note="another note")
    assert again == first
    assert shared.facts(acme.id).count("trip.declared") == 1
    assert declared(portal, acme, places=[LISBON])["id"] != first["id"]
    assert declared(portal, acme, account="wang", places=[LISBON, SPAIN])["id"] != first["id"]


def test_an_account_has_twenty_open_trips_at_most(world: World) -> None:
    acme = world.tenant()
    portal = acme.token("portal")
    codes = sorted(COUNTRIES)[:21]
    made = [declared(portal, acme, places=[{"country": code}]) for code in codes[:20]]
    assert asked(portal, acme, places=[{"country": codes[20]}]).json()["code"] == "trip.too_many"
    assert declared(portal, acme, places=[{"country": codes[0]}])["id"] == made[0]["id"]
    assert asked(portal, acme, account="wang").status_code == 201
    portal.does("POST", f"{acme.path}/trips/{made[0]['id']}/cancel", json={})
    assert asked(portal, acme, places=[{"country": codes[20]}]).status_code == 201
    world.clock.move(4 * DAY)
    assert asked(portal, acme).status_code == 201


def test_pages_of_trips_follow_each_other(shared: World) -> None:
    acme = tenant(shared)
    portal = acme.token("portal")
    made = [declared(portal, acme, places=[{"country": code}])["id"] for code in ("PT", "ES", "FR")]
    first = portal.sees(f"{acme.path}/trips", limit=2)
    rest = portal.sees(f"{acme.path}/trips", limit=2, after=first["next"])
    assert [t["id"] for t in first["items"] + rest["items"]] == made
    assert rest["next"] is None


def test_every_country_that_a_place_can_have_can_be_declared() -> None:
    assert {code for code in COUNTRIES if country_name(code)["en"] == code} == set()
    assert all(country_name(a + b)["en"] == a + b for a in LETTERS for b in LETTERS if a + b not in COUNTRIES)


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture
def programs(database_url: str) -> Iterator[Programs]:
    built = Programs(database_url)
    yield built
    built.close()


def test_two_who_declare_the_same_at_once_declare_it_once(programs: Programs) -> None:
    programs.tenant()
    draft = TripDraft(places=(TripPlace(country="PT"),), starts_at=NOON, ends_at=NOON + DAY)

    def declare(program: Program) -> Trip:
        with program.uow.begin() as tx:
            return service.declare_trip(tx, draft, tenant_id="acme", account_id="li", by=SYSTEM_PRINCIPAL)

    made = at_once([partial(declare, program) for program in (programs.program, programs.another()) * 2])

    assert len({trip.id for trip in made}) == 1
    with programs.program.uow.look() as connection:
        assert store.list_trips(connection, tenant_id="acme") == made[:1]


times = some.integers(0, 10 * 365 * 86_400 * 10**6).map(lambda late: NOON + timedelta(microseconds=late))
spans = some.timedeltas(min_value=timedelta(microseconds=1), max_value=LONGEST)


def made_trip(starts_at: datetime, span: timedelta, state: State = State.APPROVED) -> Trip:
    return Trip(
        id="t",
        tenant_id="acme",
        account_id="li",
        places=(TripPlace(country="PT", city="Lisbon"),),
        starts_at=starts_at,
        ends_at=starts_at + span,
        state=state,
        declared_by=SYSTEM,
        declared_at=starts_at,
    )


@settings(deadline=None)
@given(starts=times, span=spans, asked=times, state=some.sampled_from(State))
def test_a_trip_covers_its_own_time_and_no_other(
    starts: datetime, span: timedelta, asked: datetime, state: State
) -> None:
    trip = made_trip(starts, span, state)
    memory = Declared.of(trips=[trip])
    step = timedelta(microseconds=1)
    for when in (asked, starts, starts - step, starts + span, starts + span + step, starts + span / 2):
        inside = state is State.APPROVED and starts <= when <= starts + span
        assert memory.travelling("acme", "li", when.timestamp(), "PT", "Lisbon") == inside


def test_no_transition_lets_one_person_approve_their_own() -> None:
    trip = made_trip(NOON, DAY, State.REQUESTED)
    with pytest.raises(OwnTrip):
        trip.approve(by=trip.declared_by, at=NOON)
    assert trip.approve(by=Actor(ActorKind.OPERATOR, "li"), at=NOON).state is State.APPROVED
