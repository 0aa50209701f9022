"""`/lab/pilotes/{pilot}/{action}`: what a coordinator does to a pilot, one form on a page.

A refused form is displayed again with what was typed, on the revision that is in force now: whoever
was second reads what changed and sends it again, or not.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pilotes.http.api.forms import Form, read_form
from pilotes.lab.api.access import for_coordinator, pilot_page, require_coordinator
from pilotes.lab.api.action_forms import (
    Action,
    ActionForm,
    ActionTarget,
    FormField,
    LabPages,
)
from pilotes.lab.api.people_actions import PEOPLE_ACTIONS
from pilotes.lab.api.record_actions import RECORD_ACTIONS
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import PilotId
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Problem, Router, of_refusal
from socle.pages import NOT_CACHED, problem_sentence

ACTIONS: Final[Mapping[str, Action]] = {**RECORD_ACTIONS, **PEOPLE_ACTIONS}
DETAILED: Final = frozenset({"etape", "piece", "avis"})
"""The actions whose address has a further part."""
_NAMED: Final = frozenset({"etape", "piece"})
"""The actions whose title names what they lead to."""
_REVISION: Final = re.compile(r"[0-9]{1,9}")
_DISPLAYED_AGAIN: Final = frozenset({"invalid", "conflict", "too_many"})
"""Refusals after which the form is displayed with what was typed."""
_INVALID: Final = Refusal("invalid", "Ce qui est écrit ne convient pas.", rule="lab_fields_invalid")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form that was refused."""

    fields: Mapping[str, str]
    problem: Problem
    wrong: frozenset[str] = field(default_factory=frozenset)
    """The names of the fields to correct."""


def action_pages(given: LabPages) -> Router:
    """The router of the forms."""
    router = Router(include_in_schema=False)
    for name in ACTIONS:
        path = "/lab/pilotes/{pilot_id}/" + name
        _add(router, given, name, f"{path}/{{detail}}" if name in DETAILED else path)
    return router


def _add(router: Router, given: LabPages, name: str, path: str) -> None:
    @router.get(path, name=f"lab-{name}")
    async def show(request: Request, pilot_id: PilotPath) -> Response:
        async def build(caller: Caller) -> Response:
            target = await _target(request, pilot_id, caller, given)
            return await _form_page(name, target, given)

        return await for_coordinator(request, build)

    @router.post(path, name=f"lab-{name}-send")
    async def send(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        target = await _target(request, pilot_id, require_coordinator(request), given)
        fields = await _fields(name, target, form, given)
        try:
            answer = await ACTIONS[name].run(target, fields, _revision(form), given)
        except ValidationError as error:
            wrong = _field_names(error)
            sent = _Sent(fields, of_refusal(_INVALID), wrong)
        except Refusal as refusal:
            if refusal.category not in _DISPLAYED_AGAIN:
                raise
            sent = _Sent(fields, of_refusal(refusal))
        else:
            done = f"{pilot_page(pilot_id)}?fait={name}"
            return answer or RedirectResponse(done, 303, {"cache-control": NOT_CACHED})
        # As it is now: somebody may have changed it meanwhile.
        target = await _target(request, pilot_id, target.caller, given)
        return await _form_page(name, target, given, sent)


def _field_names(error: ValidationError) -> frozenset[str]:
    """The fields that the API would refuse: `easy_asked` is `asked` of `easy`."""
    places = [each["loc"] for each in error.errors() if each["loc"]]
    return frozenset(
        "_".join(str(part) for part in place[:2] if isinstance(part, str)) for place in places
    )


async def _target(
    request: Request, pilot_id: PilotId, caller: Caller, given: LabPages
) -> ActionTarget:
    pilot, _ = await given.lab.record.get_pilot(pilot_id, caller)
    return ActionTarget(pilot, caller, request.path_params.get("detail", ""))


def _revision(form: Form) -> int:
    """The revision that the page displayed. Raises Refusal for a form without one."""
    if not _REVISION.fullmatch(form.get("revision")):
        raise Refusal("invalid", "Ce formulaire est incomplet.", rule="form_unreadable")
    return int(form.get("revision"))


async def _fields(
    name: str, target: ActionTarget, form: Form, given: LabPages
) -> Mapping[str, str]:
    """What was typed, by field; "" for a field that was not sent. The names are those of the form,
    also if the action has become impossible since it was opened."""
    prepared, _ = await _prepared(name, target, given)
    names = {each.name for each in prepared.fields} if prepared.fields else set(form.fields)
    names -= {"session", "revision"}
    # Browsers send CR LF for a line break (HTML §4.10.21.6).
    return defaultdict(str, {each: form.get(each).replace("\r\n", "\n") for each in names})


async def _prepared(
    name: str, target: ActionTarget, given: LabPages
) -> tuple[ActionForm, Refusal | None]:
    """The form; and why the action is impossible now, without fields then. Raises Refusal for an
    action that does not exist."""
    try:
        return await ACTIONS[name].prepare(target, given.lab), None
    except Refusal as refusal:
        if refusal.category != "conflict":
            raise
        return ActionForm((), target.pilot.revision), refusal


async def _form_page(
    name: str, target: ActionTarget, given: LabPages, sent: _Sent | None = None
) -> Response:
    """The page of an action. `sent`: the form that was refused; None: it is opened."""
    form, impossible = await _prepared(name, target, given)
    if sent is not None:
        form = replace(form, fields=[*_typed(form, sent)])
    problem = sent.problem if sent else of_refusal(impossible) if impossible else None
    return given.pages.answer(
        "lab/action.html",
        status=problem.type.status if sent and problem else 200,
        headers=problem.text_headers if sent and problem else {},
        action=name,
        pilot=target.pilot,
        back=pilot_page(target.pilot.id),
        form=form,
        named=name in _NAMED,
        closing=(name, target.detail) == ("etape", "closed"),
        possible=impossible is None and not form.missing,
        wrong=problem_sentence(given.pages, problem) if problem else None,
        wrong_fields=sent.wrong if sent else frozenset(),
    )


def _typed(form: ActionForm, sent: _Sent) -> list[FormField]:
    """The fields with what was typed; texts to copy if the action has become impossible."""
    fields = form.fields or [FormField(name) for name in sorted(sent.fields)]
    return [replace(each, value=sent.fields.get(each.name, each.value)) for each in fields]
