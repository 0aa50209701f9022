"""Two editors of one form: what each changed since the second one opened it.

A field that one of them changed has that change. A field that both changed is for the second one
to choose; so is a part that one removed and the other changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotes.lab.domain.blocks import (
    CONTROL,
    REMOVE,
    Values,
    by_identifier,
    compact,
    number_by_key,
    parts_of,
    removed_keys,
    split_name,
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
    label: str = ""
    """Of a part that one removed and the other changed, the label of the part."""
    changes: "Sequence[Difference]" = ()
    """Of such a part, what the other changed in it."""

    @property
    def conflicting(self) -> bool:
        """Whether both changed it."""
        return bool(self.changes) or self.opened not in (self.typed, self.current)


@dataclass(frozen=True, slots=True)
class Merge:
    """The form with the changes of both editors."""

    values: Values
    """Of a conflict, what the second editor wrote; a part that one removed is there."""
    differences: Sequence[Difference]

    @property
    def conflicts(self) -> Sequence[Difference]:
        """The fields to choose."""
        return [each for each in self.differences if each.conflicting]

    @property
    def adopted(self) -> Sequence[Difference]:
        """The changes of the first editor alone."""
        return [
            each for each in self.differences if each.typed == each.opened and not each.conflicting
        ]

    @property
    def own(self) -> Sequence[Difference]:
        """The changes of the second editor alone."""
        return [
            each
            for each in self.differences
            if each.current == each.opened and not each.conflicting
        ]


def merge(opened: Values, typed: Values, current: Values) -> Merge:
    """Merge what was typed into the form in force. `opened`: as the second editor got it."""
    before, own, now = by_identifier(opened), by_identifier(typed), by_identifier(current)
    disputed = _disputed(before, own, now)
    chosen = _chosen(before, own, now)
    for part, block in disputed.items():
        chosen |= {f"{part}/{REMOVE}": "", **block}
    removed = removed_keys(chosen)
    # The parts that stay are numbered first, as they will be in the form.
    names = number_by_key(sorted(chosen, key=removed.__contains__))
    staying = {key: name for key, name in names.items() if key not in removed}

    def difference(key: str) -> Difference:
        opened, typed, current = (
            _numbered(key, each.get(key, ""), staying) for each in (before, own, now)
        )
        return Difference(names[key], opened, typed, current)

    differences = [
        difference(key)
        for key in names
        if own.get(key, "") != now.get(key, "")
        and key.rpartition("/")[0] not in disputed
        and (key not in removed or key.endswith("/label"))
    ]
    for part, block in disputed.items():
        typed_removal, current_removal = (
            "" if parts_of(e).get(part) else "yes" for e in (own, now)
        )
        changes = [difference(key) for key in block if block[key] != before.get(key, "")]
        label = block.get(f"{part}/label", "")
        name = names[f"{part}/{REMOVE}"]
        differences.append(Difference(name, "", typed_removal, current_removal, label, changes))
    values = {names[key]: _numbered(key, value, staying) for key, value in chosen.items()}
    return Merge(compact(values), differences)


def _chosen(before: Values, own: Values, now: Values) -> dict[str, str]:
    """What the second editor wrote where they changed it, what is in force elsewhere."""
    return {
        key: now.get(key, "") if own.get(key, "") == before.get(key, "") else own.get(key, "")
        for key in dict.fromkeys((*now, *own))
    }


def _disputed(before: Values, own: Values, now: Values) -> Mapping[str, Values]:
    """The parts that one editor removed and the other changed, as the other has them."""
    by_second, by_first = parts_of(own), parts_of(now)
    found = {}
    for part, opened in parts_of(before).items():
        block = by_second.get(part) or by_first.get(part) or {}
        changed = any(block.get(key, "") != opened.get(key, "") for key in {**opened, **block})
        if (part in by_second) != (part in by_first) and changed:
            # What is empty in it now is a change too.
            found[part] = dict.fromkeys(opened, "") | block
    return found


def _numbered(key: str, value: str, names: Mapping[str, str]) -> str:
    """The value of that key as the merged form has it: the control has the number of its group,
    empty if that is removed. `names`: of the fields that stay, by key."""
    if key != CONTROL or not value.startswith("arm/"):
        return value
    found = (split_name(name) for other, name in names.items() if other.startswith(value + "/"))
    return next((str(each[1]) for each in found if each is not None), "")
