"""Erasure of participants' facts once the retention period is over, with a proof of it.

The period begins when the pilot is closed, or else at the planned end of its trial. Its length is
the shortest of the register's and of those in the notices that people agreed to: a longer period
in the register does not extend it. A text written later, in a pilot that is not closed, is stored
for as many days from then. Invitations to roles are deleted 90 days after their end.
"""

from datetime import datetime, timedelta
from typing import Final

from pilotes.usage.adapters.fact_locks import EXCLUSIVE_FACT_LOCK
from socle.postgres import Connection, Pool, reachable, transaction

_DUE: Final = """
SELECT pilot.pilot_id, retention_days, ended_at FROM pilot
LEFT JOIN protocol ON protocol.pilot_id = pilot.pilot_id AND version = protocol_version
CROSS JOIN LATERAL (SELECT least((processing ->> 'retention_days')::integer,
        (SELECT min((content ->> 'retention_days')::integer) FROM notice
        WHERE notice.pilot_id = pilot.pilot_id AND EXISTS (SELECT FROM consent
            WHERE consent.pilot_id = notice.pilot_id AND notice_version = notice.version))
    ) AS retention_days,
    coalesce(closed_at, (protocol.content ->> 'ends_at')::timestamptz) AS ended_at) AS retained
WHERE stage IN ('evaluation', 'generalise', 'iterate', 'stop', 'closed')
    AND ended_at + retention_days * interval '24 hours' < $1
    AND (EXISTS (SELECT FROM cohort WHERE cohort.pilot_id = pilot.pilot_id)
        OR EXISTS (SELECT FROM restricted_fact WHERE restricted_fact.pilot_id = pilot.pilot_id)
        OR EXISTS (SELECT FROM report WHERE report.pilot_id = pilot.pilot_id
            AND (said <> '' OR reporter <> '')
            AND reported_at + retention_days * interval '24 hours' < $1)
        OR EXISTS (SELECT FROM contribution WHERE contribution.pilot_id = pilot.pilot_id
            AND state <> 'published' AND said <> ''
            AND received_on + retention_days < ($1::timestamptz AT TIME ZONE 'UTC')::date))
ORDER BY pilot.pilot_id FOR UPDATE OF pilot
"""
_INVITATIONS_STORED: Final = timedelta(days=90)
_DELETE_INVITATIONS: Final = (
    "DELETE FROM role_invitation WHERE coalesce(settled_at, expires_at) < $1"
)
_ERASE_FACTS: Final = (
    "DELETE FROM use WHERE pilot_id = $1",
    "DELETE FROM survey_answer WHERE pilot_id = $1",
    "DELETE FROM exposure USING cohort WHERE exposure.participant = cohort.participant"
    " AND pilot_id = $1",
    "DELETE FROM cohort WHERE pilot_id = $1",
    "DELETE FROM restricted_fact WHERE pilot_id = $1",
)
_ERASE_TEXTS: Final = (
    "UPDATE report SET said = '', reporter = '' WHERE pilot_id = $1 AND reported_at < $2"
    " AND (said <> '' OR reporter <> '')",
    # A contribution that was not moderated becomes set aside, as unanswered; published ones stay.
    "UPDATE contribution SET said = '', digest = NULL, state = 'set_aside',"
    " reason = coalesce(reason, 'unanswered'), revision = revision + 1"
    " WHERE pilot_id = $1 AND received_on < ($2::timestamptz AT TIME ZONE 'UTC')::date"
    " AND state <> 'published' AND said <> ''",
)


class PostgresRetention:
    """Implements `Retention`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def erase_due(self, now: datetime) -> list[str]:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_DELETE_INVITATIONS, now - _INVITATIONS_STORED)
                due = await connection.fetch(_DUE, now)
                if due:
                    await connection.execute(EXCLUSIVE_FACT_LOCK)
                for pilot_id, days, ended_at in due:
                    await connection.execute(
                        "INSERT INTO forgetting (pilot_id, at, retention_days, ended_at, rows)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        pilot_id,
                        now,
                        days,
                        ended_at,
                        await _erase(connection, pilot_id, now - timedelta(days=days)),
                    )
        return [row["pilot_id"] for row in due]


async def _erase(connection: Connection, pilot_id: str, written_before: datetime) -> int:
    """Erase the facts of a pilot, and the texts written before that instant. Returns the number of
    rows."""
    # Tranche 0 first: deleting a person from a tranche would dissolve it (migration 0004), but
    # disclosed sums stay at the end of the retention period.
    await connection.execute("UPDATE shown_person SET tranche = 0 WHERE pilot_id = $1", pilot_id)
    done = [await connection.execute(each, pilot_id) for each in _ERASE_FACTS]
    done += [await connection.execute(each, pilot_id, written_before) for each in _ERASE_TEXTS]
    return sum(int(status.rpartition(" ")[2]) for status in done)
