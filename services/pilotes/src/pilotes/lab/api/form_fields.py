"""The fields of the lab's forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from pilotes.lab.domain.blocks import Values, split_name

FieldType = Literal["line", "text", "number", "decimal", "date", "choice", "checks", "hidden"]
"""`checks`: boxes, whose value is the ticked ones, one a line."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. Its label is the text `field_<name>`, without its group."""

    name: str
    type: FieldType = "text"
    required: bool = True
    value: str = ""
    """What it contains at first."""
    choices: Sequence[str] = ()
    """Of a choice or of boxes."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """By choice, its label in French; for the others it is the text `choice_<name>`."""
    most: int | None = None
    """Characters of a text, or the greatest number."""
    least: int = 1
    """The least number."""
    group: str = ""
    """The part of the form that it belongs to: its heading is the text `group_<name>`. `arm_2` is
    the second part of that name."""
    detail: bool = False
    """Whether it is folded, with the details of its group."""
    french_label: str = ""
    """Its label in French, where there is no text for it."""

    @property
    def plain_name(self) -> str:
        """Its name without its group."""
        return self.name.removeprefix(self.group + "_") if self.group else self.name

    @property
    def text_name(self) -> str:
        """What the names of its texts end with."""
        parts = split_name(self.name)
        return f"{parts[0]}_{parts[2]}" if parts else self.plain_name

    @property
    def label(self) -> str:
        """The name of the text of its label."""
        return "field_" + self.text_name

    @property
    def help(self) -> str:
        """The name of the text that helps to fill it in, where there is one."""
        return "help_" + self.text_name

    @property
    def values(self) -> Sequence[str]:
        """The ticked boxes."""
        return self.value.split("\n") if self.value else ()


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that are displayed together."""

    name: str
    number: int
    """Of a repeated group; 0: it is the only one."""
    fields: Sequence[FormField]
    details: Sequence[FormField]
    """Those that are folded."""


@dataclass(frozen=True, slots=True)
class ActionForm:
    """The form of an action, as it is now."""

    fields: Sequence[FormField]
    revision: int
    """Of what it changes."""
    lines: Sequence[str] = ()
    """Sentences of the record that are read first, in French."""
    missing: Sequence[str] = ()
    """What prevents it, in French: without a button then."""
    label: str = ""
    """What it leads to, in French."""
    expand: Callable[[Values], Sequence[FormField]] | None = None
    """The fields of a form whose parts repeat, for what is typed; None: they are fixed."""
    review_first: bool = False
    """Whether it is sent only as it was reviewed."""
    listed: Sequence[tuple[str, str]] = ()
    """What there is already, in French, each with the address of the form that changes or
    removes it."""
    variant: str = ""
    """Added to the names of its texts, where one action has two of them."""

    @property
    def groups(self) -> Sequence[FieldGroup]:
        """The fields by group, in their order."""
        return [_group(name, [*some]) for name, some in groupby(self.fields, lambda e: e.group)]

    @property
    def by_name(self) -> Mapping[str, FormField]:
        """The fields by their names."""
        return {each.name: each for each in self.fields}

    @property
    def values(self) -> Values:
        """What the form contains."""
        return {each.name: each.value for each in self.fields}

    def filled(self, typed: Values) -> "ActionForm":
        """The form with what was typed."""
        if self.expand is not None:
            return replace(self, fields=self.expand(typed))
        return replace(
            self, fields=[replace(e, value=typed.get(e.name, e.value)) for e in self.fields]
        )


def _group(name: str, fields: Sequence[FormField]) -> FieldGroup:
    block_type, _, number = name.rpartition("_")
    repeated = number.isdecimal()
    return FieldGroup(
        block_type if repeated else name,
        int(number) if repeated else 0,
        [each for each in fields if not each.detail],
        [each for each in fields if each.detail],
    )
