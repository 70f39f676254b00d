"""One program for all examples of a module: each example works in a tenant of its own."""

from collections.abc import Iterator

import pytest

from house import House
from servers import Databases


@pytest.fixture(scope="module")
def house(databases: Databases) -> Iterator[House]:
    url = databases.make("sqlite")
    built = House(url)
    yield built
    built.close()
    databases.remove(url)
