"""`/lab/nouveau`: a coordinator creates a pilot, in a few fields. The rest is written in its
record and its protocol."""

from dataclasses import replace
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pilotes.http.api.addresses import LAB
from pilotes.http.api.forms import read_form
from pilotes.lab.api.access import for_coordinator, pilot_page, require_coordinator
from pilotes.lab.api.action_forms import LabPages
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.form_values import name_for
from pilotes.lab.api.long_forms import FIELDS_INVALID, typed_values, wrong_fields
from pilotes.lab.api.record_form import START, record_draft
from pilotes.record.api.pilot_models import NewPilot
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.create_pilot import create_pilot
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Problem, Router, of_refusal
from socle.pages import NOT_CACHED, problem_sentence

_FIELDS: Final = (*START, FormField("id", "line", required=False, most=48))
_EMPTY: Final = ActionForm(_FIELDS, 0)
_DISPLAYED_AGAIN: Final = frozenset({"invalid", "conflict"})


def new_pilot_page(given: LabPages) -> Router:
    """The router of the page."""
    router = Router(include_in_schema=False)

    @router.get(LAB + "/nouveau", name="lab-new")
    async def show(request: Request) -> Response:
        async def build(caller: Caller) -> Response:
            return _page(given, _EMPTY)

        return await for_coordinator(request, build)

    @router.post(LAB + "/nouveau", name="lab-new-send")
    async def send(request: Request) -> Response:
        form = await read_form(request, announced=True)
        caller = require_coordinator(request)
        typed = typed_values(form)
        filled, name = _EMPTY.filled(typed), typed.get("id", "")
        try:
            written = record_draft(typed)
            name = name or name_for(written.title, start="pilote", taken=())
            NewPilot.model_validate({**written.model_dump(), "id": name})
            pilot = await create_pilot(
                PilotId(name), written.content(), by=caller, desk=given.lab.record
            )
        except ValidationError as error:
            wrong = wrong_fields(error, [each.name for each in _FIELDS])
            return _page(given, filled, of_refusal(FIELDS_INVALID), wrong)
        except Refusal as refusal:
            if refusal.category not in _DISPLAYED_AGAIN:
                raise
            # The name is proposed, so that another one can be given.
            filled = replace(filled, fields=[*filled.fields[:-1], replace(_FIELDS[-1], value=name)])
            return _page(given, filled, of_refusal(refusal))
        return RedirectResponse(
            f"{pilot_page(pilot.id)}?fait=nouveau", 303, {"cache-control": NOT_CACHED}
        )

    return router


def _page(
    given: LabPages,
    form: ActionForm,
    problem: Problem | None = None,
    wrong: frozenset[str] = frozenset(),
) -> Response:
    return given.pages.answer(
        "lab/nouveau.html",
        status=problem.type.status if problem else 200,
        headers=problem.text_headers if problem else {},
        form=form,
        wrong=problem_sentence(given.pages, problem) if problem else None,
        wrong_fields=wrong,
    )
