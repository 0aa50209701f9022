"""`/participer/mes-participations/{pilot}/signalement`: report a problem, without a script.

A severe incident pauses a running pilot for everybody: a second page states it and requests a
confirmation.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from pilotes.http.api.addresses import MY_PARTICIPATIONS
from pilotes.http.api.forms import Form, read_form
from pilotes.http.api.text_fields import MAX_LENGTH, NonEmptyText
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import person_of_request
from pilotes.people.domain.enrolment import Trial
from pilotes.people.flows.participations import Participation, find_participation
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from pilotes.safety.domain.incident_reports import Report, ReportType, Severity
from pilotes.safety.flows.report_incident import report_incident
from pilotes.safety.ports import Reports
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

_PATH: Final = MY_PARTICIPATIONS + "/{pilot_id}/signalement"
_CHOICES: Final[Mapping[str, tuple[ReportType, Severity | None]]] = {
    "grave": ("incident", "severe"),
    "genant": ("incident", "moderate"),
    "leger": ("incident", "minor"),
    "acces": ("accessibility", None),
    "remarque": ("comment", None),
}
"""The choices of the form, by the names of their texts."""
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(NonEmptyText)


def report_pages(desk: Desk, people: PeopleDesk, reports: Reports, pages: Pages) -> Router:
    """The routes of the page, which is for participants; the team uses the API."""
    router = Router(include_in_schema=False)

    @router.get(_PATH)
    async def report_form(request: Request, pilot_id: PilotPath) -> Response:
        return _page(pages, await _find_active(request, pilot_id, people), Form({}))

    @router.post(_PATH)
    async def send(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        participation = await _find_active(request, pilot_id, people)
        if form.get("confirmed") == "no":
            return _page(pages, participation, form)
        choice, description = _CHOICES.get(form.get("what")), _read(form.get("said"))
        if choice is None or description is None:
            wrong = "what_missing" if choice is None else "description_wrong"
            return _page(pages, participation, form, wrong)
        report_type, severity = choice
        pilot = participation.trial.pilot
        pauses = severity == "severe" and pilot.state == "running"
        if pauses and form.get("confirmed") != "yes":
            return pages.answer("signalement/confirmation.html", pilot=pilot, form=form)
        report = await report_incident(
            pilot_id,
            caller(request),
            report_type,
            severity,
            description,
            desk=desk,
            reports=reports,
            trials=people.trials,
            personal_code=person_of_request(request).personal_code,
        )
        headers = {"cache-control": "no-store"}
        done = _done(report, await people.trials.find(pilot_id))
        return RedirectResponse(f"{MY_PARTICIPATIONS}?fait={done}", 303, headers)

    return router


def _done(report: Report, trial: Trial | None) -> str:
    """What became of a report, as the list of participations names it. `trial`: read after it,
    since the guard, the team or another report can have paused the trial meanwhile."""
    if report.severity != "severe":
        return "signalement"
    running = trial is not None and trial.pilot.state == "running"
    return "signalement-attente" if running else "signalement-grave"


async def _find_active(request: Request, pilot_id: str, people: PeopleDesk) -> Participation:
    """The participation of the person, who has not withdrawn. Raises Refusal without one."""
    participation = await find_participation(
        person_of_request(request), pilot_id, trials=people.trials, consents=people.consents
    )
    if participation.last.ended:
        raise Refusal(
            "conflict",
            "Vous ne participez plus à ce pilote : on ne signale plus rien d'ici.",
            rule="participation_over",
        )
    return participation


def _read(typed: str) -> str | None:
    """The description in a form; None if it is empty or invalid."""
    try:
        # Browsers send CR LF for a line break (HTML §4.10.21.6).
        return _TEXT.validate_python(typed.replace("\r\n", "\n"))
    except ValidationError:
        return None


def _page(pages: Pages, participation: Participation, form: Form, wrong: str = "") -> Response:
    """The page with the form. `form`: its current values. `wrong`: the text that states what is
    wrong with them."""
    text = pages.texts("signalement")[wrong].format(most=MAX_LENGTH) if wrong else None
    return pages.answer(
        "signalement/page.html",
        status=400 if wrong else 200,
        pilot=participation.trial.pilot,
        form=form,
        choices=list(_CHOICES),
        longest=MAX_LENGTH,
        wrong=text,
    )
