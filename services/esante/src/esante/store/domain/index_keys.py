"""The 64-bit keys that represent search values in the arrays `tokens` and `refs` of a resource.

A key depends only on its meaning, so that writes, searches and other versions of this code agree. A
change of one of these functions requires that all resources are indexed again.

If two values had the same key, a search could find resources that do not match: with 10⁹ distinct
values, the probability for one search is below 10⁻¹⁰.
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
    """The key of a resource: its column `self`, and the target in `ref_element`."""
    return hash_key("self", resource_type, resource_id)


@lru_cache(maxsize=10_000)
def author_key(account: str) -> int:
    """The key of an account: the column `author` of what it has created."""
    return hash_key("author", account)


@lru_cache(maxsize=100)
def compartment_key(compartment: str) -> int:
    """The key used instead of a parameter's in an element of `refs` for a compartment."""
    return hash_key("compartment", compartment)


def ref_element(parameter: int, target: int) -> int:
    """The element of `refs` for "this parameter refers to that resource".

    `parameter`: its `parameter_key`, or a `compartment_key`. `target`: the `self_key`. The XOR can
    also be computed in SQL, from a column: `self # $parameter`.
    """
    return parameter ^ target


def token_element(parameter: int, system: str | None, code: str | None) -> int:
    """The element of `tokens` for a code of a system.

    A search looks up one of these forms; a value is stored under each form that matches it:
    `s|c` for a system and a code; `c` for a code of any system (`system` None); `|c` for a code
    without system (`system` empty); `s|` for any code of a system (`code` None).

    `parameter`: its `parameter_key`. Codes are compared without case, systems exactly
    (https://hl7.org/fhir/R4/search.html#token: "literal, but not case sensitive").
    """
    system_part = "*" if system is None else "=" + system
    code_part = "*" if code is None else "=" + code.casefold()
    return hash_key("token", str(parameter), system_part, code_part)


def of_type_element(parameter: int, system: str, code: str, value: str) -> int:
    """The element of `tokens` for `:of-type`: system and code of the identifier type, and value."""
    return hash_key("of-type", str(parameter), system, code.casefold(), value.casefold())


def unit_key(system: str | None, code: str) -> int:
    """The `unit` of a quantity row: the code of a unit in a system; without a system (None), a code
    or a printed unit of any.

    Case-sensitive: UCUM distinguishes `s` (second) from `S` (siemens).
    """
    return hash_key("unit", "*" if system is None else "=" + system, code)


def dimension_key(dimension: str) -> int:
    """The `unit` of a quantity row in base units: their exponents (`core.domain.ucum`)."""
    return hash_key("dimension", dimension)


def uri_element(parameter: int, uri: str) -> int:
    """The element of `tokens` for a uri, a canonical (with and without its version) or an absolute
    reference to another server, compared exactly."""
    return hash_key("uri", str(parameter), uri)


def contained_key(parent: int, resource_type: str, code: str, target: str) -> int:
    """The key of "a contained resource of the type `target`, to which that parameter refers".

    `parent`: 0; or the key of the contained resource that refers to it. The elements of the
    contained resource are XORed with it among those of the resource that contains it.
    """
    return hash_key("contained", str(parent), resource_type, code, target)


def several_element(contained: int) -> int:
    """The element of `tokens` for "several contained resources have that `contained_key`"."""
    return hash_key("several", str(contained))


def present_element(parameter: int) -> int:
    """The element of `tokens` for "that parameter has a value" (`:missing`)."""
    return hash_key("present", str(parameter))


@lru_cache(maxsize=1_000)
def group_key(position: int) -> int:
    """The `pair` of an index row, for composites.

    `position`: the index of the repeated element that the value comes from. Values of the resource
    itself have the `pair` 0 instead.
    """
    return hash_key("group", str(position))


def composite_element(parameter: int, *components: int) -> int:
    """The element of `tokens` for the tokens, references and uris of one composite value.

    `parameter`: the key of the composite. `components`: the elements of its components, in the
    order of the definition. If the composite also has a quantity, a number, a date or a string, the
    element is stored XORed with the `pair` of those rows; SQL computes it as `$composite # pair`.
    """
    return hash_key("composite", str(parameter), *map(str, components))
