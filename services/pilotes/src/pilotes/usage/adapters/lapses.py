"""The periods in which no consent covered a participant, since their first exposure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from pilotes.usage.domain.observation import Interruption
from socle.postgres import Connection

_LAPSES: Final = """
WITH agreed AS (
    SELECT pilot_id, pseudonym, lapsed_at,
        lead(given_at) OVER (PARTITION BY pseudonym ORDER BY consent_id) AS next
    FROM consent WHERE pilot_id = $1
)
SELECT participant, extract(epoch FROM lapsed_at)::double precision AS start,
    extract(epoch FROM coalesce(next, 'infinity'))::double precision AS stop
FROM agreed JOIN cohort USING (pilot_id, pseudonym)
WHERE lapsed_at > first_exposure
"""


async def read_lapses(
    connection: Connection, pilot_id: str
) -> Mapping[int, Sequence[Interruption]]:
    """By number, the periods of the participants of a pilot whose consent lapsed after their first
    exposure: from then until they agreed again."""
    lapses = defaultdict(list)
    for row in await connection.fetch(_LAPSES, pilot_id):
        lapses[row["participant"]].append(Interruption(row["start"], row["stop"]))
    return lapses
