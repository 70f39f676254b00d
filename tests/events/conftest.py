"""What events are tried on where they meet tenants and the policy: the program without HTTP, on both databases."""

from collections.abc import Iterator

import pytest

from house import House


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    built = House(database_url)
    yield built
    built.close()
