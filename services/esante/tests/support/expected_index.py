"""The whole of what an official example must be indexed by: see `expected_values`."""

import re
from itertools import product
from typing import Any

import expected_values as values
from expected_values import (
    Expected,
    branches_for,
    evaluated,
    official_parameter,
    official_parameters,
    read_contained,
)
from official_queries import SLIPS

from esante.search.domain.definitions import MAIN_CODE, stored_under
from esante.store.domain.index_keys import (
    composite_element,
    of_type_element,
    parameter_key,
    present_element,
    ref_element,
    self_key,
    token_element,
    uri_element,
)

_COLUMNS = {"_id", "_lastUpdated"}


def expected_index(resource: Any) -> Expected:
    """Everything that R4 says it is found by."""
    told = Expected()
    kind = resource["resourceType"]
    read_contained(resource)
    own = official_parameters().get(kind, [])
    for parameter in [*official_parameters()["Resource"], *own]:
        if parameter["code"] in _COLUMNS or parameter["type"] == "special":
            continue
        if stored_under(kind, parameter["code"]) != (parameter["code"],):
            continue  # `test_definitions` holds it to the same paths
        if parameter["type"] == "composite":
            _composite(told, resource, parameter)
            continue
        found = evaluated(parameter["expression"], resource)
        read = {_read(told, resource, parameter, each, value) for each, value in found}
        if True in read:
            told.tokens.add(present_element(parameter_key(kind, parameter["code"])))
    return told


def _read(told: Expected, resource: Any, parameter: Any, kind: str, value: Any) -> bool:
    """Note one value; whether it was one."""
    code = parameter["code"]
    key = parameter_key(resource["resourceType"], code)
    match parameter["type"]:
        case "token":
            return _token(told, resource, parameter, key, kind, value)
        case "string":
            texts = values.strings_of(kind, value)
            told.strings |= {(code, values.folded(text), text) for text in texts}
            return bool(texts)
        case "uri":
            uris = {value, re.split(r"[|#]", value)[0]} if kind == "canonical" else {value}
            told.tokens |= {uri_element(key, uri) for uri in uris}
            told.uris |= {(code, uri) for uri in uris}
            return True
        case "reference":
            return _reference(told, resource, parameter, key, kind, value)
        case "date":
            limits = values.dates_of(kind, value)
            told.dates |= {(code, *limits)} if limits else set()
            return bool(limits)
    measure = values.measure_of(kind, value)
    if measure:
        told.quantities |= {(code, *measure[:3], unit) for unit in measure[3]}
    return bool(measure)


def _token(told: Expected, resource: Any, parameter: Any, key: int, kind: str, value: Any) -> bool:
    code = parameter["code"]
    systems = values.systems_of(resource["resourceType"], parameter["expression"])
    if MAIN_CODE.get(resource["resourceType"]) == code:
        for each in value.get("coding", []):
            if "code" in each:
                systems_asked = (each.get("system", ""), None)
                told.codes |= {token_element(key, one, each["code"]) for one in systems_asked}
    elements = values.tokens_of(key, kind, value, systems if kind == "code" else [])
    texts = values.texts_of(kind, value)
    told.tokens |= elements
    told.strings |= {(code + ":text", values.folded(text), text) for text in texts}
    if kind == "Identifier" and "value" in value:
        for each in value.get("type", {}).get("coding", []):
            if "code" in each:
                told.tokens.add(
                    of_type_element(key, each.get("system", ""), each["code"], value["value"])
                )
    return bool(elements or texts)


def _reference_elements(key: int, text: str) -> tuple[set[int], set[int], tuple[str, str] | None]:
    local = re.fullmatch(r"([A-Z]\w+)/([A-Za-z0-9.-]{1,64})(/_history/[\w.-]+)?", text)
    if text.startswith("#") or not text:
        return set(), set(), None
    if local:
        versioned = {uri_element(key, text)} if local[3] else set()
        return {ref_element(key, self_key(local[1], local[2]))}, versioned, (local[1], local[2])
    return set(), {uri_element(key, text), uri_element(key, text.partition("/_history/")[0])}, None


def _reference(
    told: Expected, resource: Any, parameter: Any, key: int, kind: str, value: Any
) -> bool:
    code = parameter["code"]
    if kind in ("Attachment", "string"):
        return False
    if isinstance(value, dict) and "resourceType" in value:
        if value["resourceType"] not in parameter["target"] or "id" not in value:
            return False
        kind, text = "Reference", f"{value['resourceType']}/{value['id']}"
    elif kind == "Reference":
        text = value.get("reference", "")
    else:
        text = "#" if value.startswith("#") else re.split(r"[|#]", value)[0]
        told.tokens |= {uri_element(key, value)} if text != "#" else set()
    refs, uris, local = _reference_elements(key, text)
    told.refs |= refs
    told.tokens |= uris
    if local:
        told.references.add((code, *local))
    if isinstance(value, dict) and "identifier" in value and "resourceType" not in value:
        own = parameter_key(resource["resourceType"], code + ":identifier")
        told.tokens |= values.tokens_of(own, "Identifier", value["identifier"], [])
    return True


def _composite(told: Expected, resource: Any, parameter: Any) -> None:
    """Its elements, one value of each component at a time, as they stand together."""
    kind, name = resource["resourceType"], parameter["url"].rpartition("/")[2]
    key = parameter_key(kind, parameter["code"])
    elements = [
        f"{branch}[{position}]"
        for branch in branches_for(parameter["expression"], kind)
        for position in range(len(evaluated(branch, resource)))
    ]
    for element in elements:
        parts = []
        for component in parameter["component"]:
            of = official_parameter(component["definition"])
            expression = SLIPS.get((name, component["expression"]), component["expression"])
            parts.append(_component(resource, element, of, expression))
        if not all(parts):
            continue
        told.tokens.add(present_element(key))
        for together in product(*parts):
            discrete = [each for each in together if isinstance(each, int)]
            rest = tuple(each for each in together if not isinstance(each, int))
            told.composites.add((composite_element(key, *discrete), rest))


def _component(resource: Any, element: str, of: Any, expression: str) -> list[Any]:
    """Elements (int) of tokens and references; (code, low, high, …) of the rows of the rest."""
    key = parameter_key(resource["resourceType"], of["code"])
    found: list[Any] = []
    for kind, value in evaluated(expression, resource, element):
        match of["type"]:
            case "token":
                owner = {"DocumentReference": ["http://hl7.org/fhir/document-relationship-type"]}
                systems = owner.get(resource["resourceType"], []) if kind == "code" else []
                found += values.tokens_of(key, kind, value, systems)
            case "reference":
                refs, uris, _ = _reference_elements(key, value.get("reference", ""))
                found += [*refs, *uris]
            case "string":
                found += [(of["code"], text) for text in values.strings_of(kind, value)]
            case "date":
                limits = values.dates_of(kind, value)
                found += [(of["code"], *limits)] if limits else []
            case _:
                measure = values.measure_of(kind, value)
                found += [(of["code"], *measure[:3])] if measure else []
    return found


__all__ = ["expected_index", "token_element"]
