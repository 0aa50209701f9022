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
    """Whether a NO_SERVICE alert selects routes and stops separately: those routes at those stops,
    or all of the routes and all service at the stops? The standard means the latter, operators
    often the former."""
    if effect != "NO_SERVICE":
        return False
    lines = stops = False
    for each in selectors:
        line = each.route_id is not None or each.trip is not None
        lines = lines or (line and each.stop_id is None)
        stops = stops or (each.stop_id is not None and not line)
    return lines and stops
