"""Whether the random allocation gave the planned proportions, as a sentence of results."""

from typing import Final

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


def allocation_sentence(*, as_planned: bool, by_place: bool = False) -> str:
    """The sentence, in French. `by_place`: places were drawn."""
    if by_place:
        return _PLACES_AS_PLANNED if as_planned else _PLACES_NOT_AS_PLANNED
    return _AS_PLANNED if as_planned else _NOT_AS_PLANNED
