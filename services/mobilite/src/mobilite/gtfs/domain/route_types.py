"""The modes of lines: GTFS's basic route types, and the extended ones that refine them.

https://gtfs.org/documentation/schedule/reference/#routestxt, field route_type
https://developers.google.com/transit/gtfs/reference/extended-route-types
"""

from collections.abc import Mapping
from typing import Final

_BASIC: Final[Mapping[int, int]] = {
    1: 2,  # railway
    2: 3,  # coach
    3: 2,  # suburban railway
    4: 1,  # urban railway
    5: 1,  # metro
    6: 1,  # underground
    7: 3,  # bus
    8: 11,  # trolleybus
    9: 0,  # tram
    10: 4,  # water
    12: 4,  # ferry
    13: 6,  # aerial lift
    14: 7,  # funicular
}
"""The basic type of an extended one, by its hundred."""
_WHOLE: Final[Mapping[int, int]] = {
    100: 2,
    400: 1,
    700: 3,
    800: 11,
    900: 0,
    1000: 4,
    1300: 6,
    1400: 7,
}
"""The extended types that mean a whole basic one: 200, coaches, means some of its buses only."""
_MONORAIL: Final = 405


def basic_type(kind: int) -> int | None:
    """The basic type an extended one refines, a basic one itself, None where there is none."""
    if kind < 100:
        return kind if kind >= 0 else None
    return 12 if kind == _MONORAIL else _BASIC.get(kind // 100)


def covers(said: int, kind: int) -> bool:
    """Whether a word said of all lines of type `said` is about a line of type `kind`.

    3 (bus) covers 715 (demand-responsive bus); 700 covers 715 and 3; 715 covers itself alone.
    """
    if said == kind:
        return True
    if said < 100:
        return kind >= 100 and basic_type(kind) == said
    if said % 100:
        return False
    return kind // 100 == said // 100 or _WHOLE.get(said) == kind
