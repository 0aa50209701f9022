"""What questionnaires need of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.surveys.domain.questionnaire import ScoredAnswers, Survey


class Surveys(Protocol):
    """The questionnaires of the pilots, and their answers."""

    async def write(self, pilot_id: str, survey: Survey, *, at: datetime, by: str) -> None:
        """Save a questionnaire in place of the one of that name. Raises Refusal where somebody has
        answered."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Survey]:
        """The questionnaires of one pilot, in the order of their names."""
        ...

    async def due(self, pilot_id: str, pseudonyms: Sequence[bytes]) -> Sequence[tuple[Survey, str]]:
        """What the person of these pseudonyms has not answered, each with its occasion. Raises
        Refusal where none of their consents stands."""
        ...

    async def answer(
        self,
        pilot_id: str,
        pseudonyms: Sequence[bytes],
        survey: str,
        occasion: str,
        answered: ScoredAnswers,
        at: datetime,
    ) -> None:
        """Store the answers of the person under their standing consent. Raises Refusal without one,
        or for a second answer."""
        ...

    async def texts(self, pilot_id: str, survey: str) -> Sequence[tuple[str, str]]:
        """Question and free text, in an order that reveals no author."""
        ...
