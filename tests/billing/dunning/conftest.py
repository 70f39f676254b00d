"""A debtor on each database."""

import pytest
from dunned import Debtor

from world import World


@pytest.fixture
def debtor(world: World) -> Debtor:
    return Debtor(world)
