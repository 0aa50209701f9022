"""What the flows of usage need of the database and the metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Floats, Integers
from pilotes.record.domain.protocol import Indicator
from pilotes.usage.domain.facts import Exposure, Outcomes, Use
from pilotes.usage.domain.measures import Answers

EventType = Literal["use", "exposure"]
EventOutcome = Literal["counted", "repeated", "no_consent", "nobody", "to_come"]
"""What became of an event: stored; stored before; no active consent covers it; it has no pseudonym;
refused because it is dated in the future or before the platform. They are label values."""


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """What the participants did whose observation is over."""

    participant: Integers
    """Their numbers."""
    answers: Mapping[str, Answers]
    """By indicator id."""
    visited: Mapping[str, npt.NDArray[np.bool_]]
    """By id of a retention indicator, the days of use: one row for each participant, one column for
    each day of the window, which begins at their first exposure, and of the gap after it."""
    footprint: Mapping[str, Floats]
    """By name (`FOOTPRINT` and `PROCESSOR` of `measures`), the amount of each participant."""


class FactStore(Protocol):
    """The log of accepted facts, and what is derived from it."""

    async def add_uses(
        self, uses: Sequence[Use], *, replica: str, sequence: int, stopped: bool
    ) -> int | None:
        """Store the uses of one record that an active consent covers. Returns their number; None if
        the record was stored before. Raises Retry."""
        ...

    async def add_exposure(self, exposure: Exposure) -> EventOutcome:
        """Store one exposure if an active consent covers it. Raises Retry."""
        ...

    async def outcomes(
        self, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
    ) -> Mapping[str, Outcomes]:
        """By indicator id, the outcomes of the participants whose window is over at `as_of`."""
        ...

    async def people(self, pilot_id: str) -> Mapping[str, int]:
        """People that each arm has reached: exact counts, not to be published."""
        ...

    async def rederive(self, pilot_id: str) -> int:
        """Derive the first exposure and the arm of every participant of a pilot from its log.
        Returns the number of participants that differed."""
        ...


class UsageCounters(Protocol):
    """Counters of events and participants."""

    def count_events(self, event_type: EventType, outcome: EventOutcome, many: int = 1) -> None:
        """Count events by what became of them."""
        ...

    def set_participants(self, people: Mapping[tuple[str, str], int]) -> None:
        """Publish counts by pilot and arm; others are removed."""
        ...
