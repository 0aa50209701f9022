"""Adapts selectors and trip descriptors to the merged schedule.

An alert without selectors (everything), or with a selector of a route_type only (all trams), means
its own feed: in the merged feed it is restricted to the agencies of that feed. Selectors of objects
missing from the schedule are omitted.
https://gtfs.org/documentation/realtime/reference/#message-entityselector
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mobilite.events import EntitySelector, TripDescriptor
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.timetable import Timetable

_OUTSIDE_TIMETABLE: Final = frozenset({"ADDED", "NEW", "REPLACEMENT", "DUPLICATED", "UNSCHEDULED"})
"""Relationships of runs outside the timetable."""


def merged_selectors(
    selectors: Sequence[EntitySelector], feed: FeedSnapshot, timetable: Timetable
) -> Iterator[EntitySelector]:
    """The selectors to publish for an alert, with local ids; none if all of them select missing
    objects."""
    agencies = [agency_id(timetable, row) for row in range(len(timetable.agency_ids))]
    for selector in selectors or (EntitySelector(),):
        if not _selects_known_objects(selector, feed, timetable):
            continue
        agency_given = selector.agency_id
        if agency_given is None and (selector.route_id or selector.trip or selector.stop_id):
            yield selector
            continue
        for agency in agencies:
            # The only agency of a feed can be selected although agency.txt gives it no id.
            if agency_given is None or agency_given == agency or len(agencies) == 1:
                yield selector.model_copy(update={"agency_id": agency})


def _selects_known_objects(
    selector: EntitySelector, feed: FeedSnapshot, timetable: Timetable
) -> bool:
    """Whether the route, stop and trip of a selector exist."""
    trip = selector.trip
    return (
        _is_known(selector.route_id, timetable.route_ids.index_of)
        and _is_known(selector.stop_id, timetable.stop_ids.index_of)
        and (trip is None or trip_known(trip, feed, timetable))
    )


def trip_known(trip: TripDescriptor, feed: FeedSnapshot, timetable: Timetable) -> bool:
    """Whether the route of a descriptor is in the schedule, and its trip is too, or is added by
    real time, or is of a relationship that adds runs. An id that is not given counts as known."""
    if not _is_known(trip.route_id, timetable.route_ids.index_of):
        return False
    return (
        trip.schedule_relationship in _OUTSIDE_TIMETABLE
        or trip.trip_id in feed.added_runs
        or _is_known(trip.trip_id, timetable.trip_ids.index_of)
    )


def _is_known(local: str | None, index_of: Callable[[str], int | None]) -> bool:
    return local is None or index_of(local) is not None
