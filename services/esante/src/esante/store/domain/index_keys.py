"""The 64-bit keys that stand for search values in the arrays `token` and `ref` of a resource.

A key is made of its meaning alone, so that the writer, the compiled query and another version of
this code agree on it for ever: changing one of these functions means indexing everything again.
Two values of one key would make a search find too much: at 10⁹ distinct values the chance that a
given search meets one is below 10⁻¹⁰; what a search finds is never wider than what its caller may
read, since access is compiled from the same keys and the compartment is checked again on reading.
"""

import hashlib
from functools import lru_cache
from typing import Final

_SEPARATOR: Final = "\x1f"


def key(*parts: str) -> int:
    """The signed 64-bit key of those words, in that order."""
    told = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)


@lru_cache(maxsize=20_000)
def parameter_key(resource_type: str, code: str) -> int:
    """The key of a search parameter of a type (`Observation`, `code`)."""
    return key("parameter", resource_type, code)


def self_key(resource_type: str, resource_id: str) -> int:
    """The key by which a resource is referred to; its own column `self`."""
    return key("self", resource_type, resource_id)


@lru_cache(maxsize=100)
def compartment_key(compartment: str) -> int:
    """What stands in a `ref` element, in place of a parameter, for being in a compartment."""
    return key("compartment", compartment)


def ref_element(parameter: int, target: int) -> int:
    """The element of `ref` for "this parameter refers to that resource".

    XOR, so that SQL makes it from a column: `self # $parameter`.
    """
    return parameter ^ target


def token_element(parameter: int, system: str | None, code: str | None) -> int:
    """The element of `token` for a code of a system. A search asks for one of these; a stored
    value is stored under each form that it answers to:

    system and code "s|c" · any system "*|c" (system None) · no system "|c" (system "") · any code
    of a system "s|*" (code None). Codes are compared without case, systems letter for letter
    (https://hl7.org/fhir/R4/search.html#token: "literal, but not case sensitive").
    """
    told_system = "*" if system is None else "=" + system
    told_code = "*" if code is None else "=" + code.casefold()
    return key("token", str(parameter), told_system, told_code)


def of_type_element(parameter: int, system: str, code: str, value: str) -> int:
    """The element of `token` for `:of-type`: identifier type's system and code, and the value."""
    return key("of-type", str(parameter), system, code.casefold(), value.casefold())


def unit_key(system: str | None, code: str) -> int:
    """The `unit` of a quantity's row: a unit of a system, or (None) a code or printed unit of any.
    With case: UCUM tells `s`, a second, from `S`, a siemens."""
    return key("unit", "*" if system is None else "=" + system, code)


def uri_element(parameter: int, uri: str) -> int:
    """The element of `token` for a uri, a canonical (with and without its version) or an absolute
    reference to what is not stored here, letter for letter."""
    return key("uri", str(parameter), uri)


def present_element(parameter: int) -> int:
    """The element of `token` for "that parameter has a value" (`:missing`)."""
    return key("present", str(parameter))


@lru_cache(maxsize=1_000)
def group_key(position: int) -> int:
    """The `pair` of a row: of the place among its like (from 0) of the element that a composite
    looks at. What stands in the resource itself has 0."""
    return key("group", str(position))


def composite_element(parameter: int, *components: int) -> int:
    """The element of `token` for the tokens (and references) of one composite that stand together:
    their own elements, under the components' parameters, in the order of the definition.

    Where the composite has a quantity, a number, a date or a text besides, the element is XORed
    with the `group_key` of where they stand, which is the `pair` of those rows: SQL makes it from
    the row (`$composite # pair`).
    """
    return key("composite", str(parameter), *map(str, components))
