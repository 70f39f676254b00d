"""A reviewer looks at a journey: in the decision, as a picture, and nobody else does."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from frostgate.directory.permissions import PERMISSIONS, TENANT_ROLES, Permission, Role
from world import Account, Caller, World

READERS = [role for role in Role if Permission.DECISIONS_READ in PERMISSIONS[role]]


@pytest.fixture(scope="module")
def frozen(shared: World) -> Account:
    return shared.tenant("acme", time_zone="Asia/Shanghai").account("li")


@pytest.fixture(scope="module")
def verdict(frozen: Account) -> dict[str, str]:
    """Beijing, and an hour later Frankfurt on a strange device."""
    found = frozen.travels_too_fast()
    assert found["verdict"] == "freeze"
    return found


def paths(verdict: dict[str, str]) -> list[str]:
    return [f"/v1/decisions/{verdict['decision']}", f"/v1/decisions/{verdict['decision']}/journey.svg"]


def test_the_decision_shows_both_places_and_what_lies_between(shared: World, verdict: dict[str, str]) -> None:
    decision = shared.person("rui").sees(paths(verdict)[0])
    journey = decision["journey"]
    assert journey["from"]["label"] == {"zh-CN": "Haidian, 中国", "en": "Haidian, China"}
    assert journey["to"]["country"] == "DE"
    assert (journey["from"]["device"], journey["to"]["device"]) == ("iphone", "pixel")
    assert journey["from"]["uncertainty_km"] > 0
    for name in ("km", "least_km", "least_kmh", "hours"):
        assert journey[name] == decision["signals"][f"travel.{name}"]
    assert {each["way"]: each["covers"] for each in journey["reach"]} == dict.fromkeys(
        ("on_foot", "car", "train", "airliner"), False
    )
    assert journey["says"]["en"].startswith("In 1 h somebody could have driven some 100 km")
    assert journey["says"]["zh-CN"].startswith("1 小时内驾车最远约 100 公里")


def test_the_picture_is_for_its_reader(shared: World, verdict: dict[str, str]) -> None:
    reviewer = shared.person("rui")
    _, path = paths(verdict)
    for asked, language, part in (
        ({"headers": {"accept-language": "en"}}, "en", "Frankfurt am Main, Germany"),
        ({"headers": {"accept-language": "zh"}}, "zh-CN", "Frankfurt am Main, 德国"),
        ({"headers": {"accept-language": "en"}, "params": {"language": "zh-CN"}}, "zh-CN", "（北京时间）"),
    ):
        answer = reviewer.asks("GET", path, **asked)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.headers["content-language"] == language
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert part in answer.text
        assert ElementTree.fromstring(answer.text).tag.endswith("svg")
    assert reviewer.is_refused("GET", path, params={"language": "klingon"}) == "request.invalid"


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_read_decisions_sees_it(shared: World, verdict: dict[str, str], role: Role) -> None:
    caller = token_of(shared, role)
    for path in paths(verdict):
        answer = caller.asks("GET", path)
        assert answer.status_code == (200 if role in READERS else 403), path


def test_a_tenants_administrator_is_told_nothing_of_it(shared: World, frozen: Account, verdict: dict[str, str]) -> None:
    admin = token_of(shared, Role.OWNER)
    for path in paths(verdict):
        assert admin.is_refused("GET", path) == "auth.forbidden"
        assert "Frankfurt" not in admin.asks("GET", path).text


def test_without_a_journey_there_is_no_picture(shared: World, frozen: Account) -> None:
    calm = frozen.tenant.account("wang")
    found = calm.signs_in()
    reviewer = shared.person("rui")
    assert reviewer.sees(f"/v1/decisions/{found['decision']}")["journey"] is None
    assert reviewer.is_refused("GET", f"/v1/decisions/{found['decision']}/journey.svg") == "decision.no_journey"
    assert reviewer.is_refused("GET", "/v1/decisions/nobody/journey.svg") == "request.not_found"


def test_a_late_sign_in_is_shown_in_the_order_of_times(shared: World) -> None:
    """A sign-in that reaches us after a later one is compared with that one, too."""
    late = shared.tenant("globex").account("zhao")
    late.signs_in()
    event = late.login(from_="Frankfurt", device="pixel", at=shared.clock.now() - timedelta(minutes=30))
    answer = late.tenant.sends(event).json()
    journey = shared.person("rui").sees(f"/v1/decisions/{answer['decision']}")["journey"]
    assert (journey["from"]["country"], journey["to"]["country"], journey["hours"]) == ("DE", "CN", 0.5)


def test_what_was_recorded_is_there_after_a_restart(world: World) -> None:
    li = world.tenant().account("li")
    path = f"/v1/decisions/{li.travels_too_fast()['decision']}"
    before = world.person("rui").sees(path)["journey"]
    picture = world.person("rui").asks("GET", f"{path}/journey.svg").content
    world.restart()
    assert world.person("rui").sees(path)["journey"] == before
    assert world.person("rui").asks("GET", f"{path}/journey.svg").content == picture


def token_of(world: World, role: Role) -> Caller:
    machine = role in {Role.INGEST, Role.GATE, Role.VERIFIER, Role.PORTAL}
    body = {"name": "program", "purpose": role.value if machine else "api"}
    if not machine:
        body |= {"role": role.value}
    if machine or role in TENANT_ROLES:
        body |= {"tenant_id": "acme"}
    return Caller(world, world.boss().does("POST", "/v1/tokens", json=body)["secret"])
