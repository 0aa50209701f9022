"""The stored Consents that hide documents hide their contents too.

It reads documents, which can take long: the migrations after it take locks that requests wait for.
"""

from esante.access.adapters.hidden_contents import complete_stored
from socle.postgres import Connection, run_in_migration

revision, down_revision = "0022", "0021"

_RECORDS = """
SELECT DISTINCT element FROM record_provision WHERE content LIKE '%"DocumentReference/%'"""


async def _complete(connection: Connection) -> None:
    """Absolute addresses of this server count from the next version of the document or the Consent
    on, since a migration does not know its address."""
    for row in await connection.fetch(_RECORDS):
        await complete_stored(connection, [row["element"]], "")


def upgrade() -> None:
    run_in_migration(_complete)
