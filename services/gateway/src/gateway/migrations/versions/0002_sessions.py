"""Sessions of browsers."""

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    pass
