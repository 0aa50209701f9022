"""Whether a NO_SERVICE alert is ambiguous."""

from collections.abc import Iterable
from typing import Protocol

from mobilite.gtfs.domain.enumerations import Effect


class RouteOrStopSelector(Protocol):
    """The fields of a selector that distinguish routes from stops."""

    @property
    def route_id(self) -> str | None: ...
    @property
    def trip(self) -> object | None: ...
    @property
    def stop_id(self) -> str | None: ...


def is_ambiguous(effect: Effect, selectors: Iterable[RouteOrStopSelector]) -> bool:
    """Whether a NO_SERVICE alert has selectors of routes (or trips) without a stop, and others of
    stops without a route or trip. False for alerts with another effect.

    By the standard it then concerns all service of the routes and all service at the stops;
    operators often mean only those routes at those stops.
    """
    if effect != "NO_SERVICE":
        return False
    selects_routes = selects_stops = False
    for each in selectors:
        of_route = each.route_id is not None or each.trip is not None
        selects_routes = selects_routes or (of_route and each.stop_id is None)
        selects_stops = selects_stops or (each.stop_id is not None and not of_route)
    return selects_routes and selects_stops
