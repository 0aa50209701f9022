"""Whether the random allocation gave the planned proportions, as a sentence of results."""

from typing import Final

from pilotes.record.domain.draws.designs import Design

_AS_PLANNED: Final = "Le tirage au sort a donné les proportions prévues."
_NOT_AS_PLANNED: Final = (
    "Le tirage au sort n'a pas donné les proportions prévues : les groupes ne sont pas comparables,"
    " et rien n'est conclu sur l'effet."
)
_PLACES_AS_PLANNED: Final = "Toutes les personnes d'un même lieu ont été dans le même groupe."
_PLACES_NOT_AS_PLANNED: Final = (
    "Des personnes d'un même lieu ont été dans deux groupes : les groupes ne sont pas comparables,"
    " et rien n'est conclu sur l'effet."
)
_SWITCHES_AS_PLANNED: Final = (
    "Chaque lieu a été, à chaque date, dans le groupe que le tirage au sort lui avait donné."
)
_SWITCHES_NOT_AS_PLANNED: Final = (
    "Des personnes n'ont pas reçu ce qui était prévu dans leur lieu à cette date : les groupes ne"
    " sont pas comparables, et rien n'est conclu sur l'effet."
)
_BLOCKS_AS_PLANNED: Final = (
    "Chaque personne comptée a été dans le groupe que le tirage au sort lui a donné."
)
_BLOCKS_NOT_AS_PLANNED: Final = (
    "Les groupes ne sont pas ceux que le tirage au sort a donnés : ils ne sont pas comparables, et"
    " rien n'est conclu sur l'effet."
)


def allocation_sentence(design: Design, *, as_planned: bool) -> str:
    """The sentence, in French. `design`: what was drawn."""
    if design.scheduled:
        return _SWITCHES_AS_PLANNED if as_planned else _SWITCHES_NOT_AS_PLANNED
    if design.by_place:
        return _PLACES_AS_PLANNED if as_planned else _PLACES_NOT_AS_PLANNED
    if design.in_blocks:
        return _BLOCKS_AS_PLANNED if as_planned else _BLOCKS_NOT_AS_PLANNED
    return _AS_PLANNED if as_planned else _NOT_AS_PLANNED
