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
    """Escaped as a search value: https://hl7.org/fhir/R4/search.html#escaping"""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def queries_for(resource: Any) -> list[tuple[str, str]]:
    """(name, value), each once."""
    read_contained(resource)
    resource_type = resource["resourceType"]
    found: list[tuple[str, str]] = []
    for parameter in [
        *official_parameters()["Resource"],
        *official_parameters().get(resource_type, []),
    ]:
        code = parameter["code"]
        if code == "_lastUpdated" or parameter["type"] == "special":
            continue
        if parameter["type"] == "composite":
            found += _composite(resource, parameter)
            continue
        for each, value in evaluated(parameter["expression"], resource):
            for modifier, text in _queries(parameter, each, value):
                found.append((code + modifier, text))
    return list(dict.fromkeys(found))


def _queries(parameter: Any, value_type: str, value: Any) -> Iterator[tuple[str, str]]:
    match parameter["type"]:
        case "token":
            yield from _token(value_type, value)
        case "string":
            for text in values.strings_of(value_type, value):
                if words := text.split():
                    yield "", escaped(words[0].upper())
                    yield ":exact", escaped(text)
                    # Of a longer text only the beginning is searched.
                    yield ":contains", escaped(words[-1 if len(text) < LONGEST else 0])
        case "uri":
            yield "", escaped(value)
            yield ":below", escaped(value)
        case "reference":
            yield from _reference(value_type, value)
        case "date":
            for text in _dates(value_type, value):
                yield "", text
        case _:
            for text in _amounts(value_type, value):
                yield "", text


def _token(value_type: str, value: Any) -> Iterator[tuple[str, str]]:
    if value_type == "CodeableConcept":
        if text := value.get("text", "").strip():
            yield ":text", escaped(text)
        for coding in value.get("coding", []):
            yield from _token("Coding", coding)
        return
    if not isinstance(value, dict):
        yield "", escaped(str(value).lower() if isinstance(value, bool | int) else value)
        return
    system = value.get("system", "") if value_type != "ContactPoint" else ""
    code = value.get("code" if value_type == "Coding" else "value", "")
    if code:
        yield "", escaped(code)
        yield (
            "",
            f"{escaped(system)}|{escaped(code)}" if value_type != "ContactPoint" else escaped(code),
        )
    if system:
        yield "", escaped(system) + "|"
    if display := value.get("display", "").strip():
        yield ":text", escaped(display)
    for each in value.get("type", {}).get("coding", []) if value_type == "Identifier" else ():
        if each.get("system") and each.get("code") and code:
            parts = (each["system"], each["code"], code)
            yield ":of-type", "|".join(escaped(part) for part in parts)


def _reference(value_type: str, value: Any) -> Iterator[tuple[str, str]]:
    text = value if isinstance(value, str) else value.get("reference", "")
    if value_type == "Reference" and text and not text.startswith("#"):
        yield "", escaped(text)
        if local := re.fullmatch(r"([A-Z]\w+)/([\w.-]+)", text):
            yield ":" + local[1], local[2]
    elif value_type in ("canonical", "uri") and ":" in text:  # a name alone would be an id
        yield "", escaped(text)
        yield "", escaped(text.partition("|")[0].partition("#")[0])
    identifier = value.get("identifier", {}) if value_type == "Reference" else {}
    if identifier.get("value"):
        queries = list(_token("Identifier", identifier))
        yield from ((":identifier", text) for modifier, text in queries if not modifier)


def _dates(value_type: str, value: Any) -> Iterator[str]:
    if value_type not in ("date", "dateTime", "instant", "Period", "Timing"):
        return
    if value_type == "Timing":
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


def _amounts(value_type: str, value: Any) -> Iterator[str]:
    if value_type == "Range":
        if low := value.get("low", {}).get("value"):
            yield f"ge{low}"
        return
    number = value.get("value") if isinstance(value, dict) else value
    if number is None or value_type == "SampledData":
        return
    prefix = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    sign = prefix.get(value.get("comparator", "") if isinstance(value, dict) else "", "")
    yield f"{sign}{number}"
    if value_type == "Money" and "currency" in value:
        yield f"{number}|urn:iso:std:iso:4217|{value['currency']}"
    elif isinstance(value, dict):
        if value.get("system") and value.get("code"):
            yield f"{sign}{number}|{escaped(value['system'])}|{escaped(value['code'])}"
        if value.get("unit"):
            yield f"{sign}{number}||{escaped(value['unit'])}"


def _composite(resource: Any, parameter: Any) -> Iterator[tuple[str, str]]:
    """One value of each component, joined by `$`."""
    name = parameter["url"].rpartition("/")[2]
    for branch in branches_for(parameter["expression"], resource["resourceType"]):
        for position in range(len(evaluated(branch, resource))):
            parts = []
            for component in parameter["component"]:
                expression = SLIPS.get((name, component["expression"]), component["expression"])
                found = evaluated(expression, resource, f"{branch}[{position}]")
                of = official_parameter(component["definition"])
                queries = [
                    a for value_type, value in found for a in _queries(of, value_type, value)
                ]
                parts.append(next((text for modifier, text in queries if not modifier), None))
            if all(part is not None for part in parts):
                yield parameter["code"], "$".join(str(part) for part in parts)
