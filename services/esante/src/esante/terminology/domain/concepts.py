"""A code system and a value set, read from their resources.

https://hl7.org/fhir/R4/codesystem.html, https://hl7.org/fhir/R4/valueset.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Coding:
    """A code that is asked about. `system` None: of whichever system."""

    system: str | None
    code: str | None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """One code. `parents`: codes it is a kind of; `properties`: its own, by code."""

    code: str
    display: str | None
    definition: str | None
    parents: tuple[str, ...]
    properties: Mapping[str, str]
    abstract: bool


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """`concepts` in their order; `complete`: whether all of its codes are there."""

    url: str
    version: str | None
    name: str
    complete: bool
    case_sensitive: bool
    concepts: Mapping[str, Concept]

    def find(self, code: str) -> Concept | None:
        """The concept of a code, by its letters or, where case does not matter, without it."""
        found = self.concepts.get(code)
        if found is None and not self.case_sensitive:
            folded = code.casefold()
            found = next((c for c in self.concepts.values() if c.code.casefold() == folded), None)
        return found

    def kinds_of(self, above: str) -> frozenset[str]:
        """That code and all that are a kind of it."""
        below: dict[str, list[str]] = {}
        for concept in self.concepts.values():
            for parent in concept.parents:
                below.setdefault(parent, []).append(concept.code)
        found: set[str] = set()
        ahead = [above]
        while ahead:
            code = ahead.pop()
            if code not in found:
                found.add(code)
                ahead.extend(below.get(code, ()))
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Filter:
    """ValueSet.compose.include.filter."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """ValueSet.compose.include or .exclude. `codes`: (code, display) listed, None for all."""

    system: str | None
    codes: tuple[tuple[str, str | None], ...] | None
    filters: tuple[Filter, ...]
    value_sets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueSet:
    """What it is made of."""

    url: str
    version: str | None
    name: str
    include: tuple[Part, ...]
    exclude: tuple[Part, ...]


def code_system_of(resource: Mapping[str, Any]) -> CodeSystem:
    """A CodeSystem resource as a code system."""
    concepts: dict[str, Concept] = {}
    for concept in _concepts(resource.get("concept", ()), None):
        concepts.setdefault(concept.code, concept)
    return CodeSystem(
        url=str(resource.get("url", "")),
        version=resource.get("version"),
        name=str(resource.get("title") or resource.get("name") or ""),
        complete=resource.get("content") == "complete",
        case_sensitive=bool(resource.get("caseSensitive", False)),
        concepts=concepts,
    )


def _concepts(written: Any, parent: str | None) -> Iterator[Concept]:
    for entry in written:
        properties = {
            str(p["code"]): str(next((p[k] for k in p if k.startswith("value")), ""))
            for p in entry.get("property", ())
        }
        above = [p["valueCode"] for p in entry.get("property", ()) if p["code"] == "subsumedBy"]
        if parent is not None:
            above.insert(0, parent)
        yield Concept(
            code=entry["code"],
            display=entry.get("display"),
            definition=entry.get("definition"),
            parents=tuple(dict.fromkeys(above)),
            properties=properties,
            abstract=properties.get("notSelectable") in ("True", "true"),
        )
        yield from _concepts(entry.get("concept", ()), entry["code"])


def value_set_of(resource: Mapping[str, Any]) -> ValueSet:
    """A ValueSet resource as a value set."""
    compose = resource.get("compose", {})
    return ValueSet(
        url=str(resource.get("url", "")),
        version=resource.get("version"),
        name=str(resource.get("title") or resource.get("name") or ""),
        include=tuple(_part(part) for part in compose.get("include", ())),
        exclude=tuple(_part(part) for part in compose.get("exclude", ())),
    )


def _part(written: Mapping[str, Any]) -> Part:
    listed = written.get("concept")
    return Part(
        system=written.get("system"),
        codes=None if listed is None else tuple((c["code"], c.get("display")) for c in listed),
        filters=tuple(
            Filter(f["property"], f["op"], f["value"]) for f in written.get("filter", ())
        ),
        value_sets=tuple(url.partition("|")[0] for url in written.get("valueSet", ())),
    )
