"""Reports are kept under another digest, that a person's own words can be found by.

The former one was made with the sealed salt, which nothing that finds people holds: what it tied to
somebody could neither be handed to them nor erased for them, and is tied to nobody from here on.
"""

from socle.postgres import run_sql

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    run_sql("UPDATE report SET reporter = ''")
    run_sql(
        "COMMENT ON COLUMN report.reporter IS 'what the opened salt makes of them (reporter_of);"
        " empty: nobody any more'"
    )
