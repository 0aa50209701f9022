"""What the flows of incident reports need of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.people.ports import ReporterKey
from pilotes.safety.domain.incident_reports import Report, ReportType, Severity


@dataclass(frozen=True, slots=True)
class Reporter:
    """The person who reports."""

    name: str
    """Their `reporter_name` in that pilot, under which the report is stored."""
    role: str
    """Their role in the pilot."""
    pseudonym: str = ""
    """Of a participant: the pseudonym under which they consented; of others empty."""


class Reports(Protocol):
    """The store of incident reports."""

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
        """Store a report. Raises Refusal beyond the daily limit, and for a participant who has
        withdrawn."""
        ...

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        """At most `limit` reports on one pilot, the latest first."""
        ...

    async def list_by(self, reported: Iterable[ReporterKey]) -> Sequence[Report]:
        """The reports with those keys, the first one first."""
        ...

    async def anonymise(self, reported: Iterable[ReporterKey]) -> Sequence[str]:
        """Remove the reporter from the reports with those keys, and the text from those that a
        participant wrote; type, severity, role and time stay. Returns the pilots of the reports."""
        ...

    async def list_unhandled_severe(self) -> Sequence[Report]:
        """The severe incidents that are not marked as handled, the first one first."""
        ...

    async def paused_by_participants(self, report: Report, since: datetime) -> bool:
        """Whether an incident that a participant reported paused the pilot of that report since
        that instant; or ever, if its reporter is the same."""
        ...

    async def mark_handled(self, report: int, at: datetime, *, paused: bool) -> None:
        """Mark a severe incident as handled. `report`: its id. `paused`: whether it paused its
        pilot; what another process has marked before stays."""
        ...
