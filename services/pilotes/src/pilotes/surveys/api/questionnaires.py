"""Routes of questionnaires: written by the team, read by everybody."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.text_fields import Line, Name, RequestBody
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.parameters import PilotPath, SurveyPath
from pilotes.record.flows.desk import Desk
from pilotes.surveys.domain.questionnaire import (
    NPS_QUESTION,
    ONCE,
    SUS_ITEMS,
    Question,
    QuestionType,
    Survey,
)
from pilotes.surveys.flows import write_survey
from pilotes.surveys.ports import Surveys
from socle.http import Router


class QuestionDraft(RequestBody):
    """Une question : `scale`, un nombre de `low` à `high` ; `text`, libre et facultative."""

    id: Name
    text: Line
    kind: QuestionType = "scale"
    low: int = Field(default=1, ge=0, le=100)
    high: int = Field(default=5, ge=0, le=100)


class SurveyDraft(RequestBody):
    """Un questionnaire. `sus`, `nps` : avec leurs questions ; `occasions` : quand on y répond ;
    `after_days` : pour chacune, le délai en jours entre l'accord et la question."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Votre avis après un mois", "sus": True}]}
    )

    title: Line
    sus: bool = False
    nps: bool = False
    questions: tuple[QuestionDraft, ...] = Field(default=(), max_length=20)
    occasions: tuple[Name, ...] = Field(default=(ONCE,), max_length=12)
    after_days: tuple[Annotated[int, Field(ge=0, le=3_650)], ...] = Field(default=(), max_length=12)

    def survey(self, survey_id: str) -> Survey:
        """The questionnaire of that id."""
        return Survey(
            survey_id,
            self.title,
            self.sus,
            self.nps,
            tuple(Question(**each.model_dump()) for each in self.questions),
            self.occasions,
            self.after_days,
        )


class SurveyBody(BaseModel):
    """Un questionnaire tel qu'il se remplit. `sus` : ses dix affirmations, de 1 à 5."""

    id: str
    title: str
    sus: tuple[str, ...] = ()
    nps: str | None = None
    questions: list[QuestionDraft]
    occasions: tuple[str, ...]
    after_days: tuple[int, ...] = ()


class SurveysBody(BaseModel):
    """Ceux d'un pilote."""

    surveys: list[SurveyBody]


class TextBody(BaseModel):
    """Ce que quelqu'un a écrit."""

    question: str
    said: str


class TextsBody(BaseModel):
    """Les textes libres, dans un ordre qui ne dit rien."""

    texts: list[TextBody]


def surveys_router(desk: Desk, surveys: Surveys) -> Router:
    """The routes of questionnaires."""
    router = Router(tags=["surveys"], dependencies=[Depends(forbid_caching)])
    _add_team(router, desk, surveys)
    _add_list(router, desk, surveys)
    return router


def _add_team(router: Router, desk: Desk, surveys: Surveys) -> None:
    @router.put(
        "/pilots/{pilot_id}/surveys/{survey_id}",
        operation_id="write_survey",
        summary="Écrire un questionnaire",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def write(
        request: Request, pilot_id: PilotPath, survey_id: SurveyPath, written: SurveyDraft
    ) -> SurveyBody:
        """Tant que personne n'y a répondu, et que l'essai n'est pas fini. Pendant l'essai, une
        question qu'une mesure lit, et ses moments, ne changent plus."""
        survey = written.survey(survey_id)
        await write_survey(pilot_id, caller(request), survey, desk=desk, surveys=surveys)
        return _body(survey)

    @router.get(
        "/pilots/{pilot_id}/surveys/{survey_id}/texts",
        operation_id="list_survey_texts",
        summary="Les textes libres",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def texts(request: Request, pilot_id: PilotPath, survey_id: SurveyPath) -> TextsBody:
        """Pour l'équipe du pilote ; sans dire de qui, ni quand."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        actor.require("read_reports")
        found = await surveys.texts(pilot_id, survey_id)
        return TextsBody(texts=[TextBody(question=each, said=text) for each, text in found])


def _add_list(router: Router, desk: Desk, surveys: Surveys) -> None:
    @router.get(
        "/pilots/{pilot_id}/surveys",
        operation_id="list_surveys",
        summary="Les questionnaires d'un pilote",
    )
    async def listed(request: Request, pilot_id: PilotPath) -> SurveysBody:
        """Ce qui est demandé, et quand."""
        await desk.get_pilot(pilot_id, caller(request))
        found = await surveys.list_of(pilot_id)
        return SurveysBody(surveys=[_body(each) for each in found])


def _body(survey: Survey) -> SurveyBody:
    return SurveyBody(
        id=survey.id,
        title=survey.title,
        sus=SUS_ITEMS if survey.sus else (),
        nps=NPS_QUESTION if survey.nps else None,
        questions=[
            QuestionDraft(id=q.id, text=q.text, kind=q.kind, low=q.low, high=q.high)
            for q in survey.questions
        ],
        occasions=survey.occasions,
        after_days=survey.after_days,
    )
