"""What people report of a trial: an incident, something that is not accessible, a comment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pilotes.french.domain import moment

ReportKind = Literal["incident", "accessibility", "comment"]
Severity = Literal["minor", "moderate", "severe"]
MOST_A_DAY: Final = 20
"""Reports of one person on one pilot; severe incidents are counted apart."""


@dataclass(frozen=True, slots=True)
class Report:
    """One of them, as it is kept. `severity`: of an incident; `role`: as what it was reported;
    `stops`: severe, and its pilot was not stopped for it yet. `said`: free text, of people; empty
    once it was erased."""

    id: int
    pilot_id: str
    kind: ReportKind
    severity: Severity | None
    said: str
    role: str
    at: datetime
    stops: bool = False


def why_stopped(report: Report) -> str:
    """The reason of the pause, in French; public, so that it quotes nobody."""
    return f"Incident grave n° {report.id}, signalé le {moment(report.at)}."
