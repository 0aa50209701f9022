"""The grammar of UCUM codes: `kg.m/s2`, `10*3/uL`, `mm[Hg]`, `{score}`.

Case-sensitive codes only, as FHIR requires. https://ucum.org/ucum#section-Syntax-Rules
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

MAX_CODE: Final = 256
"""Characters of a code."""
_MAX_DEPTH: Final = 10
"""Levels of parentheses."""
# The parts of a code; what is between square brackets belongs to the unit before it.
_PART: Final = re.compile(r"[./()]|\{[!-z|~]*\}|(?:\[[!-Z\\^-~]*\]|[!-'*+,\-0-Z^-z|~])+")
_UNIT: Final = re.compile(r"(.*[^0-9+\-])([+-]?[0-9]{1,3})?", re.DOTALL)
_NUMBER: Final = re.compile(r"[0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class Definition:
    """A unit in the table of UCUM."""

    code: str
    section: str
    """`base`, `unit`, `arbitrary` or `special`."""
    metric: bool
    """Whether it takes prefixes."""
    value: str
    """A number; the name of a function for a special unit; empty for a base unit."""
    unit: str
    """The code of the unit of that value; empty for a base unit."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a code: a unit with prefix and exponent, or a number."""

    unit: str
    """The code of a Definition; empty for a number or an annotation alone."""
    prefix: str
    """Empty without one."""
    number: int
    """1 for a unit."""
    exponent: int
    """Negative below a solidus."""


@cache
def definitions() -> tuple[dict[str, Definition], dict[str, str]]:
    """The units by code, and the factor of each prefix, as text."""
    units: dict[str, Definition] = {}
    prefixes: dict[str, str] = {}
    section = ""
    table = files("esante.core.domain.ucum").joinpath("units.txt").read_text("utf-8")
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        if line in ("[prefix]", "[base]", "[unit]", "[arbitrary]", "[special]"):
            section = line.strip("[]")
        elif section == "prefix":
            code, factor = line.split()
            prefixes[code] = factor
        elif section == "base":
            units[line] = Definition(line, section, True, "", "")
        else:
            code, metric, value, unit = line.split()
            units[code] = Definition(code, section, metric == "metric", value, unit)
    return units, prefixes


def parse_factors(code: str) -> tuple[Factor, ...] | None:
    """The factors of a code; None if it is no code of UCUM."""
    if not 0 < len(code) <= MAX_CODE:
        return None
    parts = _PART.findall(code)
    if sum(map(len, parts)) != len(code):
        return None
    try:
        found, rest = _term(parts, 1, 0)
    except _Malformed:
        return None
    return None if rest else tuple(found)


def is_unit(code: str) -> bool:
    """Whether that is a code of UCUM."""
    return parse_factors(code) is not None


class _Malformed(Exception):
    """The code does not follow the grammar."""


def _term(parts: list[str], sign: int, depth: int) -> tuple[list[Factor], list[str]]:
    """The factors of a term, and the parts after it. `sign`: -1 below a solidus."""
    if depth > _MAX_DEPTH:
        raise _Malformed
    found: list[Factor] = []
    own = sign
    if parts and parts[0] == "/" and depth == 0:
        own, parts = -sign, parts[1:]
    while True:
        factors, parts = _component(parts, own, depth)
        found += factors
        if not parts or parts[0] not in ("/", "."):
            return found, parts
        own, parts = (-sign if parts[0] == "/" else sign), parts[1:]


def _component(parts: list[str], sign: int, depth: int) -> tuple[list[Factor], list[str]]:
    if not parts:
        raise _Malformed
    head, rest = parts[0], parts[1:]
    if head == "(":
        found, rest = _term(rest, sign, depth + 1)
        if not rest or rest[0] != ")":
            raise _Malformed
        return found, _annotated(rest[1:])
    if head.startswith("{"):
        return [Factor("", "", 1, sign)], rest
    return [_factor(head, sign)], _annotated(rest)


def _annotated(parts: list[str]) -> list[str]:
    return parts[1:] if parts and parts[0].startswith("{") else parts


def _factor(text: str, sign: int) -> Factor:
    if _NUMBER.fullmatch(text):
        return Factor("", "", int(text), sign)
    match = _UNIT.fullmatch(text)
    if match is None:
        raise _Malformed
    exponent = int(match[2] or 1) * sign
    for prefix, unit in _readings(match[1]):
        return Factor(unit, prefix, 1, exponent)
    raise _Malformed


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """(prefix, unit) of a text; without a prefix first: `cd` is the candela, not centiday."""
    units, prefixes = definitions()
    if text in units:
        yield "", text
    for length in (2, 1):
        prefix, unit = text[:length], text[length:]
        if prefix in prefixes and unit in units and units[unit].metric:
            yield prefix, unit
