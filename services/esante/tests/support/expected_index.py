"""The expected index entries of an official example: see `expected_values`."""

import re
from decimal import Decimal
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
    contained_key,
    of_type_element,
    parameter_key,
    present_element,
    ref_element,
    self_key,
    several_element,
    token_element,
    uri_element,
)

_COLUMNS = {"_id", "_lastUpdated"}


LEVELS = 2  # contained resources on one chain


def expected_index(resource: Any) -> Expected:
    """Every index entry that R4 requires, and those of contained resources."""
    expected = _own_index(resource, resource)
    _contained(expected, resource, resource, 0, "", ())
    return expected


def _own_index(resource: Any, container: Any) -> Expected:
    """The entries of a resource, which is `container` or contained in it."""
    expected = Expected()
    resource_type = resource["resourceType"]
    read_contained(container)
    own = official_parameters().get(resource_type, [])
    for parameter in [*official_parameters()["Resource"], *own]:
        if parameter["code"] in _COLUMNS:
            continue
        if parameter["code"] == "near":
            _near(expected, resource)
            continue
        if stored_under(resource_type, parameter["code"]) != (parameter["code"],):
            continue  # `test_definitions` compares the paths
        if parameter["type"] == "composite":
            _composite(expected, resource, parameter)
            continue
        found = evaluated(parameter["expression"], resource)
        read = {_read(expected, resource, parameter, each, value) for each, value in found}
        if True in read:
            expected.tokens.add(present_element(parameter_key(resource_type, parameter["code"])))
        if parameter["type"] == "reference":
            expected.inner |= {
                (parameter["code"], value["reference"][1:])
                for value_type, value in found
                if value_type == "Reference" and value.get("reference", "")[:1] == "#"
                for each in container.get("contained", ())
                if each.get("id") == value["reference"][1:]
                and each["resourceType"] in parameter["target"]
            }
    return expected


def _contained(
    expected: Expected, resource: Any, container: Any, key: int, path: str, ids: tuple[str, ...]
) -> None:
    """Note the contained resources to which that one refers, and to which they refer."""
    source = expected if not ids else _own_index(resource, container)
    for code, own in sorted(source.inner):
        if own in ids:
            continue
        (inner,) = (each for each in container["contained"] if each.get("id") == own)
        name = inner["resourceType"]
        below = contained_key(key, resource["resourceType"], code, name)
        _move(expected, _own_index(inner, container), below, f"{path}{code}:{name}.")
        if len(ids) + 1 < LEVELS:
            _contained(expected, inner, container, below, f"{path}{code}:{name}.", (*ids, own))


def _move(expected: Expected, inner: Expected, key: int, path: str) -> None:
    """Note the entries of a contained resource, at that place."""
    present = present_element(key)
    expected.tokens.add(several_element(key) if present in expected.tokens else present)
    expected.tokens |= {each ^ key for each in inner.tokens}
    expected.refs |= {each ^ key for each in inner.refs}
    for rows, of in (
        (expected.strings, inner.strings),
        (expected.uris, inner.uris),
        (expected.dates, inner.dates),
        (expected.quantities, inner.quantities),
    ):
        rows |= {(path + code, *rest) for code, *rest in of}
    expected.composites |= {
        (element ^ key, tuple((path + code, *values) for code, *values in rest))
        for element, rest in inner.composites
    }


def _near(expected: Expected, resource: Any) -> None:
    position = resource.get("position", {})
    if {"latitude", "longitude"} <= position.keys():
        for name in ("latitude", "longitude"):
            degrees = Decimal(position[name])
            expected.quantities.add((f"near:{name}", degrees, degrees, degrees, 0))
        expected.tokens.add(present_element(parameter_key("Location", "near")))


def _read(expected: Expected, resource: Any, parameter: Any, value_type: str, value: Any) -> bool:
    """Note one value; whether it was one."""
    code = parameter["code"]
    key = parameter_key(resource["resourceType"], code)
    match parameter["type"]:
        case "token":
            return _token(expected, resource, parameter, key, value_type, value)
        case "string":
            texts = values.strings_of(value_type, value)
            expected.strings |= {(code, values.folded(text), text) for text in texts}
            return bool(texts)
        case "uri":
            uris = {value, re.split(r"[|#]", value)[0]} if value_type == "canonical" else {value}
            expected.tokens |= {uri_element(key, uri) for uri in uris}
            expected.uris |= {(code, uri) for uri in uris}
            return True
        case "reference":
            return _reference(expected, resource, parameter, key, value_type, value)
        case "date":
            limits = values.dates_of(value_type, value)
            expected.dates |= {(code, *limits)} if limits else set()
            return bool(limits)
    measure = values.measure_of(value_type, value)
    if measure:
        expected.quantities |= {(code, *measure[:3], unit) for unit in measure[3]}
    return bool(measure)


def _token(
    expected: Expected, resource: Any, parameter: Any, key: int, value_type: str, value: Any
) -> bool:
    code = parameter["code"]
    systems = values.systems_of(resource["resourceType"], parameter["expression"])
    if MAIN_CODE.get(resource["resourceType"]) == code:
        for each in value.get("coding", []):
            if "code" in each:
                forms = (each.get("system", ""), None)
                expected.codes |= {token_element(key, one, each["code"]) for one in forms}
    elements = values.tokens_of(key, value_type, value, systems if value_type == "code" else [])
    texts = values.texts_of(value_type, value)
    expected.tokens |= elements
    expected.strings |= {(code + ":text", values.folded(text), text) for text in texts}
    if value_type == "Identifier" and "value" in value:
        for each in value.get("type", {}).get("coding", []):
            if "code" in each:
                expected.tokens.add(
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
    expected: Expected, resource: Any, parameter: Any, key: int, value_type: str, value: Any
) -> bool:
    code = parameter["code"]
    if value_type in ("Attachment", "string"):
        return False
    if isinstance(value, dict) and "resourceType" in value:
        if value["resourceType"] not in parameter["target"] or "id" not in value:
            return False
        value_type, text = "Reference", f"{value['resourceType']}/{value['id']}"
    elif value_type == "Reference":
        text = value.get("reference", "")
    else:
        text = "#" if value.startswith("#") else re.split(r"[|#]", value)[0]
        expected.tokens |= {uri_element(key, value)} if text != "#" else set()
        expected.uris |= {(code, value)} if "|" in value and text != "#" else set()
    refs, uris, local = _reference_elements(key, text)
    expected.refs |= refs
    expected.tokens |= uris
    if local:
        expected.references.add((code, *local))
    if isinstance(value, dict) and "identifier" in value and "resourceType" not in value:
        own = parameter_key(resource["resourceType"], code + ":identifier")
        expected.tokens |= values.tokens_of(own, "Identifier", value["identifier"], [])
    return True


def _composite(expected: Expected, resource: Any, parameter: Any) -> None:
    """Its elements, for each combination of component values in one element."""
    resource_type, name = resource["resourceType"], parameter["url"].rpartition("/")[2]
    key = parameter_key(resource_type, parameter["code"])
    elements = [
        f"{branch}[{position}]"
        for branch in branches_for(parameter["expression"], resource_type)
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
        expected.tokens.add(present_element(key))
        for together in product(*parts):
            discrete = [each for each in together if isinstance(each, int)]
            rest = tuple(each for each in together if not isinstance(each, int))
            expected.composites.add((composite_element(key, *discrete), rest))


def _component(resource: Any, element: str, of: Any, expression: str) -> list[Any]:
    """Elements (int) of tokens and references; (code, low, high, …) of the rows of the rest."""
    key = parameter_key(resource["resourceType"], of["code"])
    found: list[Any] = []
    for value_type, value in evaluated(expression, resource, element):
        match of["type"]:
            case "token":
                owner = {"DocumentReference": ["http://hl7.org/fhir/document-relationship-type"]}
                systems = owner.get(resource["resourceType"], []) if value_type == "code" else []
                found += values.tokens_of(key, value_type, value, systems)
            case "reference":
                refs, uris, _ = _reference_elements(key, value.get("reference", ""))
                found += [*refs, *uris]
            case "string":
                found += [(of["code"], text) for text in values.strings_of(value_type, value)]
            case "date":
                limits = values.dates_of(value_type, value)
                found += [(of["code"], *limits)] if limits else []
            case _:
                measure = values.measure_of(value_type, value)
                found += [(of["code"], *measure[:3])] if measure else []
    return found


__all__ = ["expected_index", "token_element"]
