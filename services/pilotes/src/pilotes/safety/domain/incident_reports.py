"""Reports on a trial: an incident, an accessibility problem, a comment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pilotes.french.domain import format_instant

ReportType = Literal["incident", "accessibility", "comment"]
Severity = Literal["minor", "moderate", "severe"]
"""A `severe` incident pauses its pilot at once."""
MAX_PER_DAY: Final = 20
"""Reports of one person on one pilot within 24 hours, not counting severe incidents; and the same
number of these."""


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report."""

    id: int
    pilot_id: str
    kind: ReportType
    severity: Severity | None
    """Only of an incident."""
    text: str
    """Free text; empty once it is erased."""
    role: str
    """The role of the reporter in the pilot."""
    at: datetime
    paused_trial: bool = False
    """Whether it paused its pilot. A severe incident that did not waits for the team."""
    stops_pilot: bool = False
    """Whether it is a severe incident that was not handled yet: its pilot has to be paused."""


def incident_reason(report: Report) -> str:
    """The reason of the pause, in French. It is public and does not quote the report."""
    return f"{_reason_start(report)} signalé le {format_instant(report.at)}."


def is_reason_of(reason: str, report: Report) -> bool:
    """Whether a pause was made for that report. Versions write other spaces in its instant."""
    return reason.startswith(_reason_start(report))


def _reason_start(report: Report) -> str:
    return f"Incident grave n° {report.id},"
