"""People's facts are forgotten once the pilot's register says so, with a proof that they were.

The days count from the closing of the pilot, or else from the end of its trial: a pilot that nobody
closes keeps nothing for longer. Whoever agreed was promised a number of days by the notice they
read: a register that says more afterwards does not keep them longer. What is written when they are
over, of a pilot that nobody closed, is kept for as many days from then.
"""

from datetime import datetime, timedelta
from typing import Final

from pilotes.usage.adapters.fact_locks import ALONE
from socle.postgres import Connection, Pool, reachable, transaction

_DUE: Final = """
SELECT pilot.pilot_id, retention_days, ended_at FROM pilot
LEFT JOIN protocol ON protocol.pilot_id = pilot.pilot_id AND version = protocol_version
CROSS JOIN LATERAL (SELECT least((processing ->> 'retention_days')::integer,
        (SELECT min((content ->> 'retention_days')::integer) FROM notice
        WHERE notice.pilot_id = pilot.pilot_id AND EXISTS (SELECT FROM consent
            WHERE consent.pilot_id = notice.pilot_id AND notice_version = notice.version))
    ) AS retention_days,
    coalesce(closed_at, (protocol.content ->> 'ends_at')::timestamptz) AS ended_at) AS kept
WHERE stage IN ('evaluation', 'generalise', 'iterate', 'stop', 'closed')
    AND ended_at + retention_days * interval '24 hours' < $1
    AND (EXISTS (SELECT FROM cohort WHERE cohort.pilot_id = pilot.pilot_id)
        OR EXISTS (SELECT FROM report WHERE report.pilot_id = pilot.pilot_id
            AND (said <> '' OR reporter <> '')
            AND reported_at + retention_days * interval '24 hours' < $1)
        OR EXISTS (SELECT FROM contribution WHERE contribution.pilot_id = pilot.pilot_id
            AND state <> 'published' AND said <> ''
            AND received_on + retention_days < ($1::timestamptz AT TIME ZONE 'UTC')::date))
ORDER BY pilot.pilot_id FOR UPDATE OF pilot
"""
_FORGOTTEN: Final = (
    "DELETE FROM use WHERE pilot_id = $1",
    "DELETE FROM survey_answer WHERE pilot_id = $1",
    "DELETE FROM exposure USING cohort WHERE exposure.participant = cohort.participant"
    " AND pilot_id = $1",
    "DELETE FROM cohort WHERE pilot_id = $1",
)
_WRITTEN: Final = (
    "UPDATE report SET said = '', reporter = '' WHERE pilot_id = $1 AND reported_at < $2"
    " AND (said <> '' OR reporter <> '')",
    # What nobody answered in all that time is told as such; what was published stays.
    "UPDATE contribution SET said = '', digest = NULL, state = 'set_aside',"
    " reason = coalesce(reason, 'unanswered'), revision = revision + 1"
    " WHERE pilot_id = $1 AND received_on < ($2::timestamptz AT TIME ZONE 'UTC')::date"
    " AND state <> 'published' AND said <> ''",
)


class PostgresRetention:
    """Implements `Retention`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def forget_due(self, now: datetime) -> list[str]:
        with reachable():
            async with transaction(self._pool) as connection:
                due = await connection.fetch(_DUE, now)
                if due:
                    await connection.execute(ALONE)
                for pilot_id, days, ended_at in due:
                    await connection.execute(
                        "INSERT INTO forgetting (pilot_id, at, retention_days, ended_at, rows)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        pilot_id,
                        now,
                        days,
                        ended_at,
                        await _forget(connection, pilot_id, now - timedelta(days=days)),
                    )
        return [row["pilot_id"] for row in due]


async def _forget(connection: Connection, pilot_id: str, written_before: datetime) -> int:
    # What was shown of them stays, sums of many: nobody of theirs withdraws, they are forgotten.
    await connection.execute("UPDATE shown_person SET tranche = 0 WHERE pilot_id = $1", pilot_id)
    done = [await connection.execute(each, pilot_id) for each in _FORGOTTEN]
    done += [await connection.execute(each, pilot_id, written_before) for each in _WRITTEN]
    return sum(int(status.rpartition(" ")[2]) for status in done)
