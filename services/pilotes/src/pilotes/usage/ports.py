"""What the flows of usage need of the database and the metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Floats, Integers
from pilotes.record.domain.protocol import Indicator
from pilotes.usage.domain.facts import Exposure, Outcomes, Use
from pilotes.usage.domain.measures import Answers

EventType = Literal["use", "exposure"]
EventOutcome = Literal["counted", "repeated", "no_consent", "nobody", "to_come"]
"""What became of an event: `counted`, stored now; `repeated`, stored before; `no_consent`, no
active consent covers it; `nobody`, it has no valid pseudonym; `to_come`, refused because it is
dated in the future or before the platform. They are label values."""


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """What was measured of the participants whose observation is over."""

    participant: Integers
    """Their numbers. `visited` and `footprint` have one row for each, in this order."""
    answers: Mapping[str, Answers]
    """By indicator id, with the numbers of those who have an outcome."""
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
        the record was stored before. Raises Retry.

        `replica`, `sequence`: the gateway replica that counted the uses, and the number of the
        record among its own; together they identify it. `stopped`: whether it is the last record
        of a replica that ended normally; it is stored for that replica.
        """
        ...

    async def add_exposure(self, exposure: Exposure) -> EventOutcome:
        """Store one exposure if an active consent covers it: the one that it names, if any. Returns
        `counted`, `repeated` or `no_consent`. Raises Retry."""
        ...

    async def outcomes(
        self,
        pilot_id: str,
        indicators: Sequence[Indicator],
        as_of: datetime,
        introduced: Mapping[str, datetime],
    ) -> Mapping[str, Outcomes]:
        """By indicator id, the outcomes of the participants whose window was over
        `LATE_EVENT_DELAY` before `as_of`, with or without a pause in it.

        `introduced`: from `introductions`. Who was exposed before, and whose consent lapsed since,
        has no outcome of that indicator.
        """
        ...

    async def people(self, pilot_id: str) -> Mapping[str, int]:
        """People that each arm has reached: exact counts, not to be published."""
        ...

    async def rederive(self, pilot_id: str) -> int:
        """Derive the first exposure and the arm of every participant of a pilot from its log.
        Returns the number of participants that differed."""
        ...


class SeenFacts(Protocol):
    """When services last reported each fact, in pilots or not."""

    async def add(self, fact: str, hour: datetime) -> None:
        """It was reported during that hour. Raises Retry."""
        ...


@dataclass(frozen=True, slots=True)
class RecruitmentStep:
    """A count of the people that an arm had reached."""

    day: date
    arm: str
    people: int
    """Exact, not to be published."""


class RecruitmentLog(Protocol):
    """The counts of people reached, by day."""

    async def latest(self, pilot_id: str) -> Mapping[str, int]:
        """By arm, the last count; empty before the first."""
        ...

    async def add(self, pilot_id: str, day: date, people: Mapping[str, int]) -> None:
        """Store counts by arm, in place of those of that day."""
        ...

    async def steps(self, pilot_id: str) -> Sequence[RecruitmentStep]:
        """Every count, the first day first."""
        ...


class UsageCounters(Protocol):
    """Counters of events and participants."""

    def count_events(self, event_type: EventType, outcome: EventOutcome, many: int = 1) -> None:
        """Count events by what became of them. `many`: their number."""
        ...

    def set_participants(self, people: Mapping[tuple[str, str], int]) -> None:
        """Publish counts by pilot and arm; others are removed."""
        ...
