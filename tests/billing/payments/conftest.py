"""A world whose platform takes Stripe's webhooks, on either database."""

from collections.abc import Iterator

import pytest
from payers import OLD_SECRET, SECRET, Payers

from frostgate.config import Billing
from servers import Databases
from world import World


@pytest.fixture
def payers(backend: str, database_url: str, databases: Databases) -> Iterator[Payers]:
    billing = Billing(stripe_secrets=(SECRET, OLD_SECRET))
    world = World(database_url, databases.secrets[backend], billing=billing)
    world.tenant("acme")
    world.tenant("bolt")
    yield Payers(world)
    world.close()
