"""The means of transport of a GTFS route_type, basic or extended.

https://gtfs.org/documentation/schedule/reference/#routestxt
https://developers.google.com/transit/gtfs/reference/extended-route-types
"""

from collections.abc import Mapping
from typing import Final, Literal

RouteMode = Literal["train", "metro", "tram", "bus", "car", "demande", "bateau", "autre"]

ROUTE_TYPES: Final[Mapping[RouteMode, tuple[tuple[int, int], ...]]] = {
    "train": ((2, 2), (100, 199), (300, 399)),
    "metro": ((1, 1), (12, 12), (400, 699)),
    "tram": ((0, 0), (5, 5), (900, 999)),
    "demande": ((715, 715),),
    "car": ((200, 299),),
    "bus": ((3, 3), (11, 11), (700, 714), (716, 899)),
    "bateau": ((4, 4), (1000, 1099), (1200, 1299)),
}
"""The first and the last route_type of each part; none is in two. A monorail is a metro
(405 in the extended types), a cable car in a street a tram."""


def mode_of(route_type: int | None) -> RouteMode:
    """The means of transport of a route_type; `autre` for the others, such as funiculars."""
    if route_type is not None:
        for mode, parts in ROUTE_TYPES.items():
            if any(first <= route_type <= last for first, last in parts):
                return mode
    return "autre"
