"""What was owed together before notices had threads gets one, so that what comes back late is not told twice.

Today all that one command owes of one piece of news has one thread. Of a hold that is all of one sort; of a case, all
of one sort at one time; and else all that says just the same, in which the time stands. What went out instead of such
a notice since then says the same, too. The oldest names the thread.

And our own people's addresses are not dead any more, whatever came back from them.
"""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Group the old notices once; none that has a thread is touched."""
    op.execute(
        "UPDATE notices SET thread = old.oldest FROM ("
        " SELECT id, min(id) OVER (PARTITION BY tenant_id, template, hold_id,"
        "  CASE WHEN hold_id IS NULL THEN case_id END,"
        "  CASE WHEN hold_id IS NULL AND case_id IS NOT NULL THEN owed_at END,"
        "  CASE WHEN hold_id IS NULL AND case_id IS NULL THEN params END) AS oldest"
        " FROM notices WHERE thread IS NULL"
        ") AS old WHERE notices.id = old.id"
    )
    op.execute(
        "DELETE FROM dead_addresses"
        " WHERE tenant_id = '' OR notice_id IN (SELECT id FROM notices WHERE audience = 'operators')"
    )
