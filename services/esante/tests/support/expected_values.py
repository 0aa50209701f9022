"""The expected values of search parameters, derived without the code under test.

Values come from the official expressions, evaluated by fhirpathpy; their meaning is implemented a
second time, in the simplest way. Only the keys (`index_keys`) and the definitions of rows are
shared, since both sides must agree on them.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from official_r4 import official_folder, read_official

from esante.core.domain.ucum.conversion import UCUM, conversion_of
from esante.store.domain.index_keys import token_element, unit_key

_SHARED = ("clinical", "conformance", "individual", "medications")


@dataclass
class Expected:
    """As `IndexEntries`, without `pair`; `composites`: (code, elements of its tokens,
    the rows of its other components)."""

    tokens: set[int] = field(default_factory=set)
    refs: set[int] = field(default_factory=set)
    strings: set[tuple[Any, ...]] = field(default_factory=set)
    uris: set[tuple[Any, ...]] = field(default_factory=set)
    dates: set[tuple[Any, ...]] = field(default_factory=set)
    quantities: set[tuple[Any, ...]] = field(default_factory=set)
    references: set[tuple[str, str, str]] = field(default_factory=set)
    composites: set[tuple[Any, ...]] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)
    inner: set[tuple[str, str]] = field(default_factory=set)
    """(code, id) of each reference to a contained resource."""


@cache
def official_parameters() -> dict[str, list[dict[str, Any]]]:
    """The search parameters of each type, as the official definitions state them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(official_folder().glob("SearchParameter-*.json")):
        definition = read_official(file)
        begins = definition["url"].rpartition("/")[2].partition("-")[0]
        if definition.get("expression") and (begins in _SHARED or begins[0].isupper()):
            for base in definition["base"]:
                found.setdefault(base, []).append(definition)
    for definition in french_parameters():
        found[definition["base"][0]].append(definition)
    return found


def french_parameters() -> Iterator[dict[str, Any]]:
    """The search parameters of the French guides, as the server's table states them."""
    table = files("esante.search.domain").joinpath("ci_sis/search_parameters.txt")
    base = ""
    for line in table.read_text("utf-8").splitlines():
        if line.startswith("["):
            base = line.strip("[]")
        elif line and not line.startswith("#"):
            definition, _, targets = line.partition(" > ")
            code, parameter_type, expression = definition.split(" ", 2)
            yield {
                "url": f"urn:{base}-{code}",
                "base": [base],
                "code": code,
                "type": parameter_type,
                "expression": expression,
                "target": targets.split(),
            }


@cache
def official_parameter(url: str) -> dict[str, Any]:
    return next(each for of in official_parameters().values() for each in of if each["url"] == url)


@cache
def _compiled(expression: str) -> Any:
    options = {
        "returnRawData": True,
        "userInvocationTable": {"resolve": {"fn": _resolved, "arity": {0: []}}},
    }
    return fhirpathpy.compile(expression, model=models["r4"], options=options)


def _resolved(references: list[Any]) -> list[Any]:
    """A resource of the type that the reference names: nothing of it is looked at but the type."""
    found = []
    for each in references:
        reference = getattr(each, "data", each)
        match = re.search(r"([A-Z]\w+)/[^/]+(/_history/.*)?$", reference.get("reference", ""))
        target_type = (
            match[1]
            if match
            else _CONTAINED.get(reference.get("reference", "")) or reference.get("type")
        )
        if target_type:
            found.append(ResourceNode.create_node({"resourceType": target_type}, target_type))
    return found


_CONTAINED: dict[str, str] = {}  # of the resource that is being read


def read_contained(resource: Any) -> None:
    """Know the types of the resources inside that one, which is read next."""
    _CONTAINED.clear()
    for inner in resource.get("contained", []):
        _CONTAINED["#" + inner.get("id", "")] = inner["resourceType"]


def evaluated(expression: str, resource: Any, within: str = "") -> list[tuple[str, Any]]:
    """(type, value) of everything that an expression finds in a resource, or of an element of it
    (`within`: an expression too)."""
    found: list[tuple[str, Any]] = []
    for branch in branches_for(expression, resource["resourceType"]):
        if within and not branch.startswith("%"):
            branch = f"{within}.{branch}"
        for each in _compiled(branch)(resource, {"resource": resource}):
            value_type = getattr(each, "path", None) or type(each).__name__
            found.append((value_type, getattr(each, "data", each)))
    return found


def branches_for(expression: str, resource_type: str) -> list[str]:
    """The alternatives of an expression that read that type. `as` is written as `ofType`, which
    takes many values; the standard says that R4 means it so."""
    branches: list[str] = []
    for branch in expression.replace("DateTime", "dateTime").split("|"):
        branch = re.sub(r"\(([\w.]+) as (\w+)\)", r"\1.ofType(\2)", branch.strip())
        branch = re.sub(r"\.as\((\w+)\)", r".ofType(\1)", branch)
        begins = re.match(r"([A-Z]\w*)\b", branch)
        if begins is None or begins[1] == resource_type:
            branches.append(branch)
        elif begins[1] in ("Resource", "DomainResource"):
            branches.append(resource_type + branch.removeprefix(begins[1]))
    return branches


# --- what values mean


def folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def token_forms(key: int, systems: list[str], code: str | None) -> set[int]:
    """Under what `code`, `system|code`, `|code` and `system|` find it."""
    found: set[int] = set()
    for system in systems or [""]:
        if code:
            found |= {token_element(key, None, code), token_element(key, system, code)}
        if system:
            found.add(token_element(key, system, None))
    return found


def tokens_of(key: int, value_type: str, value: Any, systems: list[str]) -> set[int]:
    if value_type == "Coding":
        return token_forms(key, [value.get("system", "")], value.get("code"))
    if value_type == "CodeableConcept":
        return {e for c in value.get("coding", []) for e in tokens_of(key, "Coding", c, [])}
    if value_type == "Identifier":
        return token_forms(key, [value.get("system", "")], value.get("value"))
    if value_type == "ContactPoint":
        return token_forms(key, [], value.get("value"))
    if value_type in ("boolean", "bool"):
        return token_forms(key, [], str(value).lower())
    if value_type == "unsignedInt":
        return token_forms(key, [], str(value))
    return token_forms(key, systems, value) if isinstance(value, str) else set()


def texts_of(value_type: str, value: Any) -> set[str]:
    if value_type == "Coding":
        return {value["display"]} if "display" in value else set()
    if value_type == "CodeableConcept":
        texts = {value["text"]} if "text" in value else set()
        return texts | {c["display"] for c in value.get("coding", []) if "display" in c}
    if value_type == "Identifier" and "text" in value.get("type", {}):
        return {value["type"]["text"]}
    return set()


def strings_of(value_type: str, value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    names = {
        "HumanName": "family given prefix suffix text",
        "Address": "line city district state country postalCode text",
    }.get(value_type, "")
    texts: set[str] = set()
    for name in names.split():
        part = value.get(name, [])
        texts |= {part} if isinstance(part, str) else {each for each in part if each}
    return texts


def instants(text: str) -> tuple[datetime | None, datetime | None]:
    """The first instant of a date or time, and the first after it."""
    parts = text.split("T")[0].split("-")
    if "T" not in text:
        year, month, day = (*(int(p) for p in parts), 0, 0)[:3]
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
        days = 1 if day else calendar.monthrange(year, month)[1] if month else None
        after = first + timedelta(days=days) if days else first.replace(year=year + 1)
        return first, after
    match = re.fullmatch(r"(.+T\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", text)
    assert match is not None, text
    digits = (match[2] or "")[:6]
    first = datetime.fromisoformat(match[1] + (match[3] or "Z"))
    first += timedelta(microseconds=int(digits.ljust(6, "0")))
    seconds = 1 if match[1].count(":") == 2 else 60
    length = (
        timedelta(microseconds=10 ** (6 - len(digits))) if digits else timedelta(seconds=seconds)
    )
    return first, first + length


def dates_of(value_type: str, value: Any) -> tuple[datetime | None, datetime | None] | None:
    if value_type in ("date", "dateTime", "instant"):
        return instants(value)
    if value_type == "Period" and (value.keys() & {"start", "end"}):
        return (
            instants(value["start"])[0] if "start" in value else None,
            instants(value["end"])[1] if "end" in value else None,
        )
    if value_type == "Timing":
        ranges = [instants(each) for each in value.get("event", [])]
        bounds = dates_of("Period", value.get("repeat", {}).get("boundsPeriod", {}))
        ranges += [bounds] if bounds else []
        if ranges:
            lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
            return (
                None if None in lows else min(lows),  # type: ignore[type-var]
                None if None in highs else max(highs),  # type: ignore[type-var]
            )
    return None


def in_full(number: Fraction) -> Decimal:
    """The decimal of a fraction that has one, to its last digit."""
    with localcontext(Context(prec=600)):
        return Decimal(number.numerator) / Decimal(number.denominator)


def measure_of(value_type: str, value: Any) -> tuple[Any, Any, Any, set[int]] | None:
    """low, high, value, units."""
    if value_type in ("integer", "decimal", "positiveInt", "unsignedInt"):
        exact = Fraction(value)
        half = Fraction(10) ** Decimal(value).as_tuple().exponent / 2
        return *(in_full(each) for each in (exact - half, exact + half)), Decimal(value), {0}
    if value_type == "Money":
        low, high, exact, _ = measure_of("decimal", value["value"]) or (None, None, None, {0})
        currency = value.get("currency")
        units = {unit_key("urn:iso:std:iso:4217", currency), unit_key(None, currency)}
        return low, high, exact, units if currency else {0}
    if value_type in ("Quantity", "Age", "Duration", "Count", "Distance") and "value" in value:
        low, high, exact, _ = measure_of("decimal", value["value"]) or (None, None, None, {0})
        names = {value[n] for n in ("code", "unit") if value.get(n)}
        units = {unit_key(None, name) for name in names}
        # Units of UCUM are searched in base units: tests/core/domain/test_ucum.py.
        converted = value.get("system") == UCUM and conversion_of(value.get("code", ""))
        if value.get("system") and value.get("code") and not converted:
            units.add(unit_key(value["system"], value["code"]))
        comparator = value.get("comparator", "")
        if comparator.startswith("<"):
            low, high, exact = None, high if "=" in comparator else exact, None
        elif comparator:
            low, high, exact = low if "=" in comparator else exact, None, None
        return low, high, exact, units or {0}
    if value_type == "Range":
        low_end = measure_of("Quantity", value.get("low", {}))
        high_end = measure_of("Quantity", value.get("high", {}))
        if low_end or high_end:
            units = (low_end[3] if low_end else set()) | (high_end[3] if high_end else set())
            return low_end and low_end[0], high_end and high_end[1], None, units
    return None


# --- systems of codes


@cache
def _official(name: str) -> Any:
    file = official_folder() / f"{name}.json"
    return read_official(file) if file.exists() else None


def _element(owner: str, names: list[str]) -> tuple[str, Any]:
    """The definition of the element down those names, and its type."""
    path, element_type, found = owner, owner, None
    for name in names:
        elements = {
            e["path"]: e for e in _official(f"StructureDefinition-{owner}")["snapshot"]["element"]
        }
        found = elements.get(f"{path}.{name}") or elements.get(f"{path}.{name}[x]")
        if found is None:
            return "", None
        if "contentReference" in found:
            path, element_type = found["contentReference"][1:], "BackboneElement"
            continue
        element_type = found["type"][0]["code"]
        owner, path = (
            (owner, found["path"])
            if element_type in ("BackboneElement", "Element")
            else (element_type, element_type)
        )
    return element_type, found


def systems_of_values(url: str) -> set[str]:
    """The code systems that a value set of R4 draws from."""
    value_set = _official(f"ValueSet-{url.partition('|')[0].rpartition('/')[2]}")
    found: set[str] = set()
    for include in value_set["compose"]["include"] if value_set else []:
        found |= {include["system"]} if "system" in include else set()
        for other in include.get("valueSet", []):
            found |= systems_of_values(other)
    return found


@cache
def systems_of(base: str, expression: str) -> list[str]:
    """The systems of the code that an expression leads to, where its binding is required."""
    for branch in expression.split("|"):
        names = branch.strip().split(".")
        if names[0] == base or not names[0][0].isupper():
            element_type, element = _element(base, names[1:] if names[0] == base else names)
            binding = (element or {}).get("binding", {})
            if element_type == "code" and binding.get("strength") == "required":
                return sorted(systems_of_values(binding["valueSet"]))
    return []
