"""What the flows of usage ask of the outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from pilotes.domain.protocol import Indicator
from pilotes.domain.usage import Exposure, Outcomes, Use

Kind = Literal["use", "exposure"]
Ending = Literal["counted", "repeated", "no_consent", "nobody", "to_come"]


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
