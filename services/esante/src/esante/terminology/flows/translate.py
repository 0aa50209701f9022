"""$translate: the codes of another system that mean a code.

https://hl7.org/fhir/R4/conceptmap-operation-translate.html
"""

from collections.abc import Sequence
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

    `target`: only codes of this system; None: of any. `reverse`: from target to source.
    """
    found: list[Translation] = []
    for coding in codings:
        if reverse:
            found += concept_map.translate_back(coding, target=target)
        else:
            found += await _translate_one(coding, concept_map, target, resolver)
    return tuple(dict.fromkeys(found))


async def _translate_one(
    coding: Coding, concept_map: ConceptMap, target: str | None, resolver: TerminologyResolver
) -> list[Translation]:
    ahead, used = [concept_map], {concept_map.url}
    while ahead:
        current = ahead.pop(0)
        if found := current.translate(coding, target=target):
            return list(found)
        fixed: list[Translation] = []
        for each in current.unmapped_of(coding, target=target):
            system = each.target_system or ""
            if each.mode == "fixed" and each.code is not None:
                stated = Coding(system, each.code, each.display)
                fixed.append(Translation("inexact", stated, current.url))
            elif each.mode == "provided" and coding.code is not None:
                fixed.append(Translation("equal", Coding(system, coding.code), current.url))
            elif each.url is not None and each.url not in used and len(used) < _MAX_MAPS:
                used.add(each.url)
                other = await resolver.concept_map(each.url)
                ahead += [] if other is None else [other]
        if fixed:
            return fixed
    return []
