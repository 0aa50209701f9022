"""The GTFS files and columns that are read, and which of them are numbers.

https://gtfs.org/documentation/schedule/reference/
"""

from mobilite.gtfs.domain.published_files import PUBLISHED_FILES, TRANSFERS

# The columns that hold numbers; the others hold texts.
NUMBERS = frozenset(
    {
        "stop_lat", "stop_lon", "location_type", "wheelchair_boarding",
        "route_type", "route_sort_order",
        "direction_id", "wheelchair_accessible", "bikes_allowed", "cars_allowed",
        "stop_access", "continuous_pickup", "continuous_drop_off",
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
    **{name: tuple(columns) for name, columns in PUBLISHED_FILES.items()},
    "transfers": tuple(TRANSFERS),
    "agency": (
        "agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang",
        "agency_phone", "agency_fare_url", "agency_email",
    ),
    "stops": (
        "stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon", "location_type",
        "parent_station", "stop_timezone", "wheelchair_boarding", "platform_code", "level_id",
        "zone_id", "tts_stop_name", "stop_access",
    ),
    "routes": (
        "route_id", "agency_id", "route_short_name", "route_long_name", "route_type",
        "route_color", "route_text_color", "route_sort_order", "continuous_pickup",
        "continuous_drop_off", "network_id",
    ),
    "trips": (
        "route_id", "service_id", "trip_id", "trip_headsign", "trip_short_name", "direction_id",
        "block_id", "shape_id", "wheelchair_accessible", "bikes_allowed",
        "cars_allowed", "safe_duration_factor", "safe_duration_offset",
    ),
    "stop_times": (
        "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "stop_headsign",
        "pickup_type", "drop_off_type", "shape_dist_traveled", "timepoint", "location_group_id",
        "location_id", "start_pickup_drop_off_window", "end_pickup_drop_off_window",
        "continuous_pickup", "continuous_drop_off", "pickup_booking_rule_id",
        "drop_off_booking_rule_id",
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
    "feed_info": (
        "feed_publisher_name", "feed_publisher_url", "feed_lang", "default_lang", "feed_start_date",
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
    "fare_attributes": frozenset({"fare_id", "price", "currency_type"}),
    "fare_rules": frozenset({"fare_id"}),
    "timeframes": frozenset({"timeframe_group_id", "service_id"}),
    "rider_categories": frozenset({"rider_category_id"}),
    "fare_media": frozenset({"fare_media_id"}),
    "fare_products": frozenset({"fare_product_id", "amount", "currency"}),
    "fare_leg_rules": frozenset({"fare_product_id"}),
    "fare_leg_join_rules": frozenset({"from_network_id", "to_network_id"}),
    "fare_transfer_rules": frozenset({"fare_transfer_type"}),
    "areas": frozenset({"area_id"}),
    "stop_areas": frozenset({"area_id", "stop_id"}),
    "networks": frozenset({"network_id"}),
    "route_networks": frozenset({"network_id", "route_id"}),
    "booking_rules": frozenset({"booking_rule_id", "booking_type"}),
    "location_groups": frozenset({"location_group_id"}),
    "location_group_stops": frozenset({"location_group_id", "stop_id"}),
    "translations": frozenset({"table_name", "field_name", "language", "translation"}),
}
"""The columns without which a file cannot be used: the feed is refused if the file is required,
the file is ignored if it is optional."""
