"""Until when a prepaid balance lasts, over HTTP: from what was used, and what is not charged yet."""

from datetime import timedelta

from shop import Shop

from world import Tenant


def test_the_balance_lasts_until(shop: Shop, acme: Tenant) -> None:
    """200,000 tokens a day cost 10,000 fen; what was used in April stands to be charged."""
    shop.boss.does("POST", f"{acme.path}/billing/top-ups", json={"key": "t", "amount": 400_000, "currency": "CNY"})
    for _ in range(35):
        shop.uses(acme, 200_000, "ai_token")
        shop.uses(acme, 5, "message")  # is not prepaid, and does not count
        shop.world.clock.move(timedelta(days=1))
    shop.bills()
    found = shop.boss.sees(f"{acme.path}/billing/forecast")
    assert (found["balance"], found["not_charged"], found["available"]) == (400_000 - 300_000, 50_000, 50_000)
    lasts = found["forecast"]
    assert (lasts["per_day"], lasts["measured_days"], lasts["cover_days"]) == (10_000.0, 28, 5)
    assert lasts["earliest"] == lasts["until"] == lasts["latest"] == "2026-04-11"


def test_a_week_must_be_known(shop: Shop, acme: Tenant) -> None:
    shop.uses(acme, 200_000, "ai_token")
    found = shop.boss.sees(f"{acme.path}/billing/forecast")
    assert (found["available"], found["forecast"]) == (-10_000, None)
    bolt = shop.world.tenant("bolt")
    assert shop.boss.is_refused("GET", f"{bolt.path}/billing/forecast") == "billing_plan.not_assigned"
