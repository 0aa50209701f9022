"""The periods in which a trial did not serve its arms, from its record."""

from typing import Final

from pilotes.usage.domain.observation import Interruption
from socle.postgres import Connection

# Pauses until the next resumption; the end, from the version that states it until one that
# postpones it; the end of the stage. A resumption is a decision after the pause.
_INTERRUPTIONS: Final = """
WITH period AS (
    SELECT at AS start, (
        SELECT min(later.at) FROM decision AS later
        WHERE later.pilot_id = decision.pilot_id AND later.kind = 'resume'
            AND later.number > decision.number
    ) AS stop
    FROM decision WHERE pilot_id = $1 AND kind = 'pause'
    UNION ALL
    SELECT greatest((content ->> 'ends_at')::timestamptz, frozen_at),
        lead(frozen_at) OVER (ORDER BY version)
    FROM protocol
    WHERE pilot_id = $1 AND frozen_at IS NOT NULL AND content ->> 'ends_at' IS NOT NULL
    UNION ALL
    SELECT finished_at, NULL FROM pilot WHERE pilot_id = $1 AND finished_at IS NOT NULL
)
SELECT extract(epoch FROM start)::double precision AS start,
    extract(epoch FROM coalesce(stop, 'infinity'))::double precision AS stop
FROM period WHERE start < coalesce(stop, 'infinity')
"""


async def read_interruptions(connection: Connection, pilot_id: str) -> list[Interruption]:
    """The periods of a pilot in which its arms were not served."""
    rows = await connection.fetch(_INTERRUPTIONS, pilot_id)
    return [Interruption(row["start"], row["stop"]) for row in rows]
