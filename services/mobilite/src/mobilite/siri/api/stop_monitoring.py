"""The visits of a stop as StopMonitoringDelivery."""

from collections.abc import Mapping
from typing import Final

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.times import LocalTime, local_time
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.siri.api.calls import call_element, is_monitored
from mobilite.siri.api.references import journey_code, journey_ref, line_ref, operator_ref, stop_ref
from mobilite.siri.api.tree import Element, Ref, text
from mobilite.siri.flows.monitor_stop import MonitoredDeparture, MonitoredDepartures, direction_ref
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable

OCCUPANCY: Final[Mapping[Occupancy, str]] = {
    "empty": "empty",
    "many_seats_available": "manySeatsAvailable",
    "few_seats_available": "fewSeatsAvailable",
    "standing_room_only": "standingRoomOnly",
    "crushed_standing_room_only": "crushedStandingRoomOnly",
    "full": "full",
    "not_accepting_passengers": "notAcceptingPassengers",
    "not_boardable": "notAcceptingPassengers",
}
"""OccupancyEnumeration by GTFS-Realtime's."""


def monitored_departures(stop: MonitoredDepartures, monitoring_ref: str, now: int) -> list[Element]:
    """The MonitoredStopVisit elements. `now`: POSIX seconds."""
    timetable = stop.found.schedule.timetable
    local = local_time(timetable.local_zone(stop.found.stop))
    return [
        _monitored_departure(stop, each, monitoring_ref, local, now) for each in stop.departures
    ]


def journey_head(feed: FeedSnapshot, timetable: Timetable, trip: RunTrip, day: int) -> Element:
    """What MonitoredVehicleJourney begins with in SM and VM: line, direction, journey."""
    return {
        "LineRef": line_ref(feed.feed_id, trip.route_id),
        "DirectionRef": Ref(direction_ref(trip.direction)),
        "FramedVehicleJourneyRef": journey_ref(feed.feed_id, trip, day),
        **line_names(timetable, trip.route),
    }


def recorded_at(feed: FeedSnapshot, run: Run | None, now: int) -> int:
    """When the data of a run was recorded: that of its feed, or, without an update, the minute of
    `now`, so that an answer has one entity tag for a minute. POSIX seconds."""
    return now - now % 60 if run is None else feed.updated_at(run)


def line_names(timetable: Timetable, route: int) -> Element:
    """The name and the operator of a route (a row); nothing for -1."""
    if route < 0:
        return {}
    return {
        "PublishedLineName": text(timetable.route_name(route)),
        "OperatorRef": operator_ref(timetable, int(timetable.route_agency[route])),
    }


def destination(schedule: FeedSchedule, stop: int) -> Element:
    """The last stop (a row) that a journey serves."""
    timetable = schedule.timetable
    return {
        "DestinationRef": stop_ref(timetable, stop),
        "DestinationName": text(timetable.stop_names[schedule.listed_stop(stop)]),
    }


def _monitored_departure(
    stop: MonitoredDepartures,
    monitored: MonitoredDeparture,
    monitoring_ref: str,
    local: LocalTime,
    now: int,
) -> Element:
    feed, schedule = stop.found.feed, stop.found.schedule
    departure, call = monitored.departure, monitored.call
    trip, run, timetable = departure.trip, departure.run, schedule.timetable
    end = departure.ends_at
    occupancy = call.occupancy
    return {
        "RecordedAtTime": local(recorded_at(feed, run, now)),
        "ItemIdentifier": ":".join(
            (
                journey_code(feed.feed_id, trip),
                str(departure.day),
                str(call.sequence),
                global_id(feed.feed_id, timetable.stop_ids[call.stop]),
            )
        ),
        "MonitoringRef": Ref(monitoring_ref),
        "MonitoredVehicleJourney": {
            **journey_head(feed, timetable, trip, departure.day),
            **destination(schedule, trip.stop(len(trip) - 1) if end is None else end),
            "Monitored": is_monitored(call),
            "Occupancy": None if occupancy is None else OCCUPANCY[occupancy],
            "MonitoredCall": call_element(
                schedule,
                call,
                local,
                first=departure.position == 0 and not monitored.begins,
                begins=monitored.begins,
                ends=monitored.ends,
            ),
        },
    }
