"""`/participer/questionnaires/{pilot}/{survey}`: the page of a questionnaire, without a script."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.forms import Form, read_form
from pilotes.http.api.text_fields import Name
from pilotes.identity.api.device import person_of_request
from pilotes.people.ports import Trials
from pilotes.record.api.parameters import PilotPath
from pilotes.surveys.domain.questionnaire import LONGEST, NPS, NPS_QUESTION, SUS, SUS_ITEMS, Survey
from pilotes.surveys.flows import answer_survey, get_survey, open_survey
from pilotes.surveys.ports import Surveys
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, problem_sentence

WORDING: Final = {"statements": SUS_ITEMS, "recommendation": NPS_QUESTION, "longest": LONGEST}
"""What the template of a questionnaire needs beside its questions."""


def survey_pages(trials: Trials, surveys: Surveys, clock: Clock, pages: Pages) -> Router:
    """The routes of the page, and of its confirmation."""
    router = Router(include_in_schema=False)

    @router.get("/participer/questionnaires/merci")
    async def thanks() -> Response:
        return pages.answer("questionnaire/merci.html")

    _add_form(router, trials, surveys, clock, pages)
    _add_answering(router, trials, surveys, clock, pages)
    return router


def _add_form(router: Router, trials: Trials, surveys: Surveys, clock: Clock, pages: Pages) -> None:
    @router.get("/participer/questionnaires/{pilot_id}/{survey_id}")
    async def survey_form(
        request: Request, pilot_id: PilotPath, survey_id: Name, occasion: str = ""
    ) -> Response:
        person = person_of_request(request)
        survey, when = await open_survey(
            pilot_id, survey_id, occasion, person, trials=trials, surveys=surveys, clock=clock
        )
        return _page(pages, pilot_id, survey, when, Form({}))


def _add_answering(
    router: Router, trials: Trials, surveys: Surveys, clock: Clock, pages: Pages
) -> None:
    @router.post("/participer/questionnaires/{pilot_id}/{survey_id}")
    async def answer(
        request: Request, pilot_id: PilotPath, survey_id: Name, occasion: str = ""
    ) -> Response:
        form, person = await read_form(request), person_of_request(request)
        survey = await get_survey(pilot_id, survey_id, trials=trials, surveys=surveys)
        occasion = occasion or survey.occasions[0]
        try:
            await answer_survey(
                pilot_id,
                survey_id,
                occasion,
                _answers(survey, form),
                person,
                trials=trials,
                surveys=surveys,
                clock=clock,
            )
        except Refusal as refusal:
            # Show the form again as it was filled in.
            if refusal.category != "invalid":
                raise
            wrong = problem_sentence(pages, of_refusal(refusal))
            return _page(pages, pilot_id, survey, occasion, form, wrong)
        headers = {"cache-control": "no-store"}
        return RedirectResponse("/participer/questionnaires/merci", 303, headers)


def _answers(survey: Survey, form: Form) -> Mapping[str, Any]:
    """The answers in a form, as `score_answers` takes them."""
    answers: dict[str, Any] = {}
    if survey.sus:
        answers[SUS] = [_number(form.get(f"sus-{place}")) for place in _places()]
    if survey.nps:
        answers[NPS] = _number(form.get(NPS))
    for each in survey.questions:
        value = form.get(f"q-{each.id}")
        answers[each.id] = _number(value) if each.kind == "scale" else value.replace("\r\n", "\n")
    return answers


def _number(value: str) -> int | None:
    """A number of at most three digits; None for another text."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None


def _places() -> range:
    """The numbers of the SUS statements, from 1."""
    return range(1, len(SUS_ITEMS) + 1)


def _page(
    pages: Pages,
    pilot_id: str,
    survey: Survey,
    occasion: str,
    form: Form,
    wrong: str | None = None,
) -> Response:
    """The page with the form. `form`: its current values. `wrong`: what is wrong with them."""
    return pages.answer(
        "questionnaire/page.html",
        status=400 if wrong else 200,
        pilot_id=pilot_id,
        survey=survey,
        occasion=occasion,
        form=form,
        wording=WORDING,
        wrong=wrong,
    )
