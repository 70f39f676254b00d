"""Books on a database of their own, of either kind."""

from collections.abc import Iterator

import pytest
from books import Books


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    built = Books(database_url)
    built.tenant("acme")
    yield built
    built.close()
