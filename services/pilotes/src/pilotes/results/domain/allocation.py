"""Whether the random allocation gave the planned proportions, as a sentence of results."""

from typing import Final

_AS_PLANNED: Final = "Le tirage au sort a donné les proportions prévues."
_NOT_AS_PLANNED: Final = (
    "Le tirage au sort n'a pas donné les proportions prévues : les groupes ne sont pas comparables,"
    " et rien n'est conclu sur l'effet."
)


def allocation_sentence(*, as_planned: bool) -> str:
    """The sentence, in French."""
    return _AS_PLANNED if as_planned else _NOT_AS_PLANNED
