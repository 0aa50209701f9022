"""The GTFS files and columns that are read, and which of them are numbers.

https://gtfs.org/documentation/schedule/reference/
"""

# The columns that hold numbers; the others hold texts.
NUMBERS = frozenset(
    {
        "stop_lat", "stop_lon", "location_type", "wheelchair_boarding",
        "route_type", "route_sort_order",
        "direction_id", "wheelchair_accessible", "bikes_allowed",
        "stop_sequence", "pickup_type", "drop_off_type", "shape_dist_traveled", "timepoint",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "exception_type", "headway_secs", "exact_times",
        "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence",
        "transfer_type", "min_transfer_time", "level_index",
        "pathway_mode", "is_bidirectional", "length", "traversal_time", "stair_count",
        "max_slope", "min_width", "is_producer", "is_operator", "is_authority",
    }
)  # fmt: skip

# The columns that are read, by file.
COLUMNS: dict[str, tuple[str, ...]] = {
    "agency": ("agency_id", "agency_name", "agency_url", "agency_timezone"),
    "stops": (
        "stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon", "location_type",
        "parent_station", "stop_timezone", "wheelchair_boarding", "platform_code", "level_id",
    ),
    "routes": (
        "route_id", "agency_id", "route_short_name", "route_long_name", "route_type",
        "route_color", "route_text_color", "route_sort_order",
    ),
    "trips": (
        "route_id", "service_id", "trip_id", "trip_headsign", "trip_short_name", "direction_id",
        "block_id", "shape_id", "wheelchair_accessible", "bikes_allowed",
    ),
    "stop_times": (
        "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "stop_headsign",
        "pickup_type", "drop_off_type", "shape_dist_traveled", "timepoint",
    ),
    "calendar": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
        "sunday", "start_date", "end_date",
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "shapes": (
        "shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence", "shape_dist_traveled",
    ),
    "transfers": (
        "from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id",
        "to_trip_id", "transfer_type", "min_transfer_time",
    ),
    "pathways": (
        "pathway_id", "from_stop_id", "to_stop_id", "pathway_mode", "is_bidirectional", "length",
        "traversal_time", "stair_count", "max_slope", "min_width", "signposted_as",
        "reversed_signposted_as",
    ),
    "levels": ("level_id", "level_index", "level_name"),
    "feed_info": (
        "feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date",
        "feed_end_date", "feed_version", "feed_contact_email", "feed_contact_url",
    ),
    "attributions": (
        "attribution_id", "agency_id", "route_id", "trip_id", "organization_name", "is_producer",
        "is_operator", "is_authority", "attribution_url", "attribution_email",
    ),
}  # fmt: skip

REQUIRED: dict[str, frozenset[str]] = {
    "agency": frozenset({"agency_timezone"}),
    "stops": frozenset({"stop_id"}),
    "routes": frozenset({"route_id"}),
    "trips": frozenset({"trip_id", "route_id", "service_id"}),
    "stop_times": frozenset({"trip_id", "stop_id", "stop_sequence"}),
    "calendar": frozenset({"service_id", "start_date", "end_date"}),
    "calendar_dates": frozenset({"service_id", "date", "exception_type"}),
    "frequencies": frozenset({"trip_id", "start_time", "end_time", "headway_secs"}),
    "shapes": frozenset({"shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"}),
}
"""The columns without which a file cannot be used: the feed is refused if the file is required,
the file is ignored if it is optional."""
