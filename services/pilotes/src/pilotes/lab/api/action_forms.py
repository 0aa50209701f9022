"""The forms of the lab: what a coordinator does to a pilot, with the fields that it takes.

Each action is one use case of the API, on the revision that the page displayed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from fastapi import Response

from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.api.invitations import Draw
from pilotes.record.domain.pilot import Pilot
from socle.auth import Caller
from socle.errors import Refusal
from socle.pages import Pages

GROUPS: Final = ("easy", "english")
"""The first parts of names of fields that are displayed together."""
FieldType = Literal["line", "text", "number", "choice"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. Its label is the text `field_<name>`, without the group."""

    name: str
    type: FieldType = "text"
    required: bool = True
    value: str = ""
    """What it contains at first."""
    choices: Sequence[str] = ()
    """Of a choice; their labels are the texts `choice_<name>`."""
    most: int | None = None
    """Characters of a text, or the greatest number."""

    @property
    def group(self) -> str:
        """Of `GROUPS`, whose heading is the text `group_<group>`; empty without one."""
        first = self.name.partition("_")[0]
        return first if first in GROUPS else ""

    @property
    def label(self) -> str:
        """The name of the text of its label."""
        return "field_" + self.name.removeprefix(self.group + "_")


@dataclass(frozen=True, slots=True)
class ActionTarget:
    """What an action is done to."""

    pilot: Pilot
    caller: Caller
    detail: str
    """The last part of the address: a stage, a type of evidence, an opinion; empty without one."""


@dataclass(frozen=True, slots=True)
class ActionForm:
    """The form of an action on one pilot, as it is now."""

    fields: Sequence[FormField]
    revision: int
    """Of what it changes."""
    lines: Sequence[str] = ()
    """Sentences of the record that are read first, in French."""
    missing: Sequence[str] = ()
    """What prevents it, in French: without a button then."""
    label: str = ""
    """What it leads to, in French."""

    @property
    def groups(self) -> Sequence[tuple[str, Sequence[FormField]]]:
        """The fields by group, in their order."""
        return [(name, [*some]) for name, some in groupby(self.fields, lambda each: each.group)]


@dataclass(frozen=True, slots=True)
class LabPages:
    """What the routes of the lab need."""

    lab: LabDesk
    pages: Pages
    draw: Draw


Prepare = Callable[[ActionTarget, LabDesk], Awaitable[ActionForm]]
"""The form. Raises Refusal if the pilot cannot be changed so now."""
Run = Callable[[ActionTarget, Mapping[str, str], int, LabPages], Awaitable[Response | None]]
"""Does it with the fields and the revision. Returns a response that replaces the page of the
pilot, or None. Raises Refusal, or the ValidationError of a field."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    prepare: Prepare
    run: Run


REASON: Final = FormField("reason", most=4_000)


def not_now(sentence: str) -> Refusal:
    """The refusal of an action that the state of the pilot does not allow."""
    return Refusal("conflict", sentence, rule="not_now")
