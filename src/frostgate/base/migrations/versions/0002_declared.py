"""Trips, trusted networks, allowlists and the profiles of service accounts."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables."""
