"""Tokens: codes, codings, concepts, identifiers, contact points, booleans.

https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from esante.core.domain.folding import fold
from esante.core.domain.json_values import objects_in
from esante.search.domain.search_extractors.collector import Found, Reader
from esante.store.domain.index_keys import of_type_element, present_element, token_element
from esante.store.domain.index_rows import StringRow

Elements = Callable[[Any], Iterable[int]]


def _forms(parameter: int, system: str, code: str) -> tuple[int, ...]:
    if not code:
        return (token_element(parameter, system, None),) if system else ()
    told = token_element(parameter, system, code), token_element(parameter, None, code)
    return (*told, token_element(parameter, system, None)) if system else told


_forms_again = lru_cache(maxsize=20_000)(_forms)


def forms(parameter: int, system: Any, code: Any) -> tuple[int, ...]:
    """Every element under which a code of a system ("" or None: of none) is asked for."""
    system = system if isinstance(system, str) else ""
    code = code if isinstance(code, str) else ""
    if len(code) + len(system) < 120:
        return _forms_again(parameter, system, code)
    return _forms(parameter, system, code)


def _codings(value: Any) -> list[dict[str, Any]]:
    return objects_in(value.get("coding")) if isinstance(value, dict) else []


def token_elements(kind: str, systems: tuple[str, ...], parameter: int) -> Elements | None:
    """What gives the elements of a value of that type; None for a type that is no token."""

    def of_coding(value: Any) -> Iterable[int]:
        return forms(parameter, value.get("system"), value.get("code"))

    def of_concept(value: Any) -> Iterable[int]:
        return [each for coding in _codings(value) for each in of_coding(coding)]

    def of_identifier(value: Any) -> Iterable[int]:
        system, told = value.get("system"), value.get("value")
        # Identifiers are many and seldom the same: they would only drive codes from memory.
        return _forms(
            parameter,
            system if isinstance(system, str) else "",
            told if isinstance(told, str) else "",
        )

    def of_contact(value: Any) -> Iterable[int]:
        return forms(parameter, "", value.get("value"))

    def of_code(value: Any) -> Iterable[int]:
        return [each for system in systems or ("",) for each in forms(parameter, system, value)]

    def of_boolean(value: Any) -> Iterable[int]:
        return forms(parameter, "", "true" if value else "false")

    known: dict[str, tuple[type, Elements]] = {
        "Coding": (dict, of_coding),
        "CodeableConcept": (dict, of_concept),
        "Identifier": (dict, of_identifier),
        "ContactPoint": (dict, of_contact),
        "boolean": (bool, of_boolean),
    } | dict.fromkeys(("code", "string", "uri", "id", "canonical"), (str, of_code))
    if kind not in known:
        return None
    expected, read = known[kind]
    return lambda value: read(value) if isinstance(value, expected) else ()


def _texts_of(kind: str, value: Any) -> Iterable[Any]:
    """What `:text` searches: a concept's text and displays, the text of an identifier's type."""
    if kind == "Coding":
        return (value.get("display"),)
    if kind == "CodeableConcept":
        return (value.get("text"), *(each.get("display") for each in _codings(value)))
    if kind == "Identifier" and isinstance(value.get("type"), dict):
        return (value["type"].get("text"),)
    return ()


def token_reader(
    code: str, parameter: int, kind: str, systems: tuple[str, ...], *, is_main: bool = False
) -> Reader | None:
    """Reads values of that type for the token parameter `code`. `is_main`: the type's main code."""
    elements = token_elements(kind, systems, parameter)
    if elements is None:
        return None
    present = present_element(parameter)
    text_parameter = code + ":text"

    def read(value: Any, found: Found) -> None:
        told = elements(value)
        found.tokens.update(told)
        if is_main:
            found.codes.update(_asked_by_code(parameter, value))
        texts = _texts_of(kind, value) if isinstance(value, dict) else ()
        texts = [each for each in texts if isinstance(each, str)]
        for text in dict.fromkeys(texts):
            found.strings.append(StringRow(text_parameter, fold(text), text))
        if kind == "Identifier":
            found.tokens.update(_of_type(parameter, value))
        if told or texts:
            found.tokens.add(present)

    return read


def _asked_by_code(parameter: int, concept: Any) -> Iterable[int]:
    for coding in _codings(concept):
        if isinstance(code := coding.get("code"), str) and code:
            # Not by its system alone, which would be nearly every one.
            yield from forms(parameter, coding.get("system"), code)[:2]


def _of_type(parameter: int, identifier: Any) -> Iterable[int]:
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str):
        return ()
    value = identifier["value"]
    return [
        of_type_element(parameter, system, each["code"], value)
        for each in _codings(identifier.get("type"))
        if isinstance(system := each.get("system", ""), str) and isinstance(each.get("code"), str)
    ]
