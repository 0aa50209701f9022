"""The GTFS files whose rows are stored as published: their columns, and what these refer to.

https://gtfs.org/documentation/schedule/reference/
"""

from typing import Final

LOCATIONS: Final = "locations.geojson"
"""The only file of GTFS that is no table."""
VALUE: Final = ""
"""A column that refers to nothing."""
_STOP: Final = "stops.stop_id"
_ROUTE: Final = "routes.route_id"
_TRIP: Final = "trips.trip_id"
_SERVICE: Final = "calendar.service_id"
_ZONE: Final = "stops.zone_id"
_AREA: Final = "areas.area_id"
_NETWORK: Final = "networks.network_id"
_TIMEFRAME: Final = "timeframes.timeframe_group_id"
_PRODUCT: Final = "fare_products.fare_product_id"
_LEG_GROUP: Final = "fare_leg_rules.leg_group_id"
_RIDER: Final = "rider_categories.rider_category_id"
_MEDIUM: Final = "fare_media.fare_media_id"
_LOCATION_GROUP: Final = "location_groups.location_group_id"

_FARES_V1: Final = {
    "fare_attributes": {
        "fare_id": "fare_attributes.fare_id",
        **dict.fromkeys(("price", "currency_type", "payment_method", "transfers"), VALUE),
        "agency_id": "agency.agency_id",
        "transfer_duration": VALUE,
    },
    "fare_rules": {
        "fare_id": "fare_attributes.fare_id",
        "route_id": _ROUTE,
        **dict.fromkeys(("origin_id", "destination_id", "contains_id"), _ZONE),
    },
}
_FARES_V2: Final = {
    "timeframes": {
        "timeframe_group_id": _TIMEFRAME,
        "start_time": VALUE,
        "end_time": VALUE,
        "service_id": _SERVICE,
    },
    "rider_categories": {
        "rider_category_id": _RIDER,
        "rider_category_name": VALUE,
        "is_default_fare_category": VALUE,
        "eligibility_url": VALUE,
    },
    "fare_media": {"fare_media_id": _MEDIUM, "fare_media_name": VALUE, "fare_media_type": VALUE},
    "fare_products": {
        "fare_product_id": _PRODUCT,
        "fare_product_name": VALUE,
        "rider_category_id": _RIDER,
        "fare_media_id": _MEDIUM,
        "amount": VALUE,
        "currency": VALUE,
    },
    "fare_leg_rules": {
        "leg_group_id": _LEG_GROUP,
        "network_id": _NETWORK,
        "from_area_id": _AREA,
        "to_area_id": _AREA,
        "from_timeframe_group_id": _TIMEFRAME,
        "to_timeframe_group_id": _TIMEFRAME,
        "fare_product_id": _PRODUCT,
        "rule_priority": VALUE,
    },
    "fare_leg_join_rules": {
        "from_network_id": _NETWORK,
        "to_network_id": _NETWORK,
        "from_stop_id": _STOP,
        "to_stop_id": _STOP,
    },
    "fare_transfer_rules": {
        "from_leg_group_id": _LEG_GROUP,
        "to_leg_group_id": _LEG_GROUP,
        **dict.fromkeys(
            ("transfer_count", "duration_limit", "duration_limit_type", "fare_transfer_type"), VALUE
        ),
        "fare_product_id": _PRODUCT,
    },
    "areas": {"area_id": _AREA, "area_name": VALUE},
    "stop_areas": {"area_id": _AREA, "stop_id": _STOP},
    "networks": {"network_id": _NETWORK, "network_name": VALUE},
    "route_networks": {"network_id": _NETWORK, "route_id": _ROUTE},
}
_FLEX: Final = {
    "booking_rules": {
        "booking_rule_id": "booking_rules.booking_rule_id",
        **dict.fromkeys(
            (
                "booking_type", "prior_notice_duration_min", "prior_notice_duration_max",
                "prior_notice_last_day", "prior_notice_last_time", "prior_notice_start_day",
                "prior_notice_start_time",
            ),
            VALUE,
        ),
        "prior_notice_service_id": _SERVICE,
        **dict.fromkeys(
            (
                "message", "pickup_message", "drop_off_message", "phone_number", "info_url",
                "booking_url",
            ),
            VALUE,
        ),
    },
    "location_groups": {"location_group_id": _LOCATION_GROUP, "location_group_name": VALUE},
    "location_group_stops": {"location_group_id": _LOCATION_GROUP, "stop_id": _STOP},
}  # fmt: skip

FARE_FILES: Final = (*_FARES_V1, *_FARES_V2)
"""The files about fares. Each comes after those of them that it refers to, except areas and
networks, whose rows refer to nothing."""

PUBLISHED_FILES: Final[dict[str, dict[str, str]]] = {
    "levels": {"level_id": "levels.level_id", "level_index": VALUE, "level_name": VALUE},
    "pathways": {
        "pathway_id": "pathways.pathway_id",
        "from_stop_id": _STOP,
        "to_stop_id": _STOP,
        **dict.fromkeys(
            (
                "pathway_mode", "is_bidirectional", "length", "traversal_time", "stair_count",
                "max_slope", "min_width", "signposted_as", "reversed_signposted_as",
            ),
            VALUE,
        ),
    },
    **_FARES_V1,
    **_FARES_V2,
    **_FLEX,
    "translations": dict.fromkeys(
        (
            "table_name", "field_name", "language", "translation", "record_id", "record_sub_id",
            "field_value",
        ),
        VALUE,
    ),
}  # fmt: skip
"""By name without `.txt`, the columns; each has what it refers to, as `file.column`, or VALUE."""

TRANSFERS: Final = {
    "from_stop_id": _STOP,
    "to_stop_id": _STOP,
    "from_route_id": _ROUTE,
    "to_route_id": _ROUTE,
    "from_trip_id": _TRIP,
    "to_trip_id": _TRIP,
    "transfer_type": VALUE,
    "min_transfer_time": VALUE,
}
"""The columns of transfers.txt, of which the rows of a route or trip are stored as published."""
RECORDS: Final = {
    "agency": "agency.agency_id",
    "stops": _STOP,
    "routes": _ROUTE,
    "trips": _TRIP,
    "stop_times": _TRIP,
    "locations": "locations.location_id",
    **{
        file: reference
        for file, columns in PUBLISHED_FILES.items()
        if (reference := f"{file}.{next(iter(columns))}") in columns.values()
    },
}
"""What the record_id of a translation refers to, by its table_name: the first field of the table's
primary key."""
