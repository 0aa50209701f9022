"""The enumerations of GTFS-Realtime and GBFS, spelt as in the standards unless stated otherwise,
and those of this platform that several capabilities share.

https://gtfs.org/documentation/realtime/reference/ ; https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md
"""

from typing import Final, Literal, get_args

TripRelationship = Literal[
    "SCHEDULED",
    "ADDED",
    "UNSCHEDULED",
    "CANCELED",
    "REPLACEMENT",
    "DUPLICATED",
    "DELETED",
    "NEW",
]

StopRelationship = Literal["SCHEDULED", "SKIPPED", "NO_DATA", "UNSCHEDULED"]

Access = Literal["yes", "no", "unknown"]
"""Wheelchair accessibility."""

Occupancy = Literal[
    "empty",
    "many_seats_available",
    "few_seats_available",
    "standing_room_only",
    "crushed_standing_room_only",
    "full",
    "not_accepting_passengers",
    "not_boardable",
]
"""GTFS-Realtime's OccupancyStatus in lower case, without NO_DATA_AVAILABLE."""


Cause = Literal[
    "UNKNOWN_CAUSE",
    "OTHER_CAUSE",
    "TECHNICAL_PROBLEM",
    "STRIKE",
    "DEMONSTRATION",
    "ACCIDENT",
    "HOLIDAY",
    "WEATHER",
    "MAINTENANCE",
    "CONSTRUCTION",
    "POLICE_ACTIVITY",
    "MEDICAL_EMERGENCY",
]

Effect = Literal[
    "NO_SERVICE",
    "REDUCED_SERVICE",
    "SIGNIFICANT_DELAYS",
    "DETOUR",
    "ADDITIONAL_SERVICE",
    "MODIFIED_SERVICE",
    "OTHER_EFFECT",
    "UNKNOWN_EFFECT",
    "STOP_MOVED",
    "NO_EFFECT",
    "ACCESSIBILITY_ISSUE",
]

Severity = Literal["UNKNOWN_SEVERITY", "INFO", "WARNING", "SEVERE"]


FormFactor = Literal[
    "bicycle",
    "cargo_bicycle",
    "car",
    "moped",
    "scooter",
    "scooter_standing",
    "scooter_seated",
    "other",
]
"""`scooter` is the value of 2.1 and 2.2, before standing and seated scooters were distinguished."""

Propulsion = Literal[
    "human",
    "electric_assist",
    "electric",
    "combustion",
    "combustion_diesel",
    "hybrid",
    "plug_in_hybrid",
    "hydrogen_fuel_cell",
]

FORM_FACTORS: Final[tuple[FormFactor, ...]] = get_args(FormFactor)

PROPULSIONS: Final[tuple[Propulsion, ...]] = get_args(Propulsion)


ImportOutcome = Literal["imported", "unchanged", "refused"]
"""The outcome of a schedule import (`events.timetable.ImportAttempt`)."""
