"""Running what is missing. Alembic, driven from here: there is no ini file to find."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from frostgate.base.database import Database
from frostgate.base.migrations import Outdated

_LOCK = 0x46_52_4F_53_54  # "FROST": PostgreSQL's advisory lock, so that two starting servers migrate one after another


def run(database: Database, *, to: str) -> None:
    """Go to this shape, all in one transaction.

    Raises:
        StoreUnavailable, Outdated: as `upgrade` says.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError:
            raise Outdated(database=database.url.render_as_string(hide_password=True)) from None
