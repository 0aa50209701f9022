"""What the flows of questionnaires need of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.surveys.domain.questionnaire import PendingSurvey, ScoredAnswers, Survey


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A questionnaire, as it is stored."""

    survey: Survey
    revision: int
    """Incremented by each change, from 1."""
    answered: bool
    """Whether somebody has answered it: it does not change any more."""


class Surveys(Protocol):
    """The store of questionnaires and answers."""

    async def write(
        self,
        pilot_id: str,
        survey: Survey,
        *,
        at: datetime,
        by: str,
        revision: int | None,
        pilot_revision: int | None,
    ) -> None:
        """Store a questionnaire, in place of the one with its id.

        `revision`: the revision of the questionnaire that the caller read, 0 for a new one; None:
        it is not checked. `pilot_revision`: the revision of the pilot that the caller read; None:
        it is not checked. Raises Refusal if another one is stored, or somebody has answered the
        questionnaire."""
        ...

    async def find(self, pilot_id: str, survey_id: str) -> StoredSurvey | None:
        """The questionnaire; None if there is none of that id."""
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
