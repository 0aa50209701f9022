"""The searches that must find an official example: of each search parameter, by each of its values,
as fhirpathpy finds them."""

import re
from collections.abc import Iterator
from typing import Any

import expected_values as values
from expected_values import (
    branches_for,
    evaluated,
    official_parameter,
    official_parameters,
    read_contained,
)

LONGEST = 2000  # characters
# The two components of this one each carry the expression of the other.
SLIPS = {
    ("DocumentReference-relationship", "target"): "code",
    ("DocumentReference-relationship", "code"): "target",
}


def escaped(text: str) -> str:
    """As a value of a search stands: https://hl7.org/fhir/R4/search.html#escaping"""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def queries_for(resource: Any) -> list[tuple[str, str]]:
    """(name, value), each once."""
    read_contained(resource)
    kind = resource["resourceType"]
    found: list[tuple[str, str]] = []
    for parameter in [*official_parameters()["Resource"], *official_parameters().get(kind, [])]:
        code = parameter["code"]
        if code == "_lastUpdated" or parameter["type"] == "special":
            continue
        if parameter["type"] == "composite":
            found += _composite(resource, parameter)
            continue
        for each, value in evaluated(parameter["expression"], resource):
            for modifier, told in _asked(parameter, each, value):
                found.append((code + modifier, told))
    return list(dict.fromkeys(found))


def _asked(parameter: Any, kind: str, value: Any) -> Iterator[tuple[str, str]]:
    match parameter["type"]:
        case "token":
            yield from _token(kind, value)
        case "string":
            for text in values.strings_of(kind, value):
                if words := text.split():
                    yield "", escaped(words[0].upper())
                    yield ":exact", escaped(text)
                    # Of a longer text only the beginning is searched.
                    yield ":contains", escaped(words[-1 if len(text) < LONGEST else 0])
        case "uri":
            yield "", escaped(value)
            yield ":below", escaped(value)
        case "reference":
            yield from _reference(kind, value)
        case "date":
            for told in _dates(kind, value):
                yield "", told
        case _:
            for told in _amounts(kind, value):
                yield "", told


def _token(kind: str, value: Any) -> Iterator[tuple[str, str]]:
    if kind == "CodeableConcept":
        if text := value.get("text", "").strip():
            yield ":text", escaped(text)
        for coding in value.get("coding", []):
            yield from _token("Coding", coding)
        return
    if not isinstance(value, dict):
        yield "", escaped(str(value).lower() if isinstance(value, bool) else value)
        return
    system = value.get("system", "") if kind != "ContactPoint" else ""
    code = value.get("code" if kind == "Coding" else "value", "")
    if code:
        yield "", escaped(code)
        yield "", f"{escaped(system)}|{escaped(code)}" if kind != "ContactPoint" else escaped(code)
    if system:
        yield "", escaped(system) + "|"
    if display := value.get("display", "").strip():
        yield ":text", escaped(display)
    for each in value.get("type", {}).get("coding", []) if kind == "Identifier" else ():
        if each.get("system") and each.get("code") and code:
            told = (each["system"], each["code"], code)
            yield ":of-type", "|".join(escaped(part) for part in told)


def _reference(kind: str, value: Any) -> Iterator[tuple[str, str]]:
    text = value if isinstance(value, str) else value.get("reference", "")
    if kind == "Reference" and text and not text.startswith("#"):
        yield "", escaped(text)
        if local := re.fullmatch(r"([A-Z]\w+)/([\w.-]+)", text):
            yield ":" + local[1], local[2]
    elif kind in ("canonical", "uri") and ":" in text:  # a name alone would be an id
        yield "", escaped(text)
        yield "", escaped(text.partition("|")[0].partition("#")[0])
    identifier = value.get("identifier", {}) if kind == "Reference" else {}
    if identifier.get("value"):
        asked = list(_token("Identifier", identifier))
        yield from ((":identifier", told) for modifier, told in asked if not modifier)


def _dates(kind: str, value: Any) -> Iterator[str]:
    if kind not in ("date", "dateTime", "instant", "Period", "Timing"):
        return
    if kind == "Timing":
        for event in value.get("event", []):
            yield "ap" + event
        value = value.get("repeat", {}).get("boundsPeriod", {})
    if isinstance(value, str):
        yield value
        yield "ge" + value
        yield "le" + value
        return
    if "start" in value:
        yield "ge" + value["start"]
    if "end" in value:
        yield "le" + value["end"]


def _amounts(kind: str, value: Any) -> Iterator[str]:
    if kind == "Range":
        if low := value.get("low", {}).get("value"):
            yield f"ge{low}"
        return
    number = value.get("value") if isinstance(value, dict) else value
    if number is None or kind == "SampledData":
        return
    prefix = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    told = prefix.get(value.get("comparator", "") if isinstance(value, dict) else "", "")
    yield f"{told}{number}"
    if kind == "Money" and "currency" in value:
        yield f"{number}|urn:iso:std:iso:4217|{value['currency']}"
    elif isinstance(value, dict):
        if value.get("system") and value.get("code"):
            yield f"{told}{number}|{escaped(value['system'])}|{escaped(value['code'])}"
        if value.get("unit"):
            yield f"{told}{number}||{escaped(value['unit'])}"


def _composite(resource: Any, parameter: Any) -> Iterator[tuple[str, str]]:
    """The first way to ask for each component, together."""
    name = parameter["url"].rpartition("/")[2]
    for branch in branches_for(parameter["expression"], resource["resourceType"]):
        for position in range(len(evaluated(branch, resource))):
            parts = []
            for component in parameter["component"]:
                expression = SLIPS.get((name, component["expression"]), component["expression"])
                found = evaluated(expression, resource, f"{branch}[{position}]")
                of = official_parameter(component["definition"])
                told = [a for kind, value in found for a in _asked(of, kind, value)]
                parts.append(next((text for modifier, text in told if not modifier), None))
            if all(part is not None for part in parts):
                yield parameter["code"], "$".join(str(part) for part in parts)
