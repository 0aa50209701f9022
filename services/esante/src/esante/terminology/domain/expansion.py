"""The expansion of a value set: the list of its codes.

https://hl7.org/fhir/R4/valueset.html#compositions
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from esante.terminology.domain.concepts import CodeSystem, Concept, ConceptSet, Filter, ValueSet

Coded = tuple[str, str]
"""(system, code)."""

Codes = Mapping[Coded, str | None]
"""Each code with its display."""

_MAX_DEPTH: Final = 20
"""Of value sets that include each other."""
_MAX_CODES: Final = 500_000
"""That one expansion examines."""


class Unexpandable(Exception):
    """The codes of a value set cannot be listed; the message says why, in French."""


class EndlessValueSet(Unexpandable):
    """A value set includes itself, or has too many codes; the message names it, in French."""


@dataclass(frozen=True, slots=True)
class Terminology:
    """A source of code systems and value sets."""

    code_system: Callable[[str], CodeSystem | None]
    """Finds a code system by its canonical without version."""
    value_set: Callable[[str], ValueSet | None]
    """Finds a value set by its canonical without version."""


def expand(value_set: ValueSet, terminology: Terminology) -> Mapping[Coded, str | None]:
    """Every code of a value set, in order, with its display, None if unknown. Raises Unexpandable
    if a part of it is not completely known or has an unsupported filter, if it includes itself, or
    if it has too many codes."""
    return Expander(terminology).value_set(value_set)


class Expander:
    """Expands value sets. Each included value set is expanded once; at most `_MAX_CODES` codes are
    examined."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology
        self._expanded: dict[str, Codes] = {}
        self._remaining = _MAX_CODES

    def value_set(self, value_set: ValueSet, above: frozenset[str] = frozenset()) -> Codes:
        """The codes of a value set. `above`: the urls of those that include it, directly or not.

        Raises Unexpandable.
        """
        if value_set.url in above or len(above) > _MAX_DEPTH:
            raise EndlessValueSet(f"Le jeu de valeurs {value_set.url} se contient lui-même.")
        above = above | {value_set.url}
        found: dict[Coded, str | None] = {}
        for part in value_set.include:
            for coded, display in self.part(part, above).items():
                found.setdefault(coded, display)
        for part in value_set.exclude:
            for coded in self.part(part, above):
                found.pop(coded, None)
        return found

    def part(self, part: ConceptSet, above: frozenset[str]) -> Codes:
        """The codes of one include or exclude: those of its system that meet its filters, and are
        in all of its value sets.

        `above`: as in `value_set`. Raises Unexpandable.
        """
        found: Codes | None = None
        if part.system is not None:
            found = self._expand_system(part.system, part)
        for url in part.value_sets:
            codes = self._expand_by_url(url, above)
            self._count(len(codes))
            found = codes if found is None else {k: v for k, v in found.items() if k in codes}
        return found or {}

    def _expand_by_url(self, url: str, above: frozenset[str]) -> Codes:
        if url not in self._expanded:
            inner = self._terminology.value_set(url)
            if inner is None:
                raise Unexpandable(f"Le jeu de valeurs {url} n’est pas connu ici.")
            self._expanded[url] = self.value_set(inner, above)
        return self._expanded[url]

    def _expand_system(self, system: str, part: ConceptSet) -> Codes:
        defined = self._terminology.code_system(system)
        if part.codes is not None:
            self._count(len(part.codes))
            return {(system, c): display or _display(defined, c) for c, display in part.codes}
        if defined is None or not defined.complete:
            raise Unexpandable(f"Les codes du système {system} ne sont pas tous connus ici.")
        self._count(len(defined.concepts) * (1 + len(part.filters)))
        tests = [_predicate_of(chosen, defined) for chosen in part.filters]
        return {
            (system, concept.code): concept.display
            for concept in defined.concepts.values()
            if all(test(concept) for test in tests)
        }

    def _count(self, codes: int) -> None:
        self._remaining -= codes
        if self._remaining < 0:
            raise EndlessValueSet(
                "Ce jeu de valeurs en demande trop : ses codes ne sont pas listés."
            )


def _display(defined: CodeSystem | None, code: str) -> str | None:
    concept = defined.concepts.get(code) if defined else None
    return concept.display if concept else None


def _predicate_of(chosen: Filter, defined: CodeSystem) -> Callable[[Concept], bool]:
    """The predicate of a filter on the concepts of a code system. Raises Unexpandable."""
    if chosen.op in ("is-a", "descendent-of", "is-not-a"):
        subsumed = defined.subsumed_codes(chosen.value)
        if chosen.op == "is-not-a":
            return lambda concept: concept.code not in subsumed
        if chosen.op == "descendent-of":
            subsumed -= {chosen.value}
        return lambda concept: concept.code in subsumed
    values = {chosen.value} if chosen.op == "=" else set(chosen.value.split(","))
    if chosen.op in ("=", "in"):
        return lambda concept: _value(concept, chosen) in values
    if chosen.op == "not-in":
        return lambda concept: _value(concept, chosen) not in values
    if chosen.op == "exists":
        return lambda concept: (_value(concept, chosen) is not None) == (chosen.value == "true")
    raise Unexpandable(f"Le filtre « {chosen.op} » n’est pas pris en charge.")


def _value(concept: Concept, chosen: Filter) -> str | None:
    if chosen.property in ("code", "concept"):
        return concept.code
    return concept.properties.get(chosen.property)
