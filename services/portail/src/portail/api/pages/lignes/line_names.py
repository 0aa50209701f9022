"""The names of lines and their modes on pages."""

from typing import Final

from portail.domain.lines import ListedLine
from socle.pages import Texts, typeset

_MODES: Final[tuple[tuple[str, frozenset[int]], ...]] = (
    ("mode_train", frozenset({2}) | frozenset(range(100, 118)) | frozenset(range(300, 310))),
    ("mode_metro", frozenset({1}) | frozenset(range(400, 405)) | frozenset(range(500, 700))),
    ("mode_tram", frozenset({0, 5}) | frozenset(range(900, 907))),
    ("mode_demande", frozenset({715})),
    ("mode_car", frozenset(range(200, 210))),
    ("mode_bus", frozenset({3, 11}) | frozenset(range(700, 900))),
    ("mode_bateau", frozenset({4}) | frozenset(range(1000, 1300))),
)
"""The name of each mode's text, and its route types, basic and extended."""
_ORDER: Final = (
    *("mode_train", "mode_metro", "mode_tram", "mode_bus", "mode_car"),
    *("mode_demande", "mode_bateau", "mode_autre"),
)


def mode_of(route_type: int | None) -> tuple[int, str]:
    """The place of a mode in the list, and the name of its text."""
    name = next((name for name, types in _MODES if route_type in types), "mode_autre")
    return _ORDER.index(name), name


def ways_of(line: ListedLine, texts: Texts) -> str:
    """Where a line goes: its long name, or else its termini."""
    if line.long_name and line.long_name != line.short_name:
        return typeset(line.long_name)
    if len(line.termini) == 2:
        return texts["entre"].format(un=typeset(line.termini[0]), autre=typeset(line.termini[1]))
    return ", ".join(map(typeset, line.termini))
