"""Reads locations.geojson: the zones of demand-responsive trips.

https://gtfs.org/documentation/schedule/reference/#locationsgeojson
"""

from math import isfinite
from typing import Any, Final

import numpy as np
import orjson

from mobilite.gtfs.domain.ids import FeedId, local_id
from mobilite.gtfs.domain.plain_text import strip_hidden
from mobilite.gtfs.domain.published_files import LOCATIONS
from mobilite.packing.adapters.feed_archive import FeedFiles
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import EMPTY, Table

NAMES: Final = ("stop_name", "stop_desc")
"""The properties of a zone."""
MIN_RING: Final = 4
"""Positions of a closed ring: RFC 7946, 3.1.6."""


def read_locations(files: FeedFiles, report: Report, feed_id: FeedId) -> Table:
    """The zones: `location_id`, `geometry` (a GeoJSON Polygon or MultiPolygon), and their names.

    Unusable and repeated zones are left out and reported; all of them if the file is no GeoJSON.
    Raises Refusal if the file is damaged or exceeds the limits.
    """
    with files.open(LOCATIONS) as stream:
        content = stream.read()
    try:
        collection = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        collection = None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        report.add(LOCATIONS, "unreadable", 1)
        return EMPTY
    zones: dict[str, dict[str, Any]] = {}
    unread: dict[str, None] = {}
    for feature in features:
        zone = _zone(feature, feed_id)
        if zone is None:
            report.add(LOCATIONS, "wrong_location", 1, [_text(feature, "id")])
        elif zone["location_id"] in zones:
            report.add(LOCATIONS, "duplicate_id", 1, [zone["location_id"]])
        else:
            zones[zone["location_id"]] = zone
            unread |= dict.fromkeys(feature.get("properties") or ())
    report.add_unread_fields(LOCATIONS, [name for name in unread if name not in NAMES])
    columns = ("location_id", "geometry", *NAMES)
    return Table({name: _objects(zones.values(), name) for name in columns}, len(zones))


def _zone(feature: Any, feed_id: FeedId) -> dict[str, Any] | None:
    """The columns of a feature; None if it is not usable."""
    name = local_id(feed_id, _text(feature, "id").strip())
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not name or not isinstance(geometry, dict) or not _is_area(geometry):
        return None
    properties = feature.get("properties")
    if not isinstance(properties, dict | None):
        return None
    return {
        "location_id": name,
        "geometry": {"type": geometry["type"], "coordinates": geometry["coordinates"]},
        **{each: strip_hidden(_text(properties, each)) for each in NAMES},
    }


def _text(members: Any, name: str) -> str:
    """A member as text, "" if it is absent or of another type."""
    value = members.get(name) if isinstance(members, dict) else None
    return str(value) if isinstance(value, str | int) else ""


def _is_area(geometry: dict[str, Any]) -> bool:
    """Whether it is a Polygon or MultiPolygon of closed rings on the globe."""
    coordinates = geometry.get("coordinates")
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(
        str(geometry.get("type"))
    )
    return (
        isinstance(polygons, list)
        and bool(polygons)
        and all(
            isinstance(polygon, list) and bool(polygon) and all(map(_is_ring, polygon))
            for polygon in polygons
        )
    )


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) >= MIN_RING and all(map(_is_position, ring))


def _is_position(position: Any) -> bool:
    """Whether it is [longitude, latitude], in degrees."""
    if not isinstance(position, list) or len(position) < 2:
        return False
    lon, lat = position[:2]
    return (
        all(isinstance(each, int | float) and isfinite(each) for each in position)
        and abs(lon) <= 180
        and abs(lat) <= 90
    )


def _objects(rows: Any, name: str) -> np.ndarray[Any, np.dtype[np.object_]]:
    column = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows):
        column[place] = row[name]
    return column
