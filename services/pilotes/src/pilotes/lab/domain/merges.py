"""Two editors of one form: what each changed since the second one opened it.

A field that one of them changed has that change. A field that both changed is for the second one
to choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pilotes.lab.domain.blocks import (
    Values,
    by_identifier,
    compact,
    number_by_key,
    removed_keys,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not the same for both; of a part that one of them removed, its label."""

    name: str
    """Of the merged form."""
    opened: str
    """Its value when the second editor opened the form."""
    typed: str
    """What the second editor wrote."""
    current: str
    """The value in force."""

    @property
    def conflicting(self) -> bool:
        """Whether both changed it."""
        return self.opened not in (self.typed, self.current)


@dataclass(frozen=True, slots=True)
class Merge:
    """The form with the changes of both editors."""

    values: Values
    """Of a conflict, what the second editor wrote."""
    differences: Sequence[Difference]

    @property
    def conflicts(self) -> Sequence[Difference]:
        """The fields to choose."""
        return [each for each in self.differences if each.conflicting]

    @property
    def adopted(self) -> Sequence[Difference]:
        """The changes of the first editor alone."""
        return [each for each in self.differences if each.typed == each.opened]

    @property
    def own(self) -> Sequence[Difference]:
        """The changes of the second editor alone."""
        return [each for each in self.differences if each.current == each.opened]


def merge(opened: Values, typed: Values, current: Values) -> Merge:
    """Merge what was typed into the form in force. `opened`: as the second editor got it."""
    before, own, now = by_identifier(opened), by_identifier(typed), by_identifier(current)
    chosen = {
        key: now.get(key, "") if own.get(key, "") == before.get(key, "") else own.get(key, "")
        for key in dict.fromkeys((*now, *own))
    }
    removed = removed_keys(chosen)
    # The parts that stay are numbered first, as they will be in the form.
    names = number_by_key(sorted(chosen, key=removed.__contains__))
    differences = [
        Difference(name, before.get(key, ""), own.get(key, ""), now.get(key, ""))
        for key, name in names.items()
        if own.get(key, "") != now.get(key, "") and (key not in removed or key.endswith("/label"))
    ]
    values = {names[key]: value for key, value in chosen.items()}
    return Merge(compact(values), differences)
