"""The application that a launch is for."""

from socle.postgres import run_sql

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    run_sql("ALTER TABLE launches ADD client text")
