"""What questionnaires ask of the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.surveys.domain.questionnaire import Answered, Survey


class Surveys(Protocol):
    """The questionnaires of the pilots, and what was answered."""

    async def write(self, pilot_id: str, survey: Survey, *, at: datetime, by: str) -> None:
        """Keep it, in the place of the one of that name. Raises Refusal where somebody answered."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Survey]:
        """Those of one pilot, in the order of their names."""
        ...

    async def due(self, pilot_id: str, pseudonyms: Sequence[bytes]) -> Sequence[tuple[Survey, str]]:
        """What whoever is one of those has not answered yet: each with its occasion. Raises
        Refusal where no consent of theirs stands."""
        ...

    async def answer(
        self,
        pilot_id: str,
        pseudonyms: Sequence[bytes],
        survey: str,
        occasion: str,
        answered: Answered,
        at: datetime,
    ) -> None:
        """Keep the answers of whoever is one of those, under the consent that stands. Raises
        Refusal where none does, or that person has answered on that occasion."""
        ...

    async def texts(self, pilot_id: str, survey: str) -> Sequence[tuple[str, str]]:
        """Question and free text, of whomever, in an order that tells nothing."""
        ...
