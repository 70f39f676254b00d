"""A platform on a database of its own, of either kind."""

from collections.abc import Iterator

import pytest
from platforms import Platform


@pytest.fixture
def platform(database_url: str) -> Iterator[Platform]:
    built = Platform(database_url)
    built.tenant("acme")
    yield built
    built.close()
