"""What incident reports need of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.people.ports import ReporterKey
from pilotes.safety.domain.incident_reports import Report, ReportType, Severity


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports."""

    name: str
    """The name the report is stored under."""
    pseudonyms: tuple[str, ...]
    """Of the person in that pilot; a participant has a consent under one of them."""
    role: str


class Reports(Protocol):
    """The incident reports of the pilots."""

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
        """Store a report. Raises Refusal: beyond the daily limit, or of a participant who has
        withdrawn."""
        ...

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        """The reports of one pilot, the last one first."""
        ...

    async def list_by(self, reported: Iterable[ReporterKey]) -> Sequence[Report]:
        """The reports of those people, the first one first."""
        ...

    async def anonymise(self, reported: Iterable[ReporterKey]) -> Sequence[str]:
        """Remove the reporter, and the text that a participant wrote; kind, severity, role and time
        stay. Returns the pilots of the reports found."""
        ...

    async def list_unhandled_severe(self) -> Sequence[Report]:
        """Severe incidents for which the pilot was not paused yet."""
        ...

    async def mark_handled(self, report: int, at: datetime) -> None:
        """Mark a severe incident as handled."""
        ...
