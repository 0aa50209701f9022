"""The validation cases of `tests/validation/cases`: sound resources, and one fault in each other.

A file is a family of rules. `resources`: complete resources, all of them sound. `sound` and
`faulty`: changes to one of them (`of`), by path (`set`; null removes a member, and a list grows by
one at the index after its last). `at`: where the error of a faulty one is. `severity`: `warning`
if it is taken with a warning. `missed`: why the validator does not find it.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "validation" / "cases"
FAMILIES = sorted(file.stem for file in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Case:
    """A resource, and what the validator finds in it."""

    name: str
    resource: Any
    at: str | None
    """The FHIRPath of the error; None if the resource is sound."""
    missed: str | None = None
    """Why the error is not found; None if it is."""
    is_warning: bool = False
    """Whether it is taken with a warning."""


@cache
def cases(family: str) -> tuple[Case, ...]:
    """The cases of a family, sound ones first."""
    return tuple(_cases(json.loads((FOLDER / f"{family}.json").read_text("utf-8"))))


def _cases(written: Any) -> Iterator[Case]:
    resources = written["resources"]
    for name, resource in resources.items():
        yield Case(name, resource, None)
    for each in (*written["sound"], *written["faulty"]):
        resource = copy.deepcopy(resources[each["of"]])
        for path, value in each["set"].items():
            assign(resource, path, value)
        is_warning = each.get("severity") == "warning"
        yield Case(each["name"], resource, each.get("at"), each.get("missed"), is_warning)


def assign(resource: Any, path: str, value: Any) -> None:
    """Set the value at a path, as `name[0].family`; remove it if the value is None."""
    *steps, last = [
        int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)
    ]
    for step, following in pairwise([*steps, last]):
        if isinstance(resource, dict) and step not in resource:
            resource[step] = [] if isinstance(following, int) else {}
        if isinstance(resource, list) and step == len(resource):
            resource.append([] if isinstance(following, int) else {})
        resource = resource[step]
    if value is None:
        del resource[last]
    elif isinstance(resource, list) and last == len(resource):
        resource.append(value)
    else:
        resource[last] = value
