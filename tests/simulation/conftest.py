"""A small world, made once, and a stream of two people to be written by hand."""

import pytest
from small_worlds import small
from streams import Stream


@pytest.fixture(scope="session")
def lines() -> list[bytes]:
    """A world of eighty people and three days, after a day of lead-in, as it is written."""
    return list(small().lines())


@pytest.fixture
def stream() -> Stream:
    """Li with a VPN, and Wang."""
    made = Stream()
    made.person("li", traits=("vpn",))
    made.person("wang")
    return made
