"""The events of pilots, from their signed decisions, their reports and their figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.messages.domain.topics import TeamTopic
from pilotes.messages.ports import TeamEvent
from pilotes.record.adapters.rows import DECISIONS
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.pause_pilot import GUARDRAIL_SIGNATORY
from socle.postgres import Pool, reachable

_TOPICS: Final[Mapping[str, tuple[TeamTopic, ...]]] = {
    "pause": ("paused",),
    "stage": ("stage",),
    "amendment_proposed": ("opinion",),
}
"""By type of a decision."""
_DECIDED: Final = (
    DECISIONS + " WHERE at >= $1 AND kind IN ('pause', 'stage', 'amendment_proposed')"
    " ORDER BY number"
)
_INCIDENTS: Final = """
SELECT report_id, pilot_id, reported_at FROM report WHERE severity = 'severe' AND reported_at >= $1
ORDER BY report_id
"""
# Once for each protocol: the draw of a trial that was amended is judged afresh.
_UNSOUND: Final = """
SELECT pilot_id, protocol_version FROM shown_figures JOIN pilot USING (pilot_id)
WHERE NOT sound AND stage = 'trial' ORDER BY pilot_id
"""


class PostgresTeamEvents:
    """Implements `TeamEvents`. `read`: verifies a decision."""

    def __init__(self, pool: Pool, read: ReadStatement) -> None:
        self._pool, self._read = pool, read

    async def list_between(self, since: datetime, until: datetime) -> Sequence[TeamEvent]:
        with reachable():
            async with self._pool.acquire() as connection:
                decided = await connection.fetch(_DECIDED, since)
                incidents = await connection.fetch(_INCIDENTS, since)
                unsound = await connection.fetch(_UNSOUND)
        return [
            *(event for row in decided for event in self._of_decision(row)),
            *(
                TeamEvent(
                    row["pilot_id"], "incident", f"report:{row['report_id']}", row["reported_at"]
                )
                for row in incidents
            ),
            *(
                TeamEvent(row["pilot_id"], "draw", f"draw:{row['protocol_version']}", until)
                for row in unsound
            ),
        ]

    def _of_decision(self, row: Any) -> Iterator[TeamEvent]:
        statement = self._read(row["jws"])
        if statement is None:
            return
        topics = _TOPICS[row["kind"]]
        if statement["facts"].get("to") == "opinion":
            topics = (*topics, "opinion")
        automatic = statement["signatory"]["role"] == GUARDRAIL_SIGNATORY.role
        for topic in topics:
            cause = f"{topic}:{row['number']}"
            yield TeamEvent(row["pilot_id"], topic, cause, row["at"], automatic)
