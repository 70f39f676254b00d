"""A shop on a database of its own, of either kind, and a tenant in it."""

import pytest
from shop import Shop

from world import Tenant, World


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


@pytest.fixture
def acme(shop: Shop) -> Tenant:
    return shop.tenant()
