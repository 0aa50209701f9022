"""The actions of the lab: what a coordinator does to a pilot, with the form that it takes.

Each action is one use case of the API, on the revision that the page displayed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fastapi import Response

from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.people.api.invitations import Draw
from pilotes.record.domain.pilot import Pilot
from pilotes.surveys.domain.questionnaire import Survey
from socle.auth import Caller
from socle.errors import Refusal
from socle.pages import Pages


@dataclass(frozen=True, slots=True)
class ActionTarget:
    """What an action is done to."""

    pilot: Pilot
    caller: Caller
    detail: str
    """The last part of the address: a stage, a type of evidence, an opinion; empty without one."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a form would do, displayed before it is sent."""

    name: str
    """Its heading is the text `review_<name>`."""
    lines: Sequence[str] = ()
    language: str = "fr"
    """Of the lines."""
    survey: Survey | None = None
    """A questionnaire, displayed as participants read it."""


@dataclass(frozen=True, slots=True)
class LabPages:
    """What the routes of the lab need."""

    lab: LabDesk
    pages: Pages
    draw: Draw


Prepare = Callable[[ActionTarget, LabDesk], Awaitable[ActionForm]]
"""The form. Raises Refusal if the pilot cannot be changed so now."""
Run = Callable[[ActionTarget, Values, int, LabPages], Awaitable[Response | None]]
"""Does it with the fields and the revision. Returns a response that replaces the page of the
pilot, or None. Raises Refusal, or the ValidationError of a field."""


@dataclass(frozen=True, slots=True)
class LongForm:
    """What a form has that takes long to fill in: its drafts are stored, and the changes of two
    editors are merged."""

    steps: Mapping[str, Callable[[Values], Values]] = field(default_factory=dict)
    """By the names of its further buttons, what they change in what is typed."""
    review: Callable[[ActionTarget, Values, LabPages], Awaitable[Sequence[Review]]] | None = None
    """What the form would do. Raises the ValidationError of a field."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action."""

    prepare: Prepare
    run: Run
    long: LongForm | None = None


REASON: Final = FormField("reason", most=4_000)


def not_now(sentence: str) -> Refusal:
    """The refusal of an action that the state of the pilot does not allow."""
    return Refusal("conflict", sentence, rule="not_now")
