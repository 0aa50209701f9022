"""The names of lines and their modes on pages."""

from typing import Final

from portail.domain.lines import ListedLine
from portail.domain.modes import RouteMode, mode_of
from socle.pages import Texts, typeset

_ORDER: Final[tuple[RouteMode, ...]] = (
    *("train", "metro", "tram", "bus", "car", "demande", "bateau", "autre"),
)


def order_of(line: ListedLine) -> int:
    """The place of the mode of a line in a list."""
    return _ORDER.index(mode_of(line.type))


def mode_name(line: ListedLine, texts: Texts) -> str:
    """« Tramway », « Transport à la demande »."""
    return texts[f"mode_{mode_of(line.type)}"]


def ways_of(line: ListedLine, texts: Texts) -> str:
    """Where a line goes: its long name, or else its termini."""
    if line.long_name and line.long_name != line.short_name:
        return typeset(line.long_name)
    if len(line.termini) == 2:
        return texts["entre"].format(un=typeset(line.termini[0]), autre=typeset(line.termini[1]))
    return ", ".join(map(typeset, line.termini))
