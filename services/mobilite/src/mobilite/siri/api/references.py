"""The references of SIRI to stops, lines, operators and journeys: the platform's public ids.

A run that its trip id does not identify, one of several by frequency, has its start at the end:
`tao:n:09:10:00`. The XSD allows neither blanks nor `#` there. docs/decisions/0094-siri.md
"""

from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.gtfs.domain.run_ids import run_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.siri.api.tree import Element, Ref
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.timetable import Timetable


def stop_ref(timetable: Timetable, stop: int) -> Ref:
    """The reference of a stop (a row)."""
    return Ref(global_id(timetable.feed_id, timetable.stop_ids[stop]))


def line_ref(feed_id: FeedId, route_id: str) -> Ref | None:
    """The reference of a route (a local id); None for ""."""
    return Ref(global_id(feed_id, route_id)) if route_id else None


def operator_ref(timetable: Timetable, agency: int) -> Ref | None:
    """The reference of an agency (a row); None for -1."""
    if agency < 0:
        return None
    return Ref(global_id(timetable.feed_id, agency_id(timetable, agency)))


def journey_ref(feed_id: FeedId, trip: RunTrip, day: int) -> Element:
    """The FramedVehicleJourneyRef of a run on a service day (an ordinal)."""
    date = str(ServiceDate.of_ordinal(day))
    return {
        "DataFrameRef": Ref(f"{date[:4]}-{date[4:6]}-{date[6:]}"),
        "DatedVehicleJourneyRef": journey_code(feed_id, trip),
    }


def journey_code(feed_id: FeedId, trip: RunTrip) -> str:
    """The DatedVehicleJourneyRef of a run."""
    return global_id(feed_id, run_id(trip.trip_id, trip.start))
