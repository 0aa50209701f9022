"""`/participer/mes-participations/{pilot}/signalement`: report a problem, without a script."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from pilotes.http.api.forms import Form, read_form
from pilotes.http.api.page_route import PageRoute
from pilotes.http.api.text_fields import MAX_LENGTH, NonEmptyText
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import person_of_request
from pilotes.people.flows.participations import Participation, find_participation
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from pilotes.safety.domain.incident_reports import ReportType, Severity
from pilotes.safety.flows.report_incident import report_incident
from pilotes.safety.ports import Reports
from socle.errors import Refusal
from socle.http.pages import alert, page, text

_MINE: Final = "/participer/mes-participations"
_FORM: Final = """{mistake}<p><strong>En cas d'urgence, appelez le 112</strong> : personne ne lit
cette page dans l'instant.</p>
<form method="post" action="/participer/mes-participations/{pilot}/signalement">
<fieldset>
<legend>Que voulez-vous signaler ?</legend>
{choices}</fieldset>
<label for="said">Que s'est-il passé ?</label>
<textarea id="said" name="said" rows="6" required maxlength="{longest}"
 aria-describedby="aide-said">{said}</textarea>
<p class="discret" id="aide-said">L'équipe du pilote le lira, sans savoir qui vous êtes. N'écrivez
ni nom, ni rien sur la santé de quelqu'un. Si vous arrêtez de participer, votre signalement reste.
Il est dans vos données, et « Tout effacer » efface son texte.</p>
<p><button>Envoyer</button></p>
</form>
<p><a class="bouton leger" href="/participer/mes-participations">Ne rien signaler</a></p>
"""
_RADIO: Final = """<label class="case"><input type="radio" name="what" value="{name}" required{on}>
{label}</label>
"""


class _Choice(NamedTuple):
    """A choice of the form."""

    label: str
    """In French."""
    kind: ReportType
    severity: Severity | None = None


_CHOICES: Final[Mapping[str, _Choice]] = {
    "grave": _Choice(
        "Un incident grave : quelqu'un est ou pourrait être en danger. L'essai s'arrête aussitôt "
        "pour tout le monde.",
        "incident",
        "severe",
    ),
    "genant": _Choice("Un incident qui a gêné quelqu'un", "incident", "moderate"),
    "leger": _Choice("Un petit incident", "incident", "minor"),
    "acces": _Choice(
        "Une difficulté d'accès : impossible de lire, d'entendre ou d'utiliser quelque chose",
        "accessibility",
    ),
    "remarque": _Choice("Une remarque", "comment"),
}
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(NonEmptyText)


def report_pages(desk: Desk, people: PeopleDesk, reports: Reports) -> APIRouter:
    """The routes of the page, which is for participants; the team uses the API."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)

    @router.get(_MINE + "/{pilot_id}/signalement")
    async def report_form(request: Request, pilot_id: PilotPath) -> Response:
        return _page(await _find_active(request, pilot_id, people), Form({}))

    @router.post(_MINE + "/{pilot_id}/signalement")
    async def report(request: Request, pilot_id: PilotPath) -> Response:
        of, form = await _find_active(request, pilot_id, people), await read_form(request)
        try:
            choice, description = _read(form)
        except Refusal as refusal:
            return _page(of, form, refusal.message)
        await report_incident(
            pilot_id,
            caller(request),
            choice.kind,
            choice.severity,
            description,
            desk=desk,
            reports=reports,
            trials=people.trials,
            personal_code=person_of_request(request).personal_code,
        )
        done = "signalement-grave" if choice.severity == "severe" else "signalement"
        return RedirectResponse(f"{_MINE}?fait={done}", 303, {"cache-control": "no-store"})

    return router


async def _find_active(request: Request, pilot_id: str, people: PeopleDesk) -> Participation:
    """The active participation of the person. Raises Refusal without one."""
    of = await find_participation(
        person_of_request(request), pilot_id, trials=people.trials, consents=people.consents
    )
    if not of.last.active:
        raise Refusal(
            "conflict", "Vous ne participez plus à ce pilote : on ne signale plus rien d'ici."
        )
    return of


def _read(form: Form) -> tuple[_Choice, str]:
    """The choice and the text of a form. Raises Refusal if one is missing or invalid."""
    choice = _CHOICES.get(form.get("what"))
    if choice is None:
        raise Refusal("invalid", "Choisissez ce que vous signalez.")
    try:
        # Browsers send CR LF for a line break (HTML §4.10.21.6).
        return choice, _TEXT.validate_python(form.get("said").replace("\r\n", "\n"))
    except ValidationError:
        raise Refusal(
            "invalid", f"Dites ce qui s'est passé, en {MAX_LENGTH} caractères au plus."
        ) from None


def _page(of: Participation, form: Form, mistake: str = "") -> Response:
    """The page with the form. `form`: its current values. `mistake`: what is wrong with them."""
    chosen = form.get("what")
    choices = "".join(
        _RADIO.format(name=name, label=text(each.label), on=" checked" if name == chosen else "")
        for name, each in _CHOICES.items()
    )
    body = _FORM.format(
        mistake=alert(mistake),
        pilot=text(of.trial.pilot.id),
        choices=choices,
        longest=MAX_LENGTH,
        said=text(form.get("said")),
    )
    title = f"Signaler un problème : {of.trial.pilot.title}"
    return page(title, body, status=400 if mistake else 200)
