"""The planned looks of a trial, for a report."""

from collections.abc import Sequence
from typing import Final

from pilotes.french.domain import format_count, format_day, format_short, format_with_unit
from pilotes.report.domain.document import Block, Paragraph, Table
from pilotes.results.domain.looks import LookState

_RULE: Final = (
    "Les résultats ne sont lus qu'à des moments fixés d'avance. Entre deux, rien n'est montré, sauf"
    " le nombre de participants et les garde-fous. Cela permet de voir un effet plus petit que si"
    " on les lisait chaque jour. Une conclusion reste, même si un regard suivant est moins net."
)
_AT_THE_END: Final = "à la fin de l'essai"
_PASSED: Final = "n'a pas eu lieu : le suivant était déjà atteint"
NOT_YET: Final = "Pas encore de résultat : il est lu à des moments fixés d'avance."
"""What is said of an indicator before the first look."""


def looks_blocks(looks: Sequence[LookState], *, over: bool) -> list[Block]:
    """When results are read; nothing if they are read at any time. `over`: the trial is."""
    if not looks:
        return []
    last = max((at for at, each in enumerate(looks) if each.at is not None), default=-1)
    rows = tuple(
        (
            f"n° {at + 1}",
            f"{format_count(each.planned)}"
            f" ({format_with_unit(format_short(round(100 * each.share)), '%')})",
            _when(each, passed=at < last, over=over, final=at == len(looks) - 1),
            "—" if each.people is None else format_count(each.people),
        )
        for at, each in enumerate(looks)
    )
    head = ("Regard", "Personnes prévues", "A eu lieu le", "Personnes comptées")
    return [Paragraph(_RULE), Table("Les regards prévus", head, rows)]


def _when(look: LookState, *, passed: bool, over: bool, final: bool) -> str:
    if look.at is not None:
        return format_day(look.at)
    if over and final:
        return _AT_THE_END
    if passed:
        return _PASSED
    return "n'a pas eu lieu" if over else "pas encore"
