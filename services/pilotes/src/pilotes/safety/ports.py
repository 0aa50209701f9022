"""What reports ask of the outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.people.ports import Reported
from pilotes.safety.domain.incident_reports import Report, ReportKind, Severity


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports. `name`: what it is kept under; `pseudonyms`: theirs in that pilot, under one of
    which the consent of a participant stands; `role`: as what they report."""

    name: str
    pseudonyms: tuple[str, ...]
    role: str


class Reports(Protocol):
    """What people reported, pilot by pilot."""

    async def add(
        self,
        pilot_id: str,
        kind: ReportKind,
        severity: Severity | None,
        said: str,
        *,
        by: Reporter,
        at: datetime,
    ) -> Report:
        """Keep it. Raises Refusal: past what one person may report in a day, or by a participant
        who takes part no more."""
        ...

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        """Of one pilot, the last one first."""
        ...

    async def list_by(self, reported: Iterable[Reported]) -> Sequence[Report]:
        """Of those people, the first one first."""
        ...

    async def untie(self, reported: Iterable[Reported]) -> Sequence[str]:
        """Forget who reported, and what participants wrote. What happened, how severe it was, as
        what it was reported and when stay. The pilots of the reports there were."""
        ...

    async def list_stopping(self) -> Sequence[Report]:
        """The severe incidents whose pilot was not stopped for them yet."""
        ...

    async def stopped(self, report: int, at: datetime) -> None:
        """It was."""
        ...
