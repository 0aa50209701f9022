"""NETEX_RESEAU: lines, routes, journey patterns, and the stop points that they refer to."""

from collections.abc import Iterable, Iterator

import numpy as np

from mobilite.netex.adapters.feed_objects import FeedObjects, element, location
from mobilite.netex.adapters.line_objects import destination, line_objects
from mobilite.netex.adapters.stop_frame import PLATFORM, stop_place_of
from mobilite.netex.domain.journey_patterns import JourneyPattern, JourneyPatterns

_NONE, _PHONE, _DRIVER = 1, 2, 3
"""The values of pickup_type and drop_off_type: not available, with the agency, with the driver."""
_DIRECTIONS = {0: "outbound", 1: "inbound"}
_IMPOSSIBLE = 3
"""The transfer_type of a transfer that is not possible."""


def network_objects(feed: FeedObjects, patterns: JourneyPatterns) -> Iterator[str]:
    """The objects of the network but its stop places."""
    yield from line_objects(feed)
    yield from _stop_points(feed)
    yield from _routes(feed, patterns.patterns)
    for pattern in patterns.patterns:
        yield _journey_pattern(feed, pattern)
    yield from _connections(feed)


def _stop_points(feed: FeedObjects) -> Iterator[str]:
    """A RoutePoint, a ScheduledStopPoint and its assignment for each stop that has calls."""
    timetable = feed.timetable
    for order, stop in enumerate(np.unique(timetable.call_stop).tolist(), start=1):
        local = timetable.stop_ids[stop]
        place = location(float(timetable.stop_lon[stop]), float(timetable.stop_lat[stop]))
        yield f"{feed.start('RoutePoint', local)}{place}</RoutePoint>"
        yield (
            feed.start("ScheduledStopPoint", local)
            + element("Name", timetable.stop_names[stop])
            + place
            + feed.code(local)
            + "</ScheduledStopPoint>"
        )
        yield (
            feed.start("PassengerStopAssignment", local, f' order="{order}"')
            + feed.ref("ScheduledStopPoint", local)
            + _place(feed, stop)
            + "</PassengerStopAssignment>"
        )


def _place(feed: FeedObjects, stop: int) -> str:
    """The references to the StopPlace of a stop, and to its Quay if it is one."""
    timetable = feed.timetable
    place = feed.ref("StopPlace", timetable.stop_ids[stop_place_of(timetable, stop)])
    if timetable.stop_kind[stop] != PLATFORM:
        return place
    return place + feed.ref("Quay", timetable.stop_ids[stop])


def _routes(feed: FeedObjects, patterns: Iterable[JourneyPattern]) -> Iterator[str]:
    """A Route for each path of a line."""
    timetable = feed.timetable
    for path, trip in {pattern.path_id: pattern.trip for pattern in patterns}.items():
        stops = timetable.call_stop[timetable.calls_of(trip)].tolist()
        points = "".join(
            feed.start("PointOnRoute", f"{path}-{order}", f' order="{order}"')
            + feed.ref("RoutePoint", timetable.stop_ids[stop])
            + "</PointOnRoute>"
            for order, stop in enumerate(stops, start=1)
        )
        yield (
            feed.start("Route", path)
            + feed.ref("Line", timetable.route_ids[int(timetable.trip_route[trip])])
            + element("DirectionType", _DIRECTIONS.get(int(timetable.trip_direction[trip]), ""))
            + f"<pointsInSequence>{points}</pointsInSequence></Route>"
        )


def _journey_pattern(feed: FeedObjects, pattern: JourneyPattern) -> str:
    timetable, trip = feed.timetable, pattern.trip
    calls = timetable.calls_of(trip)
    points = "".join(
        feed.start("StopPointInJourneyPattern", f"{pattern.id}-{order}", f' order="{order}"')
        + feed.ref("ScheduledStopPoint", timetable.stop_ids[int(timetable.call_stop[call])])
        + _call_rules(feed, call)
        + "</StopPointInJourneyPattern>"
        for order, call in enumerate(range(calls.start, calls.stop), start=1)
    )
    return (
        feed.start("ServiceJourneyPattern", pattern.id)
        + feed.ref("Route", pattern.path_id)
        + destination(feed, int(timetable.trip_headsign[trip]))
        + f"<pointsInSequence>{points}</pointsInSequence></ServiceJourneyPattern>"
    )


def _call_rules(feed: FeedObjects, call: int) -> str:
    """Whether passengers can alight and board, how, and the call's own destination."""
    timetable = feed.timetable
    drop_off, pickup = int(timetable.call_drop_off[call]), int(timetable.call_pickup[call])
    rules = (drop_off, pickup)
    return (
        f"<ForAlighting>{_boolean(drop_off != _NONE)}</ForAlighting>"
        f"<ForBoarding>{_boolean(pickup != _NONE)}</ForBoarding>"
        + destination(feed, int(timetable.call_headsign[call]))
        + ("<RequestStop>true</RequestStop>" if _DRIVER in rules else "")
        + (
            "<BookingArrangements><BookingMethods>callOffice</BookingMethods></BookingArrangements>"
            if _PHONE in rules
            else ""
        )
    )


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _connections(feed: FeedObjects) -> Iterator[str]:
    """A SiteConnection for each possible transfer between platforms or stations."""
    timetable = feed.timetable
    for row, (first, last, transfer_type, seconds) in enumerate(
        zip(
            timetable.transfer_from.tolist(),
            timetable.transfer_to.tolist(),
            timetable.transfer_type.tolist(),
            timetable.transfer_seconds.tolist(),
            strict=True,
        )
    ):
        if transfer_type == _IMPOSSIBLE or first < 0 or last < 0:
            continue
        duration = (
            "<WalkTransferDuration>"
            f"<DefaultDuration>PT{seconds}S</DefaultDuration></WalkTransferDuration>"
        )
        yield (
            feed.start("SiteConnection", str(row))
            + (duration if seconds >= 0 else "")
            + "<BothWays>false</BothWays>"
            + f"<From>{_place(feed, first)}</From><To>{_place(feed, last)}</To></SiteConnection>"
        )
