"""Tenants with statements, on either database."""

import pytest
from stated import Stated

from world import World


@pytest.fixture
def stated(world: World) -> Stated:
    return Stated(world)
