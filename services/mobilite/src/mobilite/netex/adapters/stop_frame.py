"""NETEX_ARRET: stop places, their quays and their entrances.

A GTFS station is a StopPlace. A platform without station is a Quay of a StopPlace of its own: in
NeTEx a Quay belongs to one. Nodes and boarding areas are left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from mobilite.netex.adapters.feed_objects import FeedObjects, element, location
from mobilite.netex.domain.transport_modes import main_mode, stop_place_type
from mobilite.timetable.domain.timetable import ENTRANCE, STATION, Timetable

PLATFORM = 0
"""The location_type of a stop or platform."""


def stop_place_of(timetable: Timetable, stop: int) -> int:
    """The stop (a row) whose StopPlace contains a stop: its station, or itself."""
    while (parent := int(timetable.stop_parent[stop])) >= 0:
        stop = parent
    return stop


def stop_objects(feed: FeedObjects) -> Iterator[str]:
    """The StopPlaces, Quays and StopPlaceEntrances."""
    timetable = feed.timetable
    types = _route_types(timetable)
    for stop, kind in enumerate(timetable.stop_kind.tolist()):
        parent = int(timetable.stop_parent[stop])
        if kind == STATION or (kind == PLATFORM and parent < 0):
            yield _stop_place(feed, stop, types)
        if kind == PLATFORM:
            yield _quay(feed, stop, main_mode(types.get(stop, [])))
        elif kind == ENTRANCE and parent >= 0:
            yield _entrance(feed, stop)


def _route_types(timetable: Timetable) -> Mapping[int, list[int]]:
    """The types of the routes that call at each stop."""
    types = timetable.route_type[timetable.trip_route]
    pairs = np.unique(
        timetable.call_stop.astype(np.int64) << 32
        | (types[timetable.call_trip].astype(np.int64) & 0xFFFF_FFFF)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for pair in pairs.tolist():
        route_type = pair & 0xFFFF_FFFF
        if route_type < 1 << 31:  # a route without a type has -1
            found[pair >> 32].append(route_type)
    return found


def _stop_place(feed: FeedObjects, stop: int, types: Mapping[int, list[int]]) -> str:
    timetable, local = feed.timetable, feed.timetable.stop_ids[stop]
    children = timetable.children_of(stop).tolist()
    own = int(timetable.stop_kind[stop]) == PLATFORM
    quays = [stop] if own else [each for each in children if timetable.stop_kind[each] == PLATFORM]
    entrances = [each for each in children if timetable.stop_kind[each] == ENTRANCE]
    mode = main_mode([each for row in (stop, *children) for each in types.get(row, [])])
    return (
        feed.start("StopPlace", local)
        + _described(feed, stop, "StopPlace")
        + _references(feed, "entrances", "StopPlaceEntrance", entrances)
        + ("" if own else element("PublicCode", timetable.stop_codes[stop]))
        + element("TransportMode", mode or "")
        + element("StopPlaceType", stop_place_type(mode))
        + _references(feed, "quays", "Quay", quays)
        + "</StopPlace>"
    )


def _references(feed: FeedObjects, name: str, object_type: str, stops: list[int]) -> str:
    """The list element `name` with a reference to each stop; "" if there are none."""
    refs = "".join(feed.ref(object_type, feed.timetable.stop_ids[stop]) for stop in stops)
    return f"<{name}>{refs}</{name}>" if refs else ""


def _quay(feed: FeedObjects, stop: int, mode: str | None) -> str:
    timetable, local = feed.timetable, feed.timetable.stop_ids[stop]
    return (
        feed.start("Quay", local)
        + _described(feed, stop, "Quay")
        + _site(feed, stop)
        + element("TransportMode", mode or "")
        + element("Label", timetable.stop_platform[stop])
        + element("PublicCode", timetable.stop_codes[stop])
        + "</Quay>"
    )


def _entrance(feed: FeedObjects, stop: int) -> str:
    return (
        feed.start("StopPlaceEntrance", feed.timetable.stop_ids[stop])
        + _described(feed, stop, "StopPlaceEntrance")
        + _site(feed, stop)
        + "<IsEntry>true</IsEntry><IsExit>true</IsExit></StopPlaceEntrance>"
    )


def _described(feed: FeedObjects, stop: int, object_type: str) -> str:
    """The elements with which every description of a stop begins."""
    timetable, local = feed.timetable, feed.timetable.stop_ids[stop]
    place = location(float(timetable.stop_lon[stop]), float(timetable.stop_lat[stop]))
    return (
        element("Name", timetable.stop_names[stop])
        + feed.code(local)
        + (f"<Centroid>{place}</Centroid>" if place else "")
        + feed.accessibility(object_type, local, int(timetable.stop_wheelchair[stop]))
    )


def _site(feed: FeedObjects, stop: int) -> str:
    """The reference to the StopPlace of a stop."""
    site = feed.timetable.stop_ids[stop_place_of(feed.timetable, stop)]
    return feed.ref("StopPlace", site, "Site")
