"""A tenant that pays partly in advance and watches its balance, on each database."""

from collections.abc import Iterator

import pytest
from watched import STRIPE_SECRET, Watched

from frostgate.config import Billing
from servers import Databases
from world import World


@pytest.fixture
def acme(backend: str, database_url: str, databases: Databases) -> Iterator[Watched]:
    billing = Billing(stripe_secrets=(STRIPE_SECRET,))
    world = World(database_url, databases.secrets[backend], billing=billing)
    yield Watched(world)
    world.close()
