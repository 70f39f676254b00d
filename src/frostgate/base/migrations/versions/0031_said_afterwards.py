"""What people said afterwards: what is missing of a condition that was declared done, and that a sign-in was theirs.

Which action on many accounts placed a hold is looked up by the hold, whenever an appeal is decided. The places that a
notice speaks of are kept in every language, because its page may be read in another than it was.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Add all four. Whatever was disowned until now stays so: of which it was said, and of which it followed, is not
    on record. A notice's places are known in its own language alone.
    """
    op.add_column("case_conditions", sa.Column("missing", sa.Text(), nullable=False, server_default=""))
    op.add_column("disowned_sign_ins", sa.Column("word", sa.Text(), nullable=False, server_default="stranger"))
    op.create_index("ix_bulk_items_hold", "bulk_items", ["hold_id"])
    connection = op.get_bind()
    none, nowhere = '"places":[]', '"places":{}'  # as we write it; within a text of JSON its quotes are escaped
    said_none = sa.update(_NOTICES).where(_NOTICES.c.params.contains(none))
    connection.execute(said_none.values(params=sa.func.replace(_NOTICES.c.params, none, nowhere)))
    for row in connection.execute(sa.select(_NOTICES).where(_NOTICES.c.params.contains('"places":['))).all():
        params = json.loads(row.params)
        params["places"] = {row.language: params["places"]}
        text = json.dumps(params, ensure_ascii=False)
        connection.execute(sa.update(_NOTICES).where(_NOTICES.c.id == row.id).values(params=text))


_NOTICES = sa.table("notices", sa.column("id"), sa.column("language"), sa.column("params", sa.Text))
