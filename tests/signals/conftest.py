from collections.abc import Iterator

import pytest

from frostgate.signals.geo import Places
from frostgate.signals.network import Networks


@pytest.fixture(scope="session")
def places() -> Iterator[Places]:
    opened = Places()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def networks() -> Networks:
    return Networks()
