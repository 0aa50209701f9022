"""What the flows of usage ask of the outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.tranches import Floats, Integers
from pilotes.record.domain.protocol import Indicator
from pilotes.usage.domain.facts import Exposure, Outcomes, Use
from pilotes.usage.domain.measures import Answers

Kind = Literal["use", "exposure"]
Ending = Literal["counted", "repeated", "no_consent", "nobody", "to_come"]


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """What people did, as the log tells it. `participant`: who, one entry each.

    `answers`: by indicator's id. `visited`: by id of an indicator of retention, one row a
    participant, on which days since their first exposure they came: those of its window and of the
    gap after it. `footprint`: by name (`FOOTPRINT` and `PROCESSOR` of
    `measures`), one entry a participant.
    """

    participant: Integers
    answers: Mapping[str, Answers]
    visited: Mapping[str, npt.NDArray[np.bool_]]
    footprint: Mapping[str, Floats]


class FactStore(Protocol):
    """The log of what was accepted, and what is derived from it."""

    async def add_uses(
        self, uses: Sequence[Use], *, replica: str, sequence: int, stopped: bool
    ) -> int | None:
        """Accept the uses of one record: how many of them a standing consent covers; None where
        the record was accepted before. Raises Retry."""
        ...

    async def add_exposure(self, exposure: Exposure) -> Ending:
        """Accept one exposure. Raises Retry."""
        ...

    async def outcomes(
        self, pilot_id: str, indicators: Sequence[Indicator], as_of: datetime
    ) -> Mapping[str, Outcomes]:
        """By indicator's id, what is known of the participants whose window was over then."""
        ...

    async def people(self, pilot_id: str) -> Mapping[str, int]:
        """How many people each arm has reached: not to be shown as they are."""
        ...

    async def derive_again(self, pilot_id: str) -> int:
        """Derive all of one pilot from its log; how many participants were not as they should."""
        ...


class UsageFigures(Protocol):
    """Where what was heard is told to those who run the platform."""

    def heard(self, kind: Kind, ending: Ending, many: int = 1) -> None:
        """So many events ended so."""
        ...

    def reached(self, people: Mapping[tuple[str, str], int]) -> None:
        """By pilot and arm, as may be shown; of others nothing is."""
        ...
