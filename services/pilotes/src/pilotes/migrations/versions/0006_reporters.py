"""Reports are stored under another digest, by which a person finds their own reports.

The former digest was made with the sealed salt, which identifies nobody: reports under it could be
neither exported nor erased, and are anonymous from here on.
"""

from socle.postgres import run_sql

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    run_sql("UPDATE report SET reporter = ''")
    run_sql(
        "COMMENT ON COLUMN report.reporter IS 'what the opened salt makes of them (reporter_of);"
        " empty: nobody any more'"
    )
