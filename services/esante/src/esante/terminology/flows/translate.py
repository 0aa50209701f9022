"""$translate: the codes of another system that mean a code.

https://hl7.org/fhir/R4/conceptmap-operation-translate.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from esante.terminology.domain.concept_maps import ConceptMap, Translation
from esante.terminology.domain.concepts import Coding
from esante.terminology.flows.resolver import TerminologyResolver

_MAX_MAPS: Final = 5
"""Maps that refer to each other for codes that they do not map."""


async def translate(
    codings: Sequence[Coding],
    concept_map: ConceptMap,
    *,
    target: str | None,
    resolver: TerminologyResolver,
    reverse: bool = False,
) -> tuple[Translation, ...]:
    """The translations of codes by a map, and by those that it names for other codes.

    `target`: only codes of this system; None: of any. `reverse`: from target to source. Raises
    Refusal if too many maps are named.
    """
    distinct = list({(each.system, each.code): each for each in codings}.values())
    others: dict[str, ConceptMap | None] = {}
    while True:
        maps = (concept_map, *(each for each in others.values() if each is not None))
        walk = _Walk(concept_map, others, target, set())
        found = await resolver.workers.run(
            len(distinct) * sum(each.size for each in maps),
            partial(walk.translate_back if reverse else walk.translate, distinct),
        )
        if not walk.missing:
            return found
        for url in sorted(walk.missing):
            others[url] = await resolver.concept_map(url)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Translates codes by the maps that are loaded."""

    concept_map: ConceptMap
    others: Mapping[str, ConceptMap | None]
    """The maps that are loaded, by canonical; None: not found."""
    target: str | None
    missing: set[str]
    """The canonicals of maps that are needed and not yet loaded."""

    def translate(self, codings: Iterable[Coding]) -> tuple[Translation, ...]:
        return tuple(dict.fromkeys(each for coding in codings for each in self._one(coding)))

    def translate_back(self, codings: Iterable[Coding]) -> tuple[Translation, ...]:
        return tuple(
            dict.fromkeys(
                each
                for coding in codings
                for each in self.concept_map.translate_back(coding, target=self.target)
            )
        )

    def _one(self, coding: Coding) -> Sequence[Translation]:
        ahead, used = [self.concept_map], {self.concept_map.url}
        while ahead:
            current = ahead.pop(0)
            if found := current.translate(coding, target=self.target):
                return found
            fixed: list[Translation] = []
            for each in current.unmapped_of(coding, target=self.target):
                system = each.target_system or ""
                if each.mode == "fixed" and each.code is not None:
                    stated = Coding(system, each.code, each.display)
                    fixed.append(Translation("inexact", stated, current.url))
                elif each.mode == "provided" and coding.code is not None:
                    fixed.append(Translation("equal", Coding(system, coding.code), current.url))
                elif each.url is not None and each.url not in used and len(used) < _MAX_MAPS:
                    used.add(each.url)
                    ahead += self._other(each.url)
            if fixed:
                return fixed
        return ()

    def _other(self, url: str) -> list[ConceptMap]:
        if url not in self.others:
            self.missing.add(url)
        found = self.others.get(url)
        return [] if found is None else [found]
