"""Forms that take long: what is typed is stored before anything else, and merged with the change of
another editor."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from pilotes.http.api.forms import Form
from pilotes.lab.api.action_forms import ActionTarget, LabPages, Review
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.protocol_values import with_identifiers
from pilotes.lab.domain.blocks import Values
from pilotes.lab.domain.merges import Merge, merge
from pilotes.lab.ports import Draft
from socle.errors import Refusal
from socle.http import Problem

FIELDS_INVALID: Final = Refusal(
    "invalid", "Ce qui est écrit ne convient pas.", rule="lab_fields_invalid"
)
NOT_TYPED: Final = frozenset({"session", "revision", "opened", "reviewed", "do"})
"""The fields of every form, which nobody fills in."""
_MODELS: Final[Mapping[object, str]] = {
    "arms": "arm",
    "indicators": "indicator",
    "questions": "question",
}
_RENAMED: Final[Mapping[str, str]] = {
    "source": "fact",
    "text": "label",
    "": "label",
    "after_days": "occasions",
}


@dataclass(frozen=True, slots=True)
class EnteredForm:
    """A form that was sent, or stored as a draft, and is displayed again."""

    fields: Values
    problem: Problem | None = None
    wrong: frozenset[str] = field(default_factory=frozenset)
    """The names of the fields to correct."""
    opened: Values = field(default_factory=dict)
    """What a long form contained when its reader opened it."""
    revision: int | None = None
    """The one that it was opened on; None: the one in force."""
    reviews: Sequence[Review] = ()
    """What it would do."""
    merged: Merge | None = None
    """The changes of another editor, if there are any."""
    draft: Draft | None = None
    """The draft that is displayed, if it is one."""
    added: str = ""
    """The name of the field that comes next, if a part was added."""


def typed_values(form: Form) -> dict[str, str]:
    """What was typed, by name of field; several boxes of one name are lines."""
    # Browsers send CR LF for a line break (HTML §4.10.21.6).
    return {
        name: "\n".join(values).replace("\r\n", "\n")
        for name, values in form.fields.items()
        if name not in NOT_TYPED
    }


def typed_in_blocks(form: Form) -> dict[str, str]:
    """The same, without empty or removed parts, each with its identifier."""
    return with_identifiers(typed_values(form))


def read_opened(form: Form) -> dict[str, str]:
    """What the form contained when it was opened; empty if that is unknown."""
    try:
        found = orjson.loads(form.get("opened"))
    except orjson.JSONDecodeError:
        return {}
    known = isinstance(found, dict) and all(
        # The store takes no U+0000.
        isinstance(value, str) and "\0" not in name + value
        for name, value in found.items()
    )
    return found if known else {}


def write_opened(values: Values) -> str:
    """The values for the form's field `opened`."""
    return orjson.dumps({**values}).decode()


def digest_of(fields: Values) -> str:
    """What names the fields that were reviewed."""
    typed = sorted((name, value) for name, value in fields.items() if value)
    return hashlib.sha256(orjson.dumps(typed)).hexdigest()


def merged_with_current(sent: EnteredForm, current: ActionForm) -> EnteredForm:
    """The form that was sent on a former revision, with what changed since. `current`: without
    fields if the action has become impossible."""
    if not current.fields:
        return sent
    found = merge(sent.opened, sent.fields, current.values)
    changed = bool(found.conflicts or found.adopted)
    return replace(
        sent,
        fields=found.values,
        opened=current.values,
        revision=current.revision,
        merged=found if changed else None,
    )


def _draft_of(name: str, target: ActionTarget) -> str:
    """The name under which the draft of an action is stored."""
    return f"{name}/{quote(target.detail, safe='')}" if target.detail else name


async def save_draft(name: str, target: ActionTarget, sent: EnteredForm, given: LabPages) -> None:
    """Store what was typed."""
    await given.lab.drafts.save(
        Draft(
            target.pilot.id,
            _draft_of(name, target),
            target.caller.subject,
            target.pilot.revision if sent.revision is None else sent.revision,
            dict(sent.opened),
            dict(sent.fields),
            given.lab.record.clock.now(),
        )
    )


async def find_draft(name: str, target: ActionTarget, given: LabPages) -> EnteredForm | None:
    """The draft of the reader; None without one."""
    form, author = _draft_of(name, target), target.caller.subject
    found = await given.lab.drafts.find(target.pilot.id, form, author)
    if found is None:
        return None
    return EnteredForm(found.typed, opened=found.opened, revision=found.revision, draft=found)


async def delete_draft(name: str, target: ActionTarget, given: LabPages) -> None:
    """Delete the draft of the reader, if any."""
    form, author = _draft_of(name, target), target.caller.subject
    await given.lab.drafts.delete(target.pilot.id, form, author)


def wrong_fields(error: ValidationError, names: Sequence[str]) -> frozenset[str]:
    """Those of the fields that a model refuses."""
    return frozenset(_field_of(each["loc"], frozenset(names)) for each in error.errors())


def _field_of(place: tuple[int | str, ...], names: frozenset[str]) -> str:
    """The field of a place in a model: `arms`, 1, `weight` is `arm_2_weight`, `easy`, `asked` is
    `easy_asked`, `rules`, `minimum_age` is `minimum_age`."""
    parts = [part for part in place if isinstance(part, str)]
    if not parts:
        return ""
    if parts[0] in _MODELS and len(place) > 1 and isinstance(place[1], int):
        last = parts[1] if len(parts) > 1 else ""
        return f"{_MODELS[parts[0]]}_{place[1] + 1}_{_RENAMED.get(last, last)}"
    candidates = ("_".join(parts[:2]), *parts[1:2], parts[0])
    return next((each for each in candidates if each in names), _RENAMED.get(parts[0], parts[0]))
