"""GTFS route types: the basic ones and the extended ones that refine them.

https://gtfs.org/documentation/schedule/reference/#routestxt, field route_type
https://developers.google.com/transit/gtfs/reference/extended-route-types
Carpooling lines have no official type. Feeds and OpenTripPlanner use 1550 to 1560:
https://github.com/opentripplanner/OpenTripPlanner/pull/4641
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

Mode = Literal[
    "rail",
    "subway",
    "tram",
    "coach",
    "bus",
    "trolleybus",
    "cable_tram",
    "monorail",
    "funicular",
    "aerial_lift",
    "ferry",
    "air",
    "carpool",
    "taxi",
]
"""A mode of transport, in the order in which those of a stop are listed."""
RAIL: Final = 2
_MODES: Final[Mapping[int | None, Mode]] = {
    0: "tram",
    1: "subway",
    RAIL: "rail",
    3: "bus",
    4: "ferry",
    5: "cable_tram",
    6: "aerial_lift",
    7: "funicular",
    11: "trolleybus",
    12: "monorail",
}
"""The mode of each basic type."""
_EXTENDED_MODES: Final[Mapping[int, Mode]] = {2: "coach", 11: "air", 15: "taxi"}
"""The modes that only extended types state, by their hundred."""
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
"""The basic type of each hundred of extended types."""
_EQUIVALENT: Final[Mapping[int, int]] = {
    100: 2,
    400: 1,
    700: 3,
    800: 11,
    900: 0,
    1000: 4,
    1300: 6,
    1400: 7,
}
"""Extended types equal to a basic type; others, such as 200 (coaches), are only part of one."""
_CARPOOL: Final = range(1550, 1561)
_MONORAIL: Final = 405
"""The only extended type with another basic type (12) than its hundred."""


def basic_type(route_type: int) -> int | None:
    """The basic type (0–12) of an extended type (100 and above); a lower type is returned
    unchanged. None if the type is negative, or its hundred has no basic type (1100, air)."""
    if route_type < 100:
        return route_type if route_type >= 0 else None
    return 12 if route_type == _MONORAIL else _BASIC.get(route_type // 100)


def modes_of(route_types: Iterable[int | None]) -> list[Mode]:
    """The modes of routes of these types, each once, in the order of `Mode`. A type without a mode,
    or None, gives none."""
    found = {_mode_of(each) for each in route_types if each is not None}
    return list(ordered_modes(mode for mode in found if mode is not None))


def _mode_of(route_type: int) -> Mode | None:
    if route_type in _CARPOOL:
        return "carpool"
    return _EXTENDED_MODES.get(route_type // 100) or _MODES.get(basic_type(route_type))


def ordered_modes(modes: Iterable[Mode]) -> tuple[Mode, ...]:
    """These modes, each once, in the order of `Mode`."""
    found = set(modes)
    return tuple(mode for mode in get_args(Mode) if mode in found)


def covers(general: int, route_type: int) -> bool:
    """Whether a selector of type `general` includes routes of type `route_type`.

    3 (bus) includes 715 (demand-responsive bus); 700 includes 715 and 3; 715 includes itself only.
    """
    if general == route_type:
        return True
    if general < 100:
        return route_type >= 100 and basic_type(route_type) == general
    if general % 100:
        return False
    return route_type // 100 == general // 100 or _EQUIVALENT.get(general) == route_type
