"""Whether an alert of effect NO_SERVICE leaves open what it closes."""

from collections.abc import Iterable
from typing import Protocol

from mobilite.gtfs.domain.enumerations import Effect


class Named(Protocol):
    """Of a selector, what tells lines from stops."""

    @property
    def route_id(self) -> str | None: ...
    @property
    def trip(self) -> object | None: ...
    @property
    def stop_id(self) -> str | None: ...


def is_ambiguous(effect: Effect, selectors: Iterable[Named]) -> bool:
    """Whether NO_SERVICE names lines and stops apart: those lines at those stops, or all of those
    lines and all that calls at those stops? The norm says the latter, operators often mean the
    former."""
    if effect != "NO_SERVICE":
        return False
    lines = stops = False
    for each in selectors:
        line = each.route_id is not None or each.trip is not None
        lines = lines or (line and each.stop_id is None)
        stops = stops or (each.stop_id is not None and not line)
    return lines and stops
