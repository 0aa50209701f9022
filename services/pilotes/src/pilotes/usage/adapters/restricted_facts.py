"""Facts whose use people restricted (GDPR art. 18): stored apart, where no figure reads them.

For the figures a restriction is a withdrawal; the person still reads, exports and erases the facts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.usage.adapters.fact_locks import EXCLUSIVE_FACT_LOCK
from pilotes.usage.adapters.fact_store import erase_counted_facts, list_facts
from socle.postgres import Connection

_STORE: Final = """
INSERT INTO restricted_fact (pilot_id, pseudonym, restricted_at, content)
SELECT $1, $2, $3, fact FROM unnest($4::jsonb[]) AS fact
"""
_LIST: Final = """
SELECT restricted_at, content FROM restricted_fact WHERE pilot_id = $1 AND pseudonym = $2
ORDER BY content ->> 'at'
"""


async def restrict_facts(
    connection: Connection, pilot_id: str, pseudonym: bytes, at: datetime
) -> int:
    """Move what a person did in a pilot to where no figure reads it. Returns the number of facts.

    It runs in the caller's transaction, after the consent was ended there, and waits for
    transactions that add facts.
    """
    await connection.execute(EXCLUSIVE_FACT_LOCK)
    facts = await list_facts(connection, pilot_id, pseudonym)
    await connection.execute(_STORE, pilot_id, pseudonym, at, facts)
    await erase_counted_facts(connection, pilot_id, pseudonym)
    return len(facts)


async def list_stored_facts(
    connection: Connection, pilot_id: str, pseudonym: bytes
) -> Sequence[dict[str, Any]]:
    """The facts that are stored about a person's use of a pilot, JSON-ready: those that count, then
    those they restricted, with `restricted_at`."""
    counted = await list_facts(connection, pilot_id, pseudonym)
    restricted = await connection.fetch(_LIST, pilot_id, pseudonym)
    return [
        *counted,
        *({**content, "restricted_at": at.isoformat()} for at, content in restricted),
    ]
