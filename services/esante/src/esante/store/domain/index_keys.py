"""The 64-bit keys that stand for search values in the arrays `tokens` and `refs` of a resource.

A key depends on its meaning alone, so that writers, queries and other versions of this code agree.
A change of one of these functions requires indexing everything again. Two values with one key would
make a search find too much: at 10⁹ distinct values the probability for one search is below 10⁻¹⁰.
It never discloses more than the caller can read: access is compiled from the same keys, and the
compartment is checked again on reading.
"""

import hashlib
from functools import lru_cache
from typing import Final

_SEPARATOR: Final = "\x1f"


def hash_key(*parts: str) -> int:
    """The signed 64-bit key of those strings, in that order."""
    encoded = _SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "big", signed=True)


@lru_cache(maxsize=20_000)
def parameter_key(resource_type: str, code: str) -> int:
    """The key of a search parameter of a resource type (`Observation`, `code`)."""
    return hash_key("parameter", resource_type, code)


def self_key(resource_type: str, resource_id: str) -> int:
    """The key of a resource in references to it; its column `self`."""
    return hash_key("self", resource_type, resource_id)


@lru_cache(maxsize=100)
def compartment_key(compartment: str) -> int:
    """The key that takes the place of a parameter in an element of `refs` for a compartment."""
    return hash_key("compartment", compartment)


def ref_element(parameter: int, target: int) -> int:
    """The element of `refs` for "this parameter refers to that resource".

    XOR, so that SQL computes it from a column: `self # $parameter`.
    """
    return parameter ^ target


def token_element(parameter: int, system: str | None, code: str | None) -> int:
    """The element of `tokens` for a code of a system.

    A search looks up one of these forms; a value is stored under each form that matches it:
    system and code "s|c" · any system "*|c" (system None) · no system "|c" (system "") · any code
    of a system "s|*" (code None). Codes are compared without case, systems exactly
    (https://hl7.org/fhir/R4/search.html#token: "literal, but not case sensitive").
    """
    system_part = "*" if system is None else "=" + system
    code_part = "*" if code is None else "=" + code.casefold()
    return hash_key("token", str(parameter), system_part, code_part)


def of_type_element(parameter: int, system: str, code: str, value: str) -> int:
    """The element of `tokens` for `:of-type`: system and code of the identifier type, and value."""
    return hash_key("of-type", str(parameter), system, code.casefold(), value.casefold())


def unit_key(system: str | None, code: str) -> int:
    """The `unit` of a quantity row: a unit of a system, or (None) a code or printed unit of any.

    Case-sensitive: UCUM distinguishes `s` (second) from `S` (siemens).
    """
    return hash_key("unit", "*" if system is None else "=" + system, code)


def uri_element(parameter: int, uri: str) -> int:
    """The element of `tokens` for a uri, a canonical (with and without its version) or an absolute
    reference to another server, compared exactly."""
    return hash_key("uri", str(parameter), uri)


def present_element(parameter: int) -> int:
    """The element of `tokens` for "that parameter has a value" (`:missing`)."""
    return hash_key("present", str(parameter))


@lru_cache(maxsize=1_000)
def group_key(position: int) -> int:
    """The `pair` of an index row: the position (from 0) of the repeated element it comes from, for
    composites. Values of the resource itself have 0."""
    return hash_key("group", str(position))


def composite_element(parameter: int, *components: int) -> int:
    """The element of `tokens` for tokens and references of one composite in the same element.

    `components`: their elements under the parameters of the components, in the order of the
    definition. If the composite also has a quantity, a number, a date or a string, the element is
    XORed with the `group_key` that is the `pair` of those rows: SQL computes it from the row
    (`$composite # pair`).
    """
    return hash_key("composite", str(parameter), *map(str, components))
