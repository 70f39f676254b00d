"""Bringing a database to this version's shape. Alembic, driven from here: there is no ini file to find."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from frostgate.base.database import Database

_LOCK = 0x46_52_4F_53_54  # "FROST": PostgreSQL's advisory lock, so that two starting servers migrate one after another


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, all in one transaction."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_config(connection), "head")


def is_current(database: Database) -> bool:
    """Whether the database has the shape that this version wants."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _wanted()


@cache
def _wanted() -> str | None:
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
