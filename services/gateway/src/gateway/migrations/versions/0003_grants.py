"""Applications launched, what they were granted, what was taken back."""

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    pass
