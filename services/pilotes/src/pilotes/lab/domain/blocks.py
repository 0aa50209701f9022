"""The repeated parts of a long form: groups, indicators, questions, numbered from 1 in names of
fields.

`arm_2_label` is the label of the second group. Two editors number the same group differently, so
that values are compared by its identifier.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

Values = Mapping[str, str]
"""What a form contains, by name of field."""

IDENTIFIERS: Final[Mapping[str, str]] = {"arm": "name", "indicator": "id", "question": "id"}
"""By type of block, the field that identifies one."""
MOST: Final[Mapping[str, int]] = {"arm": 8, "indicator": 30, "question": 20}
_BLOCK_FIELD: Final = re.compile(r"(arm|indicator|question)_([1-9][0-9]?)_([a-z_]+)")
_KEY: Final = re.compile(r"(arm|indicator|question)/([^/]*)/([a-z_]+)")
_WRITTEN: Final = ("label", "fact", "weight", "name", "id")
"""The fields that somebody fills in: without any of them, a block is empty."""
REMOVE: Final = "remove"
"""The field that removes its block."""
CONTROL: Final = "control"
"""The field that has the number of a group."""


def split_name(name: str) -> tuple[str, int, str] | None:
    """The type, the number and the field of a block's field; None for another field."""
    found = _BLOCK_FIELD.fullmatch(name)
    return None if found is None else (found[1], int(found[2]), found[3])


def blocks_of(values: Values, block_type: str) -> list[dict[str, str]]:
    """The blocks of a type, in their order, by field. Those that are empty or removed are left
    out."""
    return [*_by_number(values, block_type).values()]


def _by_number(values: Values, block_type: str) -> dict[int, dict[str, str]]:
    """The same, by the numbers that they have."""
    found: dict[int, dict[str, str]] = {}
    for name, value in values.items():
        parts = split_name(name)
        if parts is not None and parts[0] == block_type:
            found.setdefault(parts[1], {})[parts[2]] = value
    return {
        number: block
        for number, block in sorted(found.items())
        if not block.get(REMOVE) and any(block.get(each, "").strip() for each in _WRITTEN)
    }


def with_blocks(values: Values, blocks: Mapping[str, list[dict[str, str]]]) -> dict[str, str]:
    """The values with these blocks, by type, numbered from 1, in place of their own."""
    plain = {name: value for name, value in values.items() if split_name(name) is None}
    for block_type, listed in blocks.items():
        for number, block in enumerate(listed, start=1):
            plain |= {f"{block_type}_{number}_{name}": value for name, value in block.items()}
    return plain


def compact(values: Values) -> dict[str, str]:
    """The values without empty or removed blocks. The control stays the same group."""
    found = with_blocks(values, {each: blocks_of(values, each) for each in IDENTIFIERS})
    numbers = [str(each) for each in _by_number(values, "arm")]
    if (control := values.get(CONTROL)) is not None:
        found[CONTROL] = str(numbers.index(control) + 1) if control in numbers else ""
    return found


def with_one_more(values: Values, block_type: str, new: Mapping[str, str]) -> dict[str, str]:
    """The values with one block more of that type, if there can be."""
    found = compact(values)
    number = len(blocks_of(found, block_type)) + 1
    if number > MOST[block_type]:
        return found
    return found | {f"{block_type}_{number}_{name}": value for name, value in new.items()}


def numbered(values: Values, block_type: str) -> int:
    """The greatest number of a block of that type that the form displays."""
    parts = (split_name(name) for name in values)
    numbers = (each[1] for each in parts if each is not None and each[0] == block_type)
    return max((each for each in numbers if each <= MOST[block_type]), default=0)


def by_identifier(values: Values) -> dict[str, str]:
    """The values with the identifiers of blocks in place of their numbers: `arm/alerte/label`, and
    `arm/alerte` as the value of `control`."""
    keyed = {name: value for name, value in values.items() if split_name(name) is None}
    for block_type, identifier in IDENTIFIERS.items():
        for number, block in _by_number(values, block_type).items():
            own = (block.get(identifier) or f"#{number}").replace("/", "")
            keyed |= {f"{block_type}/{own}/{name}": value for name, value in block.items()}
            if block_type == "arm" and values.get(CONTROL) == str(number):
                keyed[CONTROL] = f"arm/{own}"
    return keyed


def parts_of(keyed: Values) -> dict[str, dict[str, str]]:
    """By `arm/alerte`, the values of that block, by their keys. `keyed`: as from
    `by_identifier`."""
    found: dict[str, dict[str, str]] = {}
    for key, value in keyed.items():
        if _KEY.fullmatch(key) is not None:
            found.setdefault(key.rpartition("/")[0], {})[key] = value
    return found


def removed_keys(keyed: Values) -> frozenset[str]:
    """The keys of blocks in which nothing is written. `keyed`: as from `by_identifier`."""
    written, keys = set(), {}
    for key, value in keyed.items():
        if (found := _KEY.fullmatch(key)) is None:
            continue
        keys[key] = found[1], found[2]
        if found[3] in _WRITTEN and value.strip():
            written.add(keys[key])
    return frozenset(key for key, block in keys.items() if block not in written)


def number_by_key(keys: Iterable[str]) -> dict[str, str]:
    """By key of `by_identifier`, the name of its field once the blocks are numbered in the order
    of the keys."""
    numbers: dict[tuple[str, str], int] = {}
    names = {}
    for key in keys:
        found = _KEY.fullmatch(key)
        if found is None:
            names[key] = key
            continue
        block = found[1], found[2]
        if block not in numbers:
            numbers[block] = 1 + sum(each == found[1] for each, _ in numbers)
        names[key] = f"{found[1]}_{numbers[block]}_{found[3]}"
    return names
