"""What reports ask of the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.domain.incidents import Report, ReportKind, Severity


class Reports(Protocol):
    """What people reported, pilot by pilot."""

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
        """Keep it. Raises Refusal("too_many") past what one person may report in a day."""
        ...

    async def list_of(self, pilot_id: str, *, limit: int) -> Sequence[Report]:
        """Of one pilot, the last one first."""
        ...

    async def list_stopping(self) -> Sequence[Report]:
        """The severe incidents whose pilot was not stopped for them yet."""
        ...

    async def stopped(self, report: int, at: datetime) -> None:
        """It was."""
        ...
