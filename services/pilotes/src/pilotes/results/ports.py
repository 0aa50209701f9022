"""What the flows of figures ask of the outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.disclosure.domain.tranches import Integers, People, Shown
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.results.domain.cost import Cost
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.ports import Log


@dataclass(frozen=True, slots=True, eq=False)
class Through:
    """Who is through, first exposed first. `participant`: their numbers; `people`: in the same
    order."""

    participant: Integers
    people: People


@dataclass(frozen=True, slots=True)
class Kept:
    """What was told at the last look, less what may not be told any more. `at`: None: never."""

    shown: Shown
    sound: bool
    at: datetime | None


class Look(Protocol):
    """One pilot's figures, held: nobody else looks, comes or leaves until the end."""

    @property
    def kept(self) -> Kept:
        """What stands of what was told."""
        ...

    async def through(self, arms: Sequence[str], *, days: int, as_of: datetime) -> Through:
        """Those whose first exposure is `days` days old, on one of those arms."""
        ...

    async def read(self, indicators: Sequence[Indicator], as_of: datetime) -> Log:
        """What those did who are through with every window of these."""
        ...

    async def drawn(self, since: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        """How many were first served on which arm: before the first of those instants, from it on
        until the next, and so on."""
        ...

    async def save(self, shown: Shown, through: Through, *, sound: bool, at: datetime) -> None:
        """Keep what is told from now on, and who was shown where."""
        ...


class FigureAlarms(Protocol):
    """Where those who run the platform hear what must not wait for a reader."""

    def drawn(self, sound: Mapping[PilotId, bool]) -> None:
        """By running trial, whether its people are drawn as planned; of others nothing is said."""
        ...


class FigureStore(Protocol):
    """Where what was shown is kept."""

    async def kept(self, pilot_id: PilotId) -> Kept:
        """What may be told now, without looking again."""
        ...

    def look(self, pilot_id: PilotId) -> AbstractAsyncContextManager[Look]:
        """Look again. Raises Retry."""
        ...

    async def incidents(self, pilot_id: PilotId) -> Mapping[Severity, int]:
        """How many incidents of each severity people reported: not to be shown as they are."""
        ...

    async def give_cost(self, pilot_id: PilotId, cost: Cost, *, at: datetime, by: str) -> None:
        """Keep what somebody says that it costs, in the place of what was said before."""
        ...

    async def cost(self, pilot_id: PilotId) -> Cost | None:
        """What was said last."""
        ...
