"""What people report of the trials, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.domain.incidents import MOST_A_DAY, Report, ReportKind, Severity
from pilotes.flows.report_incident import too_many
from socle.postgres import Pool, reachable, transaction

# Who it was is not kept: what the sealed salt makes of them is, and goes with it.
_REPORTER: Final = """
SELECT encode(sha256(coalesce(salt, '') || convert_to($2, 'UTF8')), 'hex')
FROM pilot WHERE pilot_id = $1
"""
_COUNT: Final = """
SELECT count(*) FROM report WHERE pilot_id = $1 AND reporter = $2
    AND reported_at > $3::timestamptz - interval '24 hours'
"""
_ADD: Final = """
INSERT INTO report (pilot_id, kind, severity, said, reporter, role, reported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
"""


class PostgresReports:
    """Implements `Reports`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self,
        pilot_id: str,
        kind: ReportKind,
        severity: Severity | None,
        said: str,
        *,
        reporter: str,
        role: str,
        at: datetime,
    ) -> Report:
        with reachable():
            async with transaction(self._pool) as connection:
                # One at a time: two at once would both find room for the last one.
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                    f"report {pilot_id}:{reporter}",
                )
                reporter = await connection.fetchval(_REPORTER, pilot_id, reporter)
                if await connection.fetchval(_COUNT, pilot_id, reporter, at) >= MOST_A_DAY:
                    raise too_many()
                row = await connection.fetchrow(
                    _ADD, pilot_id, kind, severity, said, reporter, role, at
                )
        return _report(row)

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        return await self._fetch(
            "SELECT * FROM report WHERE pilot_id = $1 ORDER BY report_id DESC LIMIT $2",
            pilot_id,
            limit,
        )

    async def list_stopping(self) -> Sequence[Report]:
        return await self._fetch(
            "SELECT * FROM report WHERE severity = 'severe' AND stopped_at IS NULL"
            " ORDER BY report_id"
        )

    async def stopped(self, report: int, at: datetime) -> None:
        with reachable():
            await self._pool.execute(
                "UPDATE report SET stopped_at = $2 WHERE report_id = $1", report, at
            )

    async def _fetch(self, statement: str, *arguments: Any) -> list[Report]:
        with reachable():
            return [_report(row) for row in await self._pool.fetch(statement, *arguments)]


def _report(row: Any) -> Report:
    return Report(
        id=row["report_id"],
        pilot_id=row["pilot_id"],
        kind=row["kind"],
        severity=row["severity"],
        said=row["said"],
        role=row["role"],
        at=row["reported_at"],
        stops=row["severity"] == "severe" and row["stopped_at"] is None,
    )
