"""Why somebody was frozen can be told again, byte for byte, whatever is in force since: to staff and to the holder."""

from typing import Any

from frostgate.policy_files import shipped_policy
from visitors import Visits, link_in
from world import World

LI = "li@acme.example"


def test_both_explanations_come_out_the_same_after_a_restart_and_under_a_newer_policy(world: World) -> None:
    acme = world.tenant()
    li = acme.account("li", language="en")
    verdict = li.travels_too_fast()
    world.until(lambda: {notice["state"] for notice in li.notices()} == {"sent"})
    notice = next(each["id"] for each in li.notices() if each["audience"] == "holder")
    link = link_in(world, LI)

    def told() -> list[Any]:
        """Staff's explanation in either language, the holder's page in either, and the holder's letter."""
        rui, visits = world.reviewer(), Visits(world)
        staff = [
            rui.asks("GET", f"/v1/decisions/{verdict['decision']}", headers={"accept-language": language}).content
            for language in ("zh-CN", "en")
        ]
        pages = [visits.to(link, lang=language).text for language in ("zh-CN", "en")]
        visits.close()
        letter = rui.sees(f"{acme.path}/notices/{notice}")["text"]
        return [*staff, *pages, letter.replace(world.server.address, "")]

    before = told()
    world.restart()
    source = shipped_policy().read_text().replace("travel.least_kmh > 900.0", "travel.least_kmh > 1900.0")
    world.boss().does("POST", "/v1/policies", json={"source": source})
    assert world.boss().sees("/v1/policies")[0]["number"] == 2
    assert told() == before


def test_staff_see_what_would_have_had_to_differ(world: World) -> None:
    li = world.tenant().account("li")
    verdict = li.travels_too_fast()
    found = world.reviewer().sees(f"/v1/decisions/{verdict['decision']}")
    (reason,) = [each for each in found["reasons"] if each["rule"] == "login.impossible-journey"]
    says = [[one["says"]["en"].partition(" (")[0] for one in way] for way in reason["would_pass_if"]]
    assert ["travel.least_kmh would have been at most 900 km/h"] in says
    assert ["trip.covers would have been yes"] in says
    assert ["device.known would have been yes"] in says  # it was sent, and the two must be so together
    assert reason["would_pass_if"][0][0]["says"]["zh-CN"].endswith("）")
    holder_hears = str([li.notices(), verdict])
    assert "would have been" not in holder_hears
    assert "would_pass_if" not in holder_hears
