"""`/lab/mes-roles`: the roles of a person in pilots; `/lab/mes-roles/avis/{pilot}`: a member of the
Cr'Num reads what is judged, and gives the opinion."""

import asyncio
from dataclasses import replace
from typing import Final, get_args

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pilotes.http.api.addresses import OWN_ROLES
from pilotes.http.api.forms import Form, read_form
from pilotes.lab.api.access import for_account, require_account
from pilotes.lab.api.action_forms import LabPages
from pilotes.lab.api.action_pages import read_revision
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.judged_form import judged_form
from pilotes.lab.api.long_forms import FIELDS_INVALID, typed_values, wrong_fields
from pilotes.lab.api.pilot_pages import Done
from pilotes.lab.flows.own_roles import JudgedFile, get_judged_file, list_own_roles
from pilotes.record.api.parameters import PilotPath
from pilotes.record.api.pilot_models import OpinionDraft
from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.evidence import LABELS, Opinion
from pilotes.record.domain.notice import AUTHORITY_ADDRESS
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.roles import LABELS as ROLES
from pilotes.record.flows.desk import ChangeRequest
from pilotes.record.flows.give_evidence import give_opinion
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Problem, Router, of_refusal
from socle.pages import NOT_CACHED, problem_sentence

_FIELDS: Final = (
    FormField("opinion", "choice", choices=("", *get_args(Opinion))),
    FormField("motives", most=4_000),
)
_DISPLAYED_AGAIN: Final = frozenset({"invalid", "conflict"})
_REFERENCED: Final = frozenset(LABELS) - {"smallest_effects", "crnum_opinion"}
"""The evidence that is a document."""


def own_roles_pages(given: LabPages) -> Router:
    """The router of both pages."""
    router = Router(include_in_schema=False)

    @router.get(OWN_ROLES, name="lab-own-roles")
    async def roles(request: Request, fait: Done = "") -> Response:
        async def build(caller: Caller) -> Response:
            return given.pages.answer(
                "lab/mes-roles.html",
                roles=await list_own_roles(caller, desk=given.lab.record),
                role_labels=ROLES,
                done=fait if f"done_{fait}" in given.pages.texts("lab") else "",
            )

        return await for_account(request, build)

    @router.get(OWN_ROLES + "/avis/{pilot_id}", name="lab-opinion")
    async def show(request: Request, pilot_id: PilotPath) -> Response:
        async def build(caller: Caller) -> Response:
            return await _opinion_page(pilot_id, caller, given, ActionForm(_FIELDS, 0))

        return await for_account(request, build)

    @router.post(OWN_ROLES + "/avis/{pilot_id}", name="lab-opinion-send")
    async def send(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        return await _give(pilot_id, require_account(request), form, given)

    return router


async def _give(pilot_id: PilotId, caller: Caller, form: Form, given: LabPages) -> Response:
    """Give the opinion. A refused form is displayed again with the file as it is now."""
    change = ChangeRequest(pilot_id, caller, "give_opinion", read_revision(form))
    typed = typed_values(form)
    filled = ActionForm(_FIELDS, 0).filled(typed)
    try:
        draft = OpinionDraft.model_validate(
            {each.name: typed.get(each.name, "") for each in _FIELDS}
        )
        await give_opinion(change, draft.opinion, motives=draft.motives, desk=given.lab.record)
    except ValidationError as error:
        wrong = wrong_fields(error, [each.name for each in _FIELDS])
        problem = of_refusal(FIELDS_INVALID)
        return await _opinion_page(pilot_id, caller, given, filled, problem, wrong)
    except Refusal as refusal:
        if refusal.category not in _DISPLAYED_AGAIN:
            raise
        return await _opinion_page(pilot_id, caller, given, filled, of_refusal(refusal))
    return RedirectResponse(f"{OWN_ROLES}?fait=opinion", 303, {"cache-control": NOT_CACHED})


async def _opinion_page(
    pilot_id: PilotId,
    caller: Caller,
    given: LabPages,
    form: ActionForm,
    problem: Problem | None = None,
    wrong: frozenset[str] = frozenset(),
) -> Response:
    file = await get_judged_file(pilot_id, caller, desk=given.lab.record)
    judged = judged_form(file.request, file.surveys) if file.request else None
    return given.pages.answer(
        "lab/avis-crnum.html",
        status=problem.type.status if problem else 200,
        headers=problem.text_headers if problem else {},
        file=file,
        pilot=file.pilot,
        sent=replace(form, revision=file.pilot.revision),
        form=judged.form if judged else None,
        contents_form=judged.contents if judged else None,
        differences=judged.differences if judged else (),
        effects=await _effects(file),
        documents=[each for each in file.evidence if each.kind in _REFERENCED],
        opinions=[each for each in file.evidence if each.kind == "crnum_opinion"][::-1],
        evidence_labels=LABELS,
        authority=AUTHORITY_ADDRESS,
        wrong=problem_sentence(given.pages, problem) if problem else None,
        wrong_fields=wrong,
    )


async def _effects(file: JudgedFile) -> list[str]:
    """What the trial will be able to find, in French."""
    if file.request is None:
        return []
    found = await asyncio.to_thread(detectable_effects, file.request.protocol)
    return [each.sentence for each in found]
