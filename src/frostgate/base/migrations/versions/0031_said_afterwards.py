"""What people said afterwards: what is missing of a condition that was declared done, and that a sign-in was theirs.

Which action on many accounts placed a hold is looked up by the hold, whenever an appeal is decided.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add all three. Whatever was disowned until now stays so: of which it was said, and of which it followed, is not
    on record.
    """
    op.add_column("case_conditions", sa.Column("missing", sa.Text(), nullable=False, server_default=""))
    op.add_column("disowned_sign_ins", sa.Column("word", sa.Text(), nullable=False, server_default="stranger"))
    op.create_index("ix_bulk_items_hold", "bulk_items", ["hold_id"])
