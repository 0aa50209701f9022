"""The examples of `tests/volets/examples.json`: resources, or changes (`set`) to one of the
validation cases (`of`: family and name), as in `validation_cases`."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from validation_cases import assign, cases

FILE = Path(__file__).parents[2] / "volets" / "examples.json"


@cache
def examples() -> Mapping[tuple[str, str], Any]:
    """Every example, by resource type and id."""
    made = [_resource(each) for each in json.loads(FILE.read_text("utf-8"))]
    return {(each["resourceType"], each["id"]): each for each in made}


def case_resource(name: str) -> Any:
    """The resource of a validation case: `volet_cds/creation`."""
    family, _, case = name.partition("/")
    (resource,) = (each.resource for each in cases(family) if each.name == case)
    return copy.deepcopy(resource)


def _resource(written: Any) -> Any:
    if "of" not in written:
        return written
    resource = case_resource(written["of"])
    for path, value in written["set"].items():
        assign(resource, path, value)
    return resource
