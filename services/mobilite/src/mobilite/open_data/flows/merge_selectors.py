"""Adapts selectors and trip descriptors to the merged schedule.

In a feed with several networks, a selector for "everything" (none), or for all trams (a
route_type alone), is restricted to the operator's own agencies. Selectors of objects missing
from the schedule are omitted.
https://gtfs.org/documentation/realtime/reference/#message-entityselector
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mobilite.events import EntitySelector, TripDescriptor
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.timetable import Timetable

_MADE_IN_REAL_TIME: Final = frozenset({"ADDED", "NEW", "REPLACEMENT", "DUPLICATED", "UNSCHEDULED"})
"""Relationships of runs outside the timetable."""


def merged_selectors(
    selectors: Sequence[EntitySelector], feed: FeedSnapshot, timetable: Timetable
) -> Iterator[EntitySelector]:
    """The selectors to publish, local ids; none if all of them select missing objects."""
    agencies = [agency_id(timetable, row) for row in range(len(timetable.agency_ids))]
    for selector in selectors or (EntitySelector(),):
        if not _known(selector, feed, timetable):
            continue
        named_agency = selector.agency_id
        if named_agency is None and (selector.route_id or selector.trip or selector.stop_id):
            yield selector
            continue
        for agency in agencies:
            # The only agency of a feed may be selected although agency.txt gives it no id.
            if named_agency is None or named_agency == agency or len(agencies) == 1:
                yield selector.model_copy(update={"agency_id": agency})


def _known(selector: EntitySelector, feed: FeedSnapshot, timetable: Timetable) -> bool:
    trip = selector.trip
    return (
        _there(selector.route_id, timetable.route_ids.index_of)
        and _there(selector.stop_id, timetable.stop_ids.index_of)
        and (trip is None or trip_known(trip, feed, timetable))
    )


def trip_known(trip: TripDescriptor, feed: FeedSnapshot, timetable: Timetable) -> bool:
    """Whether the trip and route of a descriptor are in the schedule, or the run is outside the
    timetable."""
    if not _there(trip.route_id, timetable.route_ids.index_of):
        return False
    return (
        trip.schedule_relationship in _MADE_IN_REAL_TIME
        or trip.trip_id in feed.added_runs
        or _there(trip.trip_id, timetable.trip_ids.index_of)
    )


def _there(local: str | None, index_of: Callable[[str], int | None]) -> bool:
    return local is None or index_of(local) is not None
