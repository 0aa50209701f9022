"""The stops and lines whose references the other services accept."""

from typing import Final

import numpy as np

from mobilite.geo.domain.places import Box
from mobilite.routes.flows.list_routes import FoundRoute, RouteFilter, list_routes
from mobilite.siri.ports import SiriState
from mobilite.stops.flows.find_stops import find_stops_by_name
from mobilite.stops.flows.get_stop import FoundStop
from mobilite.timetable.domain.timetable import STATION, Bool, Timetable
from socle.errors import Refusal

MOST_LISTED: Final = 20_000
"""Lines or stops in one answer."""
_NAMED: Final = 100
"""Stops found by a name at most."""


def discover_lines(
    state: SiriState, text: str | None, *, most: int = MOST_LISTED
) -> tuple[FoundRoute, ...]:
    """The routes of every feed in service; `text`: those with its words, or their beginnings.
    Raises Refusal("too_large") for more than `most`."""
    found = list_routes(state, RouteFilter(text=text), limit=most)
    if found.next is not None:
        raise Refusal("too_large", "Trop de lignes pour une seule réponse : précisez q.")
    return found.routes


def discover_stops(
    state: SiriState, text: str | None, box: Box | None, *, most: int = MOST_LISTED
) -> list[FoundStop]:
    """The stops and stations of every feed in service, by feed and place in it. `text`: those with
    its words, best first, at most 100; `box`: those inside. Raises Refusal: "invalid" for a text
    without words, "too_large" for more than `most`."""
    if text is not None:
        found = [
            hit.found for hit in find_stops_by_name(state, text, limit=_NAMED, cursor=None).hits
        ]
        return [each for each in found if _inside(each.schedule.timetable, box)[each.stop]]
    listed = list[FoundStop]()
    for _, feed in sorted(state.snapshot.feeds.items()):
        if feed.schedule is not None:
            timetable = feed.schedule.timetable
            rows = np.flatnonzero((timetable.stop_kind <= STATION) & _inside(timetable, box))
            if len(listed) + len(rows) > most:
                raise Refusal(
                    "too_large",
                    "Trop d'arrêts pour une seule réponse : précisez BoundingBox ou q.",
                )
            listed += [FoundStop(feed, feed.schedule, row) for row in rows.tolist()]
    return listed


def _inside(timetable: Timetable, box: Box | None) -> Bool:
    """bool[stops]: which stops are in the box; None: all."""
    lat, lon = timetable.stop_lat, timetable.stop_lon
    if box is None:
        return np.ones(len(lat), dtype=np.bool_)
    west, south, east, north = box
    across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
    inside: Bool = (lat >= south) & (lat <= north) & across
    return inside
