"""The professions of people, as their identity provider names them."""

from socle.postgres import run_sql

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    run_sql("ALTER TABLE session ADD professions text; ALTER TABLE grants ADD professions text")
