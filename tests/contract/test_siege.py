"""What others try and fail at never touches their victim, however many they are."""

from datetime import timedelta

from frostgate.standing import store
from frostgate.standing.model import Permit, Service
from house import House

ADDRESSES, GUESSES, AT_ONCE = 500, 10_000, 500
HOME = "101.6.6.6"


def guesses(house: House) -> list[str]:
    """Ten thousand wrong passwords from five hundred addresses within an hour; the verdicts on them."""
    verdicts = []
    for start in range(0, GUESSES, AT_ONCE):
        house.clock.move(timedelta(hours=1) * AT_ONCE / GUESSES)
        tries = [
            house.event(ip=f"91.65.{number % ADDRESSES // 250}.{number % 250 + 1}", outcome="failure")
            for number in range(start, start + AT_ONCE)
        ]
        verdicts += [answer.verdict for answer in house.program.decider.process(tries)]
    return verdicts


def permits(house: House) -> set[Permit]:
    return {house.program.register.permit("acme", "li", service.value)[0] for service in Service}


def sign_in(house: House, ip: str, device: str) -> str:
    (answer,) = house.program.decider.process([house.event(ip=ip, device=device)])
    return answer.verdict


def test_ten_thousand_guesses_touch_the_guessers_and_not_the_owner(house: House) -> None:
    house.tenant()
    assert sign_in(house, HOME, "laptop") == "allow"
    house.clock.move(timedelta(days=1))

    verdicts = guesses(house)

    assert len(verdicts) == GUESSES
    assert set(verdicts) == {"allow", "throttle"}
    assert verdicts.count("throttle") > 0.9 * GUESSES, "who guesses is slowed down"
    with house.program.uow.look() as connection:
        assert store.list_holds(connection, tenant_id="acme", account_id="li", include_released=True) == []
    assert permits(house) == {Permit.ALLOWED}
    assert sign_in(house, HOME, "laptop") == "allow", "the owner signs in while it lasts"
    assert sign_in(house, "202.96.209.5", "laptop") == "allow", "and on the way, on the known device"
    assert permits(house) == {Permit.ALLOWED}


def test_whoever_got_in_during_a_siege_is_asked_at_most(house: House) -> None:
    """A strange device in the owner's own country: it may be their new phone."""
    house.tenant()
    sign_in(house, HOME, "laptop")
    house.clock.move(timedelta(days=1))
    guesses(house)

    assert sign_in(house, "202.96.209.5", "new phone") == "challenge"
    assert permits(house) == {Permit.CHALLENGE}
