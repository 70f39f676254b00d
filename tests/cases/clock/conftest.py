"""The platform on each database."""

import pytest
from watching import Watch

from world import World


@pytest.fixture
def watch(world: World) -> Watch:
    return Watch(world)
