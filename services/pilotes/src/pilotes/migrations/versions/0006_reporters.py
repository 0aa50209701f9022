"""Reports are stored under another digest, by which a person's own reports can be found.

The former digest was made by mistake with the encrypted salt, which changes with each encryption:
reports under it could be neither exported nor erased. They become anonymous.
"""

from socle.postgres import run_sql

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    run_sql("UPDATE report SET reporter = ''")
    run_sql(
        "COMMENT ON COLUMN report.reporter IS 'what the opened salt makes of them (reporter_of);"
        " empty: nobody any more'"
    )
