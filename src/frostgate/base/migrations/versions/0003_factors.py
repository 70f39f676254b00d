"""Second factors of account holders, and their answers to challenges."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables."""
