"""A browser for each language."""

import pytest
from browser import Browser

from world import World


@pytest.fixture
def zh(world: World) -> Browser:
    return Browser(world, "zh-CN")


@pytest.fixture
def en(world: World) -> Browser:
    return Browser(world, "en")


@pytest.fixture
def strangers(shared: World) -> dict[str, Browser]:
    """A browser for each language, on one world for the whole module."""
    return {language: Browser(shared, language) for language in ("zh-CN", "en")}
