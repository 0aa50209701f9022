"""The tables (compacted topics) that mobilité publishes, as the writer defines them.

`schemas/mobilite.*.json` are made from these classes, docstrings and descriptions included. The
role `import` writes TimetableV1; `poll` writes the data of GTFS-Realtime (TripUpdateV1,
VehiclePositionV1, AlertV1, TripModificationsV1) and FeedPollV1, and the data of GBFS
(RentalStationV1, RentalVehicleV1, RentalSystemV1); every `api` replica follows them all.
Terms are those of GTFS and GTFS-Realtime: https://gtfs.org/documentation/realtime/reference/
"""

from mobilite.events.alert import AlertV1, EntitySelector, LocalizedImage, TimeRange, Translation
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
from mobilite.events.trip_modifications import (
    Modification,
    RealTimeShape,
    RealTimeStop,
    ReplacementStop,
    SelectedTrips,
    StopSelector,
    TripModifications,
    TripModificationsV1,
)
from mobilite.events.trip_update import (
    StopTimeEvent,
    StopTimeUpdate,
    TripDescriptor,
    TripProperties,
    TripUpdateV1,
    VehicleDescriptor,
)
from mobilite.events.vehicle_position import CarriageDetails, Position, VehiclePositionV1

__all__ = [
    "AlertPeriod",
    "AlertV1",
    "Availability",
    "CarriageDetails",
    "DockCount",
    "EntityCounts",
    "EntitySelector",
    "FeedPollV1",
    "ImportAttempt",
    "LocalizedImage",
    "Modification",
    "PollError",
    "PollNote",
    "Position",
    "PriceSegment",
    "PricingPlan",
    "RealTimeShape",
    "RealTimeStop",
    "RentalApp",
    "RentalStationV1",
    "RentalSystemV1",
    "RentalUris",
    "RentalVehicleV1",
    "ReplacementStop",
    "ReportLine",
    "SelectedTrips",
    "StationInformation",
    "StationStatus",
    "StopSelector",
    "StopTimeEvent",
    "StopTimeUpdate",
    "SystemAlert",
    "SystemInformation",
    "TimeRange",
    "TimetableV1",
    "Translation",
    "TripDescriptor",
    "TripModifications",
    "TripModificationsV1",
    "TripProperties",
    "TripUpdateV1",
    "TypeCount",
    "VehicleDescriptor",
    "VehiclePositionV1",
    "VehicleType",
]
