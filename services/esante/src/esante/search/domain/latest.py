"""Groups observations by their code, for `Observation/$lastn`.

https://hl7.org/fhir/R4/observation-operation-lastn.html
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from esante.core.domain.json_parser import parse_json
from esante.core.domain.json_values import objects_in
from esante.core.domain.resource import Resource

_Name: TypeAlias = tuple[str, str]
"""(system, code), or ("", text) of a code without codings."""


def latest_of_each_code(observations: Iterable[Resource], most: int) -> list[Resource]:
    """The first observations of each code, in their order.

    `observations`: newest first. `most`: how many of each code. Two codes are one if they share a
    coding, also through a third.
    """
    listed = [(each, _names(parse_json(each.text))) for each in observations]
    groups: dict[_Name, _Name] = {}
    for _, names in listed:
        for name in names[1:]:
            _unite(groups, names[0], name)
    counts: dict[_Name | None, int] = {}
    found = []
    for each, names in listed:
        group = _group(groups, names[0]) if names else None
        counts[group] = counts.get(group, 0) + 1
        if counts[group] <= most:
            found.append(each)
    return found


def _names(observation: Mapping[str, Any]) -> list[_Name]:
    code = observation.get("code")
    if not isinstance(code, dict):
        return []
    codings = [
        (str(each.get("system", "")), str(each["code"]))
        for each in objects_in(code.get("coding"))
        if "code" in each
    ]
    return codings or ([("", str(code["text"]))] if "text" in code else [])


def _group(groups: dict[_Name, _Name], name: _Name) -> _Name:
    while (above := groups.get(name, name)) != name:
        groups[name] = groups.get(above, above)
        name = above
    return name


def _unite(groups: dict[_Name, _Name], one: _Name, other: _Name) -> None:
    groups[_group(groups, other)] = _group(groups, one)
