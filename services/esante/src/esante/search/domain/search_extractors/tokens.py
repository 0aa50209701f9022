"""Extractors of token parameters: codes, codings, concepts, identifiers, contact points, booleans.

https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from esante.core.domain.folding import fold
from esante.core.domain.json_values import objects_in
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import of_type_element, present_element, token_element
from esante.store.domain.index_rows import StringRow

Elements = Callable[[Any], Iterable[int]]
"""Takes a JSON value; returns its elements of `tokens`."""


def _token_forms(parameter: int, system: str, code: str) -> tuple[int, ...]:
    if not code:
        return (token_element(parameter, system, None),) if system else ()
    elements = token_element(parameter, system, code), token_element(parameter, None, code)
    return (*elements, token_element(parameter, system, None)) if system else elements


_cached_token_forms = lru_cache(maxsize=20_000)(_token_forms)


def token_forms(parameter: int, system: Any, code: Any) -> tuple[int, ...]:
    """The elements of all forms in which a code is searched: `system|code`, `code` and `system|`.

    `parameter`: its key. `system`, `code`: JSON values; not a string is as "", without it.
    """
    system = system if isinstance(system, str) else ""
    code = code if isinstance(code, str) else ""
    if len(code) + len(system) < 120:
        return _cached_token_forms(parameter, system, code)
    return _token_forms(parameter, system, code)


def _codings(value: Any) -> list[dict[str, Any]]:
    return objects_in(value.get("coding")) if isinstance(value, dict) else []


def token_elements(value_type: str, systems: tuple[str, ...], parameter: int) -> Elements | None:
    """A function that returns the elements of a value of that data type; None if it is no token."""

    def of_coding(value: Any) -> Iterable[int]:
        return token_forms(parameter, value.get("system"), value.get("code"))

    def of_concept(value: Any) -> Iterable[int]:
        return [each for coding in _codings(value) for each in of_coding(coding)]

    def of_identifier(value: Any) -> Iterable[int]:
        system, identifier = value.get("system"), value.get("value")
        # Not cached: identifiers rarely repeat, and would evict codes from the cache.
        return _token_forms(
            parameter,
            system if isinstance(system, str) else "",
            identifier if isinstance(identifier, str) else "",
        )

    def of_contact(value: Any) -> Iterable[int]:
        return token_forms(parameter, "", value.get("value"))

    def of_code(value: Any) -> Iterable[int]:
        return [each for one in systems or ("",) for each in token_forms(parameter, one, value)]

    def of_literal(value: Any) -> Iterable[int]:
        return token_forms(parameter, "", str(value).lower())

    known: dict[str, tuple[type, Elements]] = {
        "Coding": (dict, of_coding),
        "CodeableConcept": (dict, of_concept),
        "Identifier": (dict, of_identifier),
        "ContactPoint": (dict, of_contact),
        "boolean": (bool, of_literal),
        "unsignedInt": (int, of_literal),
    } | dict.fromkeys(("code", "string", "uri", "id", "canonical"), (str, of_code))
    if value_type not in known:
        return None
    expected, read = known[value_type]
    return lambda value: read(value) if isinstance(value, expected) else ()


def _texts_of(value_type: str, value: Any) -> Iterable[Any]:
    """The texts that `:text` searches: text and displays of a concept, text of the type of an
    identifier."""
    if value_type == "Coding":
        return (value.get("display"),)
    if value_type == "CodeableConcept":
        return (value.get("text"), *(each.get("display") for each in _codings(value)))
    if value_type == "Identifier" and isinstance(value.get("type"), dict):
        return (value["type"].get("text"),)
    return ()


def token_extractor(
    code: str, parameter: int, value_type: str, systems: tuple[str, ...], *, is_main: bool = False
) -> Extractor | None:
    """The extractor of the token parameter `code` for values of that data type; None if it is no
    token.

    `parameter`: its key. `systems`: the code systems of values of the type code. `is_main`: whether
    it is the main code of the resource type.
    """
    elements = token_elements(value_type, systems, parameter)
    if elements is None:
        return None
    present = present_element(parameter)
    text_parameter = code + ":text"

    def read(value: Any, collector: IndexCollector) -> None:
        found_elements = elements(value)
        collector.tokens.update(found_elements)
        if is_main:
            collector.codes.update(_main_code_elements(parameter, value))
        texts = _texts_of(value_type, value) if isinstance(value, dict) else ()
        texts = [each for each in texts if isinstance(each, str)]
        for text in dict.fromkeys(texts):
            collector.strings.append(StringRow(text_parameter, fold(text), text))
        if value_type == "Identifier":
            collector.tokens.update(_of_type(parameter, value))
        if found_elements or texts:
            collector.tokens.add(present)

    return read


def _main_code_elements(parameter: int, concept: Any) -> Iterable[int]:
    for coding in _codings(concept):
        if isinstance(code := coding.get("code"), str) and code:
            # Without the form `system|`, which nearly every resource has.
            yield from token_forms(parameter, coding.get("system"), code)[:2]


def _of_type(parameter: int, identifier: Any) -> Iterable[int]:
    if not isinstance(identifier, dict) or not isinstance(identifier.get("value"), str):
        return ()
    value = identifier["value"]
    return [
        of_type_element(parameter, system, each["code"], value)
        for each in _codings(identifier.get("type"))
        if isinstance(system := each.get("system", ""), str) and isinstance(each.get("code"), str)
    ]


def deceased_extractor(parameter: int) -> Extractor:
    """The extractor of the expression `DECEASED`, from the resource. `parameter`: the key."""
    present = present_element(parameter)

    def read(resource: Any, collector: IndexCollector) -> None:
        dead = resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource
        collector.tokens.update(token_forms(parameter, "", "true" if dead else "false"))
        collector.tokens.add(present)

    return read
