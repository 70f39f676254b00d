"""Until when a hold was kept that was released in an action on many accounts, for one step back."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add it. What was released before is held again without an end, as it was until now."""
    op.add_column("bulk_items", sa.Column("kept_until", sa.BigInteger(), nullable=True))
