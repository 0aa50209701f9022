"""The route on which participants answer a questionnaire, once for each occasion."""

from typing import Any

from fastapi import Depends, Request, Response
from pydantic import Field

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.text_fields import Name, RequestBody
from pilotes.identity.api.device import person_of_request
from pilotes.people.ports import Trials
from pilotes.record.api.parameters import PilotPath, SurveyPath
from pilotes.surveys.domain.questionnaire import ONCE
from pilotes.surveys.flows import answer_survey
from pilotes.surveys.ports import Surveys
from socle.clock import Clock
from socle.http import Router


class AnswersDraft(RequestBody):
    """Des réponses : `sus`, dix nombres de 1 à 5 ; `nps`, un nombre de 0 à 10 ; sinon par question.
    N'écrivez rien sur la santé de quelqu'un."""

    occasion: Name = ONCE
    answers: dict[str, Any] = Field(
        max_length=30, examples=[{"sus": [4, 2, 4, 2, 4, 2, 4, 2, 4, 2]}]
    )


def survey_answers_router(trials: Trials, surveys: Surveys, clock: Clock) -> Router:
    """The route of answers."""
    router = Router(tags=["surveys"], dependencies=[Depends(forbid_caching)])

    @router.post(
        "/pilots/{pilot_id}/surveys/{survey_id}/answers",
        operation_id="answer_survey",
        status_code=204,
        summary="Répondre",
    )
    async def answer(
        request: Request, pilot_id: PilotPath, survey_id: SurveyPath, written: AnswersDraft
    ) -> Response:
        """Une fois par personne et par occasion, pour qui participe."""
        await answer_survey(
            pilot_id,
            survey_id,
            written.occasion,
            written.answers,
            person_of_request(request),
            trials=trials,
            surveys=surveys,
            clock=clock,
        )
        return Response(status_code=204)

    return router
