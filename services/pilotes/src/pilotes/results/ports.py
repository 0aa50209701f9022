"""What the flows of results need of the database and the metrics."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Integers
from pilotes.disclosure.domain.tranches import DisclosedFigures, Population
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.record.domain.stages import Stage
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import Figures
from pilotes.results.domain.looks import TakenLook
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.ports import Log


@dataclass(frozen=True, slots=True, eq=False)
class CompletedPeople:
    """Participants whose observation is over, in the order of their first exposure."""

    participant: Integers
    """Their numbers."""
    people: Population
    """Their arms and tranches, in the same order."""
    first_exposure: Integers
    """In POSIX seconds, in the same order."""

    def only(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Those of them for whom `chosen` is true."""
        people = self.people
        columns = (people.arm, people.tranche, people.first)
        return type(self)(
            self.participant[chosen],
            Population(*(c[chosen] for c in columns)),
            self.first_exposure[chosen],
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """How long, and on which terms, people are observed."""

    windows: Collection[int]
    """In days."""
    introduced: datetime | None = None
    """When the latest amendment that measures something else took effect; None: never."""


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """The figures disclosed by the last update, without broken tranches."""

    disclosed: DisclosedFigures
    ratio_as_planned: bool
    """No sample ratio mismatch was found."""
    at: datetime | None
    """When they were updated; None: never."""
    looks: Sequence[TakenLook] = ()
    """The planned looks that took place."""


class FigureUpdate(Protocol):
    """An update of one pilot's figures, in a transaction: no facts are erased meanwhile."""

    @property
    def stored(self) -> StoredFigures:
        """The figures before the update."""
        ...

    async def completed(
        self, arms: Sequence[str], *, observation: Observation, as_of: datetime
    ) -> CompletedPeople:
        """The participants of those arms whose first exposure is at least the longest window and
        `LATE_EVENT_DELAY` old at `as_of`; `Population.arm` is the position in `arms`.

        Of people who were never disclosed, only those all of whose windows were observed
        completely, and who were exposed to the arm in their consent if it has one. Of people who
        are in no tranche, only those who agreed to what is measured.
        """
        ...

    async def read(self, indicators: Sequence[Indicator], as_of: datetime) -> Log:
        """The log of the participants whose windows of all these indicators were over
        `LATE_EVENT_DELAY` before `as_of`."""
        ...

    async def counts_by_arm(self, since: Sequence[datetime]) -> Sequence[Mapping[str, int]]:
        """By arm, how many people were first exposed in each period. `since`: instants between
        the periods; there is one period more than instants."""
        ...

    async def count_misassigned(self) -> int:
        """How many participants were first exposed to another arm than the one in their consent."""
        ...

    async def places(self, participants: Integers, codes: Sequence[str]) -> Integers:
        """The place of each participant, as its position in `codes`; -1: none of them."""
        ...

    async def save(
        self,
        disclosed: DisclosedFigures,
        moved: CompletedPeople,
        *,
        looks: Sequence[TakenLook],
        ratio_as_planned: bool,
        at: datetime,
    ) -> None:
        """Store the figures and the planned looks. `moved`: the participants whose tranche changed,
        with the new ones."""
        ...


@dataclass(frozen=True, slots=True)
class MonitoredTrial:
    """A trial whose figures are published for monitoring."""

    pilot: Pilot
    figures: Figures
    """The same as `GET /pilotes/v1/pilots/{id}/indicators` gives."""


class FigureGauges(Protocol):
    """The state of pilots and the disclosed figures of trials, for monitoring."""

    def publish(self, stages: Mapping[Stage, int], trials: Sequence[MonitoredTrial]) -> None:
        """Replace what was published. `stages`: the number of pilots at each stage. `trials`: those
        that are opened and not closed."""
        ...


class FigureStore(Protocol):
    """The store of disclosed figures and declared costs."""

    async def stored(self, pilot_id: PilotId) -> StoredFigures:
        """The figures of the last update."""
        ...

    def update(self, pilot_id: PilotId) -> AbstractAsyncContextManager[FigureUpdate]:
        """Begin an update of that pilot's figures; others wait for its end. Raises Retry."""
        ...

    async def incidents(self, pilot_id: PilotId) -> Mapping[Severity, int]:
        """The number of incidents by severity: exact counts, not to be disclosed."""
        ...

    async def save_cost(self, pilot_id: PilotId, cost: Cost, *, at: datetime, by: str) -> None:
        """Store a declaration in place of the former one."""
        ...

    async def cost(self, pilot_id: PilotId) -> Cost | None:
        """The latest declaration; None without one."""
        ...
