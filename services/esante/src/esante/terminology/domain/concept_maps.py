"""Concept maps, parsed from their resources, and the translation of a code.

https://hl7.org/fhir/R4/conceptmap.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from esante.terminology.domain.concepts import Coding

UNMATCHED: Final = frozenset({"unmatched", "disjoint"})
"""Equivalences that state that there is no translation."""
_REVERSED: Final = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}


@dataclass(frozen=True, slots=True)
class Translation:
    """One translation of a code."""

    equivalence: str
    """Of the target with regard to the source: `equivalent`, `wider`…"""
    coding: Coding | None
    """None if the map states that there is none."""
    source: str
    """The canonical of the concept map."""


@dataclass(frozen=True, slots=True)
class MappedCode:
    """ConceptMap.group.element.target, with what is above it."""

    source_system: str | None
    source_code: str
    target_system: str | None
    target_code: str | None
    target_display: str | None
    equivalence: str


@dataclass(frozen=True, slots=True)
class Unmapped:
    """ConceptMap.group.unmapped: what applies to codes of the group that are not mapped."""

    source_system: str | None
    target_system: str | None
    mode: str
    """`provided`, `fixed` or `other-map`."""
    code: str | None
    display: str | None
    url: str | None
    """The canonical of the other map, without version."""


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """A concept map."""

    url: str
    by_source: Mapping[str | None, Sequence[MappedCode]]
    """The mapped codes, by source code, in the order of the resource."""
    by_target: Mapping[str | None, Sequence[MappedCode]]
    """By target code; those without one are under None."""
    unmapped: tuple[Unmapped, ...]

    @property
    def size(self) -> int:
        """How many codes and groups a translation compares at most."""
        return sum(map(len, self.by_source.values())) + len(self.unmapped)

    def translate(self, coding: Coding, *, target: str | None) -> tuple[Translation, ...]:
        """The translations of a code. `target`: only codes of this system; None: of any."""
        return tuple(
            Translation(each.equivalence, _target(each), self.url)
            for each in self.by_source.get(coding.code, ())
            if coding.system in (None, each.source_system) and target in (None, each.target_system)
        )

    def translate_back(self, coding: Coding, *, target: str | None) -> tuple[Translation, ...]:
        """The codes of which that code is a translation. Parameters as in `translate`."""
        return tuple(
            Translation(
                _REVERSED.get(each.equivalence, each.equivalence),
                Coding(each.source_system or "", each.source_code),
                self.url,
            )
            for each in self.by_target.get(coding.code, ())
            if coding.system in (None, each.target_system) and target in (None, each.source_system)
        )

    def unmapped_of(self, coding: Coding, *, target: str | None) -> Iterator[Unmapped]:
        """What applies to a code that is not mapped."""
        for each in self.unmapped:
            if coding.system in (None, each.source_system) and target in (None, each.target_system):
                yield each


def parse_concept_map(resource: Mapping[str, Any]) -> ConceptMap:
    """Parse a ConceptMap resource, which must be valid."""
    groups = resource.get("group", ())
    mapped = [each for group in groups for each in _mapped(group)]
    return ConceptMap(
        str(resource.get("url", "")),
        _indexed(mapped, lambda each: each.source_code),
        _indexed(mapped, lambda each: each.target_code),
        tuple(_unmapped(group) for group in groups if "unmapped" in group),
    )


def _indexed(
    mapped: Iterable[MappedCode], code: Callable[[MappedCode], str | None]
) -> Mapping[str | None, Sequence[MappedCode]]:
    found: dict[str | None, list[MappedCode]] = {}
    for each in mapped:
        found.setdefault(code(each), []).append(each)
    return found


def _mapped(group: Mapping[str, Any]) -> Iterator[MappedCode]:
    for element in group.get("element", ()):
        for each in element.get("target", ()):
            yield MappedCode(
                group.get("source"),
                str(element.get("code", "")),
                group.get("target"),
                each.get("code"),
                each.get("display"),
                str(each.get("equivalence", "")),
            )


def _unmapped(group: Mapping[str, Any]) -> Unmapped:
    stated = group["unmapped"]
    return Unmapped(
        group.get("source"),
        group.get("target"),
        str(stated.get("mode", "")),
        stated.get("code"),
        stated.get("display"),
        str(stated.get("url", "")).partition("|")[0] or None,
    )


def _target(mapped: MappedCode) -> Coding | None:
    if mapped.target_code is None or mapped.equivalence in UNMATCHED:
        return None
    return Coding(mapped.target_system or "", mapped.target_code, mapped.target_display)
