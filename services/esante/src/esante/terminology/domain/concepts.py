"""Code systems and value sets, parsed from their resources.

https://hl7.org/fhir/R4/codesystem.html, https://hl7.org/fhir/R4/valueset.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Coding:
    """The data type Coding."""

    system: str | None
    """None: any system; empty: none."""
    code: str | None
    """None if the Coding has none."""
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept of a code system."""

    code: str
    display: str | None
    definition: str | None
    parents: tuple[str, ...]
    """The codes directly above it."""
    properties: Mapping[str, str]
    """The value of each property as text (`true` for a boolean), by code of the property."""
    designations: tuple[str, ...] = ()
    """Other displays, in any language."""


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system, as far as its concepts are known."""

    url: str
    version: str | None
    name: str
    complete: bool
    """Whether `concepts` has all of its concepts."""
    case_sensitive: bool
    concepts: Mapping[str, Concept]
    """By code, in the order of the resource."""

    def find(self, code: str) -> Concept | None:
        """The concept of a code, compared without case if the code system ignores it."""
        found = self.concepts.get(code)
        if found is None and not self.case_sensitive:
            folded = code.casefold()
            found = next((c for c in self.concepts.values() if c.code.casefold() == folded), None)
        return found

    def subsumed_codes(self, above: str) -> frozenset[str]:
        """That code and all codes that it subsumes."""
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

    def subsuming_codes(self, below: str) -> frozenset[str]:
        """That code and all codes that subsume it."""
        found: set[str] = set()
        ahead = [below]
        while ahead:
            code = ahead.pop()
            if code not in found:
                found.add(code)
                concept = self.concepts.get(code)
                ahead.extend(concept.parents if concept else ())
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Filter:
    """ValueSet.compose.include.filter."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class ConceptSet:
    """ValueSet.compose.include or .exclude."""

    system: str | None
    """None: only the codes of `value_sets`."""
    codes: tuple[tuple[str, str | None], ...] | None
    """(code, display) of each listed code; None: all codes of the system that meet the filters."""
    filters: tuple[Filter, ...]
    value_sets: tuple[str, ...]
    """Canonicals without version; only codes in all of these value sets are in the set."""


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A value set, defined by its compose."""

    url: str
    version: str | None
    name: str
    include: tuple[ConceptSet, ...]
    exclude: tuple[ConceptSet, ...]


def parse_code_system(resource: Mapping[str, Any]) -> CodeSystem:
    """Parse a CodeSystem resource, which must be valid. Of a repeated code, the first concept
    counts."""
    concepts: dict[str, Concept] = {}
    above: dict[str, list[str]] = {}
    for concept in _concepts(resource.get("concept", ()), None, above):
        concepts.setdefault(concept.code, concept)
    for code, parents in above.items():
        if (known := concepts.get(code)) is not None:
            together = tuple(dict.fromkeys((*known.parents, *parents)))
            concepts[code] = replace(known, parents=together)
    return CodeSystem(
        url=str(resource.get("url", "")),
        version=resource.get("version"),
        name=str(resource.get("title") or resource.get("name") or ""),
        complete=resource.get("content") == "complete",
        case_sensitive=bool(resource.get("caseSensitive", False)),
        concepts=concepts,
    )


_PARENTS: Final = ("subsumedBy", "parent")
"""The properties that name a concept above. https://hl7.org/fhir/R4/codesystem-concept-properties.html"""


def _concepts(written: Any, parent: str | None, above: dict[str, list[str]]) -> Iterator[Concept]:
    """The concepts of a list and below. `above`: collects parents from the property `child`."""
    for entry in written:
        properties = {
            str(p["code"]): _text(next((p[k] for k in p if k.startswith("value")), ""))
            for p in entry.get("property", ())
        }
        parents = [] if parent is None else [parent]
        for each in entry.get("property", ()):
            other = each.get("valueCode")
            if other is not None and each["code"] in _PARENTS:
                parents.append(other)
            elif other is not None and each["code"] == "child":
                above.setdefault(other, []).append(entry["code"])
        yield Concept(
            code=entry["code"],
            display=entry.get("display"),
            definition=entry.get("definition"),
            parents=tuple(dict.fromkeys(parents)),
            properties=properties,
            designations=tuple(each["value"] for each in entry.get("designation", ())),
        )
        yield from _concepts(entry.get("concept", ()), entry["code"], above)


def _text(value: Any) -> str:
    # Filters of value sets write a boolean in lower case.
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_value_set(resource: Mapping[str, Any]) -> ValueSet:
    """Parse a ValueSet resource, which must be valid."""
    compose = resource.get("compose", {})
    return ValueSet(
        url=str(resource.get("url", "")),
        version=resource.get("version"),
        name=str(resource.get("title") or resource.get("name") or ""),
        include=tuple(_parse_concept_set(part) for part in compose.get("include", ())),
        exclude=tuple(_parse_concept_set(part) for part in compose.get("exclude", ())),
    )


def _parse_concept_set(written: Mapping[str, Any]) -> ConceptSet:
    listed = written.get("concept")
    return ConceptSet(
        system=written.get("system"),
        codes=None if listed is None else tuple((c["code"], c.get("display")) for c in listed),
        filters=tuple(
            Filter(f["property"], f["op"], f["value"]) for f in written.get("filter", ())
        ),
        value_sets=tuple(url.partition("|")[0] for url in written.get("valueSet", ())),
    )
