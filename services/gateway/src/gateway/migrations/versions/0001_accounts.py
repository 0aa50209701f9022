"""Accounts, their API keys, and what they used."""

revision, down_revision = "0001", None


def upgrade() -> None:
    pass
