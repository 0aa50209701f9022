"""The modes and submodes of NeTEx for the route types of GTFS.

https://developers.google.com/transit/gtfs/reference/extended-route-types
Profile NeTEx France 2.3, « Énumérations pour les modes et sous-modes ».
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from mobilite.gtfs.domain.route_types import Mode, modes_of


class Submode(NamedTuple):
    """A submode: the name of its element, such as BusSubmode, and its value."""

    element: str
    value: str


_MODES: Final[Mapping[Mode, str]] = {
    "rail": "rail",
    "subway": "metro",
    "tram": "tram",
    "coach": "coach",
    "bus": "bus",
    "trolleybus": "trolleyBus",
    "cable_tram": "tram",
    "monorail": "metro",
    "funicular": "funicular",
    "aerial_lift": "cableway",
    "ferry": "water",
    "air": "air",
    "taxi": "taxi",
}
"""Carpooling has no mode in NeTEx 1.3."""
OTHER: Final = "other"
"""The mode of every other route type."""
_STOP_PLACE_TYPES: Final[Mapping[str, str]] = {
    "rail": "railStation",
    "metro": "metroStation",
    "tram": "onstreetTram",
    "coach": "onstreetBus",
    "bus": "onstreetBus",
    "trolleyBus": "onstreetBus",
    "funicular": "liftStation",
    "cableway": "liftStation",
    "water": "ferryStop",
    "air": "airport",
    "taxi": "taxiRank",
}
_SUBMODES: Final[Mapping[int, Submode]] = {
    first + offset: Submode(element, value)
    for first, element, values in (
        (
            101,
            "RailSubmode",
            "highSpeedRail longDistance interregionalRail carTransportRailService"
            " sleeperRailService regionalRail touristRailway railShuttle suburbanRailway"
            " replacementRailService specialTrain",
        ),
        (
            201,
            "CoachSubmode",
            "internationalCoach nationalCoach shuttleCoach regionalCoach specialCoach"
            " sightseeingCoach touristCoach commuterCoach",
        ),
        (401, "MetroSubmode", "metro tube urbanRailway"),
        (701, "BusSubmode", "regionalBus expressBus"),
        (
            704,
            "BusSubmode",
            "localBus nightBus postBus specialNeedsBus mobilityBus"
            " mobilityBusForRegisteredDisabled sightseeingBus shuttleBus schoolBus"
            " schoolAndPublicServiceBus railReplacementBus demandAndResponseBus",
        ),
        (901, "TramSubmode", "cityTram localTram regionalTram sightseeingTram shuttleTram"),
    )
    for offset, value in enumerate(values.split())
}


def transport_mode(route_type: int) -> str:
    """The mode of a route type; "other" if NeTEx has none."""
    return next((_MODES[mode] for mode in modes_of([route_type]) if mode in _MODES), OTHER)


def find_submode(route_type: int) -> Submode | None:
    """The submode of an extended route type; None if it has none."""
    return _SUBMODES.get(route_type)


def main_mode(route_types: list[int]) -> str | None:
    """The mode of a stop with routes of these types: the first in the order of `Mode`; None if it
    has none."""
    found = modes_of(route_types)
    return next((_MODES[mode] for mode in found if mode in _MODES), OTHER if route_types else None)


def stop_place_type(mode: str | None) -> str:
    """The StopPlaceType of a stop of that mode."""
    return _STOP_PLACE_TYPES.get(mode or OTHER, OTHER)
