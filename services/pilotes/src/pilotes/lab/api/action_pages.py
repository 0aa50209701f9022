"""`/lab/pilotes/{pilot}/{action}`: what a coordinator does to a pilot, one form on a page.

A refused form is displayed again with what was typed, on the revision that is in force now: whoever
was second reads what changed and sends it again, or not.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pilotes.http.api.forms import Form, read_form
from pilotes.lab.api.access import for_coordinator, pilot_page, require_coordinator
from pilotes.lab.api.action_forms import Action, ActionTarget, LabPages
from pilotes.lab.api.action_view import action_page
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.long_forms import (
    FIELDS_INVALID,
    EnteredForm,
    delete_draft,
    digest_of,
    find_draft,
    merged_with_current,
    read_opened,
    save_draft,
    typed_in_blocks,
    wrong_fields,
)
from pilotes.lab.api.members_actions import MEMBERS_ACTIONS
from pilotes.lab.api.notice_action import NOTICE_ACTION
from pilotes.lab.api.people_actions import PEOPLE_ACTIONS
from pilotes.lab.api.protocol_action import PROTOCOL_ACTION
from pilotes.lab.api.record_actions import RECORD_ACTIONS
from pilotes.lab.api.record_form import RECORD_ACTION
from pilotes.lab.api.survey_actions import SURVEY_ACTIONS
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import PilotId
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import NOT_CACHED

ACTIONS: Final[Mapping[str, Action]] = {
    **RECORD_ACTIONS,
    **PEOPLE_ACTIONS,
    **MEMBERS_ACTIONS,
    **SURVEY_ACTIONS,
    "fiche": RECORD_ACTION,
    "notice": NOTICE_ACTION,
    "protocole": PROTOCOL_ACTION,
}
DETAILED: Final = frozenset({"etape", "piece", "avis", "retrait", "questionnaire", "invitation"})
"""The actions whose address has a further part."""
_REVISION: Final = re.compile(r"[0-9]{1,9}")
_DISPLAYED_AGAIN: Final = frozenset({"invalid", "conflict", "too_many"})
"""Refusals after which the form is displayed with what was typed."""


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
            draft = await find_draft(name, target, given) if ACTIONS[name].long else None
            return await _form_page(name, target, given, draft)

        return await for_coordinator(request, build)

    @router.post(path, name=f"lab-{name}-send")
    async def send(request: Request, pilot_id: PilotPath) -> Response:
        form = await read_form(request, announced=True)
        target = await _target(request, pilot_id, require_coordinator(request), given)
        step, long = form.get("do"), ACTIONS[name].long
        if long and step == "discard":
            await delete_draft(name, target, given)
            return _redirect(request.url.path)
        fields = await _fields(name, target, form, given)
        sent = EnteredForm(fields, opened=read_opened(form), revision=read_revision(form))
        if not long:
            return await _run(name, target, sent, given)
        # First of all: nothing that follows loses what was typed.
        await save_draft(name, target, sent, given)
        if step == "draft":
            return _redirect(request.url.path)
        if step in long.steps:
            sent = replace(sent, fields=long.steps[step](fields), added=step.removeprefix("add_"))
            return await _form_page(name, target, given, sent)
        if step == "merged":
            return await _form_page(name, target, given, sent)
        return await _run_long(name, target, sent, form, given)


async def _run_long(
    name: str, target: ActionTarget, sent: EnteredForm, form: Form, given: LabPages
) -> Response:
    """Review the form first if that is requested, or was not done for what is typed now."""
    prepared, _ = await _prepared(name, target, given)
    long = ACTIONS[name].long
    unseen = prepared.review_first and form.get("reviewed") != digest_of(sent.fields)
    if long and long.review and (form.get("do") == "review" or unseen):
        try:
            sent = replace(sent, reviews=await long.review(target, sent.fields, given))
        except ValidationError as error:
            sent = _invalid(sent, error)
        except Refusal as refusal:
            sent = _refused(sent, refusal)
        return await _form_page(name, target, given, sent)
    return await _run(name, target, sent, given)


async def _run(name: str, target: ActionTarget, sent: EnteredForm, given: LabPages) -> Response:
    """Do it. What is refused is displayed again, with the pilot as it is now: somebody may have
    changed it meanwhile."""
    long = ACTIONS[name].long
    done = name + ((await _prepared(name, target, given))[0].variant if long else "")
    try:
        assert sent.revision is not None, "it was sent from a form"
        answer = await ACTIONS[name].run(target, sent.fields, sent.revision, given)
    except ValidationError as error:
        sent = _invalid(sent, error)
        stale = False
    except Refusal as refusal:
        sent = _refused(sent, refusal)
        stale = refusal.details.get("rule") == "stale"
    else:
        if long:
            await delete_draft(name, target, given)
        return answer or _redirect(f"{pilot_page(target.pilot.id)}?fait={done}")
    pilot, _ = await given.lab.record.get_pilot(target.pilot.id, target.caller)
    target = replace(target, pilot=pilot)
    if long and stale:
        # The draft stays on the revision that it was opened on, until its author has chosen.
        sent = merged_with_current(sent, (await _prepared(name, target, given))[0])
    elif not long:
        sent = replace(sent, revision=None)
    return await _form_page(name, target, given, sent)


def _invalid(sent: EnteredForm, error: ValidationError) -> EnteredForm:
    wrong = wrong_fields(error, [*sent.fields])
    return replace(sent, problem=of_refusal(FIELDS_INVALID), wrong=wrong)


def _refused(sent: EnteredForm, refusal: Refusal) -> EnteredForm:
    """The form that is displayed again after a refusal. Raises the refusals of pages of errors."""
    if refusal.category not in _DISPLAYED_AGAIN:
        raise refusal
    return replace(sent, problem=of_refusal(refusal))


def _redirect(address: str) -> Response:
    return RedirectResponse(address, 303, {"cache-control": NOT_CACHED})


async def _target(
    request: Request, pilot_id: PilotId, caller: Caller, given: LabPages
) -> ActionTarget:
    pilot, _ = await given.lab.record.get_pilot(pilot_id, caller)
    return ActionTarget(pilot, caller, request.path_params.get("detail", ""))


def read_revision(form: Form) -> int:
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
    typed = typed_in_blocks(form)
    fields = prepared.filled(typed).fields
    names = [each.name for each in fields] or [*typed]
    return defaultdict(str, {each: typed.get(each, "") for each in names})


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
    name: str, target: ActionTarget, given: LabPages, sent: EnteredForm | None = None
) -> Response:
    """The page of an action. `sent`: what is displayed in it; None: it is opened."""
    form, impossible = await _prepared(name, target, given)
    return action_page(
        name, target, form, given, sent, impossible, long=ACTIONS[name].long is not None
    )
