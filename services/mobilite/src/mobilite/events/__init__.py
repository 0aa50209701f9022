"""The tables that mobilité publishes: the writer's side of `schemas/mobilite.*.json`.

Way A of the architecture: `import` writes TimetableV1, `poll` writes what GTFS-Realtime says
(TripUpdateV1, VehiclePositionV1, AlertV1) and FeedPollV1, and what GBFS says (RentalStationV1,
RentalVehicleV1, RentalSystemV1); every `api` replica follows them all.
Words and meanings are those of GTFS and GTFS-Realtime:
https://gtfs.org/documentation/realtime/reference/
"""

from mobilite.events.alert import AlertV1, EntitySelector, TimeRange, Translation
from mobilite.events.feed_poll import EntityCounts, FeedPollV1, PollError, PollNote
from mobilite.events.rental import (
    DockCount,
    RentalStationV1,
    RentalUris,
    RentalVehicleV1,
    StationInformation,
    StationStatus,
    TypeCount,
)
from mobilite.events.rental_system import (
    AlertPeriod,
    Availability,
    PriceSegment,
    PricingPlan,
    RentalApp,
    RentalSystemV1,
    SystemAlert,
    SystemInformation,
    VehicleType,
)
from mobilite.events.timetable import ImportAttempt, ReportLine, TimetableV1
from mobilite.events.trip_update import (
    StopTimeEvent,
    StopTimeUpdate,
    TripDescriptor,
    TripProperties,
    TripUpdateV1,
    VehicleDescriptor,
)
from mobilite.events.vehicle_position import Position, VehiclePositionV1

__all__ = [
    "AlertPeriod",
    "AlertV1",
    "Availability",
    "DockCount",
    "EntityCounts",
    "EntitySelector",
    "FeedPollV1",
    "ImportAttempt",
    "PollError",
    "PollNote",
    "Position",
    "PriceSegment",
    "PricingPlan",
    "RentalApp",
    "RentalStationV1",
    "RentalSystemV1",
    "RentalUris",
    "RentalVehicleV1",
    "ReportLine",
    "StationInformation",
    "StationStatus",
    "StopTimeEvent",
    "StopTimeUpdate",
    "SystemAlert",
    "SystemInformation",
    "TimeRange",
    "TimetableV1",
    "Translation",
    "TripDescriptor",
    "TripProperties",
    "TripUpdateV1",
    "TypeCount",
    "VehicleDescriptor",
    "VehiclePositionV1",
    "VehicleType",
]
