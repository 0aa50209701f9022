"""What the flows of questionnaires need of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.surveys.domain.questionnaire import PendingSurvey, ScoredAnswers, Survey


class Surveys(Protocol):
    """The store of questionnaires and answers."""

    async def write(self, pilot_id: str, survey: Survey, *, at: datetime, by: str) -> None:
        """Store a questionnaire, in place of the one with its id. Raises Refusal if somebody has
        answered it."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Survey]:
        """The questionnaires of one pilot, in the order of their ids."""
        ...

    async def pending(self, pilot_id: str, pseudonyms: Sequence[bytes]) -> Sequence[PendingSurvey]:
        """The questionnaires that a person has not answered, offered or not yet. `pseudonyms`:
        those of the person. Raises Refusal if they have no active consent."""
        ...

    async def answer(
        self,
        pilot_id: str,
        pseudonyms: Sequence[bytes],
        survey_id: str,
        occasion: str,
        answered: ScoredAnswers,
        at: datetime,
    ) -> None:
        """Store the answers of a person to a questionnaire. `pseudonyms`: those of the person.
        Raises Refusal without an active consent, or for a second answer on that occasion."""
        ...

    async def texts(self, pilot_id: str, survey_id: str) -> Sequence[tuple[str, str]]:
        """The free texts, each as the id of its question and the text, in an order that does not
        reveal their authors."""
        ...
