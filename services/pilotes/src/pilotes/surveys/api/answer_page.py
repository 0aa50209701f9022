"""`/participer/questionnaires/{pilot}/{survey}`: the page of a questionnaire, without a script."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.forms import Form, read_form
from pilotes.http.api.page_route import PageRoute
from pilotes.http.api.text_fields import Name
from pilotes.identity.api.device import person_of_request
from pilotes.people.ports import Trials
from pilotes.record.api.parameters import PilotPath
from pilotes.surveys.domain.questionnaire import LONGEST, NPS, NPS_QUESTION, SUS, SUS_ITEMS, Survey
from pilotes.surveys.flows import answer_survey, get_survey, open_survey
from pilotes.surveys.ports import Surveys
from socle.clock import Clock
from socle.errors import Refusal
from socle.http.pages import alert, page, text

_FORM: Final = """{mistake}<p>Vos réponses sont gardées sous pseudonyme, pour dire ce que vaut
l'essai. Une réponse par personne suffit. N'écrivez rien sur votre santé, ni votre nom.</p>
<form method="post" action="/participer/questionnaires/{pilot}/{survey}?occasion={occasion}">
{questions}<p><button>Envoyer mes réponses</button></p>
</form>
<p>Une difficulté avec cette page ou avec l'essai ?
<a href="/participer/mes-participations/{pilot}/signalement">Signaler un problème</a>.</p>
"""
_CHOICE: Final = """<fieldset aria-describedby="aide-{name}">
<legend>{question}</legend>
<p class="discret" id="aide-{name}">{ends}</p>
<div class="echelle">
{choices}</div>
</fieldset>
"""
_ONE: Final = """<label class="case"><input type="radio" name="{name}" value="{value}" required{on}>
{value}</label>
"""
_TEXT: Final = """<label for="q-{name}">{question} (facultatif)</label>
<textarea id="q-{name}" name="q-{name}" rows="4" maxlength="{longest}">{answer}</textarea>
"""
_SUS_ENDS: Final = "1 : pas du tout d'accord ; 5 : tout à fait d'accord."
_NPS_ENDS: Final = "0 : certainement pas ; 10 : certainement."
_THANKS: Final = """<p role="status">Merci. Vos réponses sont enregistrées.</p>
<p>Vous pouvez les revoir avec toutes vos données, ou les retirer en arrêtant de participer, sur la
page <a href="/participer/mes-participations">Mes participations</a>.</p>
"""


def survey_pages(trials: Trials, surveys: Surveys, clock: Clock) -> APIRouter:
    """The routes of the page, and of its confirmation."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)

    @router.get("/participer/questionnaires/merci")
    async def thanks() -> Response:
        return page("Merci", _THANKS)

    _add_form(router, trials, surveys)
    _add_answering(router, trials, surveys, clock)
    return router


def _add_form(router: APIRouter, trials: Trials, surveys: Surveys) -> None:
    @router.get("/participer/questionnaires/{pilot_id}/{survey_id}")
    async def survey_form(
        request: Request, pilot_id: PilotPath, survey_id: Name, occasion: str = ""
    ) -> Response:
        person = person_of_request(request)
        survey, when = await open_survey(
            pilot_id, survey_id, occasion, person, trials=trials, surveys=surveys
        )
        return _page(pilot_id, survey, when, Form({}))


def _add_answering(router: APIRouter, trials: Trials, surveys: Surveys, clock: Clock) -> None:
    @router.post("/participer/questionnaires/{pilot_id}/{survey_id}")
    async def answer(
        request: Request, pilot_id: PilotPath, survey_id: Name, occasion: str = ""
    ) -> Response:
        survey = await get_survey(pilot_id, survey_id, trials=trials, surveys=surveys)
        occasion = occasion or survey.occasions[0]
        form, person = await read_form(request), person_of_request(request)
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
            return _page(pilot_id, survey, occasion, form, refusal.message)
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


def _page(pilot: str, survey: Survey, occasion: str, form: Form, mistake: str = "") -> Response:
    """The page with the form. `form`: its current values. `mistake`: what is wrong with them."""
    parts = []
    if survey.sus:
        parts += [
            _choice(f"sus-{place}", item, _SUS_ENDS, range(1, 6), form)
            for place, item in zip(_places(), SUS_ITEMS, strict=True)
        ]
    if survey.nps:
        parts.append(_choice(NPS, NPS_QUESTION, _NPS_ENDS, range(11), form))
    for each in survey.questions:
        name = f"q-{each.id}"
        if each.kind == "scale":
            ends = f"De {each.low} à {each.high}."
            parts.append(_choice(name, each.text, ends, range(each.low, each.high + 1), form))
        else:
            fields = {"name": text(each.id), "question": text(each.text), "longest": LONGEST}
            parts.append(_TEXT.format(**fields, answer=text(form.get(name))))
    body = _FORM.format(
        mistake=alert(mistake),
        pilot=quote(pilot, safe=""),
        survey=quote(survey.id, safe=""),
        occasion=quote(occasion, safe=""),
        questions="".join(parts),
    )
    return page(survey.title, body, status=400 if mistake else 200)


def _choice(name: str, question: str, ends: str, values: Sequence[int], form: Form) -> str:
    chosen = form.get(name)
    choices = "".join(
        _ONE.format(name=text(name), value=value, on=" checked" if str(value) == chosen else "")
        for value in values
    )
    return _CHOICE.format(name=text(name), question=text(question), ends=ends, choices=choices)
