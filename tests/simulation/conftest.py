"""A small world, made once."""

import pytest
from small_worlds import small


@pytest.fixture(scope="session")
def lines() -> list[bytes]:
    """A world of eighty people and three days, after a day of lead-in, as it is written."""
    return list(small().lines())
