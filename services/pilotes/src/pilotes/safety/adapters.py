"""Incident reports in PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.people.ports import ReporterKey
from pilotes.record.adapters.advisory_locks import lock_exclusively
from pilotes.safety.domain.incident_reports import MAX_PER_DAY, Report, ReportType, Severity
from pilotes.safety.flows.report_incident import no_longer_participant, too_many_reports
from pilotes.safety.ports import Reporter
from socle.postgres import Pool, reachable, transaction

# FOR SHARE: a concurrent erasure waits for this transaction, and then anonymises this report too.
_TAKES_PART: Final = """
SELECT true FROM consent WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL
FOR SHARE
"""
# Severe incidents have their own limit, so that twenty comments do not block the report of a
# danger.
_COUNT: Final = """
SELECT count(*) FROM report WHERE pilot_id = $1 AND reporter = $2
    AND reported_at > $3::timestamptz - interval '24 hours'
    AND (severity = 'severe') IS TRUE = $4
"""
_ADD: Final = """
INSERT INTO report (pilot_id, kind, severity, said, reporter, role, reported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
"""
_PAUSED: Final = """
SELECT EXISTS (SELECT FROM report AS former JOIN report USING (pilot_id)
    WHERE report.report_id = $1 AND former.paused_trial AND former.role = 'participant'
        AND (former.stopped_at > $2
            OR (former.reporter = report.reporter AND report.reporter <> '')))
"""
# Two processes can handle the same incident; one of them paused the trial.
_MARK_HANDLED: Final = """
UPDATE report SET stopped_at = coalesce(stopped_at, $2), paused_trial = paused_trial OR $3
WHERE report_id = $1
"""
_BY: Final = """
SELECT report.* FROM report
JOIN unnest($1::text[], $2::text[]) AS reporter_key (pilot, name)
    ON pilot_id = pilot AND reporter = name
ORDER BY report_id
"""
# The text of a team member's report belongs to the record: only its author is removed.
_ANONYMISE: Final = """
UPDATE report SET reporter = '', said = CASE WHEN role = 'participant' THEN '' ELSE said END
FROM unnest($1::text[], $2::text[]) AS reporter_key (pilot, name)
WHERE pilot_id = pilot AND reporter = name RETURNING pilot_id
"""


class PostgresReports:
    """Implements `Reports`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self,
        pilot_id: str,
        kind: ReportType,
        severity: Severity | None,
        text: str,
        *,
        by: Reporter,
        at: datetime,
    ) -> Report:
        with reachable():
            async with transaction(self._pool) as connection:
                # Serialised: two concurrent reports could both be the last that the limit allows.
                await lock_exclusively(connection, f"report {pilot_id}:{by.name}")
                if by.role == "participant":
                    pseudonym = bytes.fromhex(by.pseudonym)
                    if not await connection.fetchval(_TAKES_PART, pilot_id, pseudonym):
                        raise no_longer_participant()
                severe = severity == "severe"
                if await connection.fetchval(_COUNT, pilot_id, by.name, at, severe) >= MAX_PER_DAY:
                    raise too_many_reports()
                row = await connection.fetchrow(
                    _ADD, pilot_id, kind, severity, text, by.name, by.role, at
                )
        return _report(row)

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        return await self._fetch(
            "SELECT * FROM report WHERE pilot_id = $1 ORDER BY report_id DESC LIMIT $2",
            pilot_id,
            limit,
        )

    async def list_by(self, reported: Iterable[ReporterKey]) -> Sequence[Report]:
        return await self._fetch(_BY, *_columns(reported))

    async def anonymise(self, reported: Iterable[ReporterKey]) -> Sequence[str]:
        with reachable():
            rows = await self._pool.fetch(_ANONYMISE, *_columns(reported))
        return [row["pilot_id"] for row in rows]

    async def list_unhandled_severe(self) -> Sequence[Report]:
        return await self._fetch(
            "SELECT * FROM report WHERE severity = 'severe' AND stopped_at IS NULL"
            " ORDER BY report_id"
        )

    async def paused_by_participants(self, report: Report, since: datetime) -> bool:
        with reachable():
            found: bool = await self._pool.fetchval(_PAUSED, report.id, since)
        return found

    async def mark_handled(self, report: int, at: datetime, *, paused: bool) -> None:
        with reachable():
            await self._pool.execute(
                _MARK_HANDLED,
                report,
                at,
                paused,
            )

    async def _fetch(self, statement: str, *arguments: Any) -> list[Report]:
        with reachable():
            return [_report(row) for row in await self._pool.fetch(statement, *arguments)]


def _columns(reported: Iterable[ReporterKey]) -> tuple[list[str], list[str]]:
    keys = list(reported)
    return [pilot_id for pilot_id, _ in keys], [name for _, name in keys]


def _report(row: Any) -> Report:
    return Report(
        id=row["report_id"],
        pilot_id=row["pilot_id"],
        kind=row["kind"],
        severity=row["severity"],
        text=row["said"],
        role=row["role"],
        at=row["reported_at"],
        paused_trial=row["paused_trial"],
        stops_pilot=row["severity"] == "severe" and row["stopped_at"] is None,
    )
