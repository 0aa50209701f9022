"""The fields of the record of a pilot: what it is, and its entry in the register of processing."""

from typing import Any, Final, get_args

from fastapi import Response

from pilotes.lab.api.action_forms import Action, ActionTarget, LabPages, LongForm, not_now
from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.form_values import number_text, read_lines, read_number
from pilotes.lab.api.record_actions import change_of
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.record.api.pilot_models import PilotDraft, ProcessingBody
from pilotes.record.domain.pilot import Field, Pilot, Processing
from pilotes.record.flows.describe_pilot import describe_pilot

_LISTS: Final = ("purposes", "people", "data", "recipients")
"""Of the register: one text a line."""
START: Final = (
    FormField("title", "line", most=200),
    FormField("field", "choice", choices=get_args(Field)),
    FormField("summary", most=4_000),
    FormField("owner", "line", most=200),
    FormField("audience", required=False, most=4_000),
    FormField("purposes", required=False),
)
"""What a new pilot begins with."""
_MORE: Final = tuple(
    FormField(name, required=False, most=4_000)
    for name in ("problem", "hypothesis", "taking_part", "ethics")
)
REGISTER: Final = (
    FormField("controller", "line", required=False, most=200, group="register"),
    FormField("contact", "line", required=False, most=200, group="register"),
    FormField("purposes", required=False, group="register"),
    FormField("legal_basis", "line", required=False, most=200, group="register"),
    FormField("people", required=False, group="register"),
    FormField("data", required=False, group="register"),
    FormField("recipients", required=False, group="register"),
    FormField("retention_days", "number", required=False, least=0, most=3_650, group="register"),
    FormField("security", required=False, most=4_000, group="register"),
)
RECORD: Final = (
    *(each for each in START if each.name != "purposes"),
    *_MORE,
    FormField("follows", "line", required=False, most=48),
    *REGISTER,
)


def record_draft(values: Values) -> PilotDraft:
    """What was typed, as the API takes it. Raises ValidationError."""
    described = [each.name for each in (*START, *_MORE) if each.name not in ("title", "field")]
    description = {name: values.get(name, "") for name in described if name != "purposes"}
    return PilotDraft.model_validate(
        {
            "title": values.get("title", ""),
            "field": values.get("field", ""),
            "description": description | {"follows": values.get("follows") or None},
            "processing": _register(values),
        }
    )


def read_register(values: Values) -> Processing:
    """The entry of the register that was typed. Raises ValidationError."""
    return ProcessingBody.model_validate(_register(values)).processing()


def _register(values: Values) -> dict[str, Any]:
    entry: dict[str, Any] = {
        each.name: values.get(each.name, "") for each in REGISTER if each.name not in _LISTS
    }
    entry["retention_days"] = read_number(values.get("retention_days", "")) or 0
    return entry | {each: read_lines(values.get(each, "")) for each in _LISTS}


def register_values(entry: Processing) -> dict[str, str]:
    """The values of the fields of the register."""
    found = {
        each.name: "\n".join(getattr(entry, each.name))
        if each.name in _LISTS
        else str(getattr(entry, each.name))
        for each in REGISTER
    }
    return found | {"retention_days": number_text(entry.retention_days or None)}


def record_values(pilot: Pilot) -> dict[str, str]:
    """The values of the form of the record of a pilot."""
    described = pilot.description
    texts = {
        each.name: str(getattr(described, each.name) or "")
        for each in RECORD
        if hasattr(described, each.name)
    }
    return texts | register_values(pilot.processing) | {"title": pilot.title, "field": pilot.field}


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    if target.pilot.stage == "closed":
        raise not_now("Cet essai est clos : sa fiche ne change plus.")
    return ActionForm(RECORD, target.pilot.revision).filled(record_values(target.pilot))


async def _run(
    target: ActionTarget, fields: Values, revision: int, given: LabPages
) -> Response | None:
    content = record_draft(fields).content()
    change = change_of(target, "describe", revision)
    await describe_pilot(change, content, desk=given.lab.record)
    return None


RECORD_ACTION: Final = Action(_prepare, _run, LongForm())
