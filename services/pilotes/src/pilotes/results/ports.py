"""What the flows of results need of the database and the metrics."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.disclosure.domain.tranches import DisclosedFigures, Integers, Population
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.results.domain.cost import Cost
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.ports import Log


@dataclass(frozen=True, slots=True, eq=False)
class CompletedPeople:
    """Participants whose observation is over, in the order of their first exposure."""

    participant: Integers
    """Their numbers."""
    people: Population
    """In the same order."""


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """The figures disclosed by the last update, without broken tranches."""

    disclosed: DisclosedFigures
    sound: bool
    at: datetime | None
    """When they were updated; None: never."""


class FigureUpdate(Protocol):
    """An update of one pilot's figures, in a transaction: no participant is erased meanwhile."""

    @property
    def stored(self) -> StoredFigures:
        """The figures before the update."""
        ...

    async def completed(
        self, arms: Sequence[str], *, days: int, as_of: datetime
    ) -> CompletedPeople:
        """Participants of those arms whose first exposure is `days` days old."""
        ...

    async def read(self, indicators: Sequence[Indicator], as_of: datetime) -> Log:
        """What participants did whose windows of all these indicators are over."""
        ...

    async def counts_by_arm(self, since: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        """How many people were first served on each arm: before the first of those instants,
        between two, after the last."""
        ...

    async def save(
        self, disclosed: DisclosedFigures, completed: CompletedPeople, *, sound: bool, at: datetime
    ) -> None:
        """Store the figures, and the tranche of each participant."""
        ...


class DrawAlarms(Protocol):
    """The alarm that people are not drawn as planned."""

    def set_soundness(self, sound: Mapping[PilotId, bool]) -> None:
        """By running trial, whether its people are drawn as planned."""
        ...


class FigureStore(Protocol):
    """The store of disclosed figures and declared costs."""

    async def stored(self, pilot_id: PilotId) -> StoredFigures:
        """The figures of the last update."""
        ...

    def update(self, pilot_id: PilotId) -> AbstractAsyncContextManager[FigureUpdate]:
        """Begin an update. Raises Retry."""
        ...

    async def incidents(self, pilot_id: PilotId) -> Mapping[Severity, int]:
        """Incidents by severity: exact counts, not to be disclosed."""
        ...

    async def save_cost(self, pilot_id: PilotId, cost: Cost, *, at: datetime, by: str) -> None:
        """Store a declaration in place of the former one."""
        ...

    async def cost(self, pilot_id: PilotId) -> Cost | None:
        """The last declaration."""
        ...
