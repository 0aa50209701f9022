"""Features of a map, as GeoJSON. `parts/carte.html` describes their properties.

https://www.rfc-editor.org/rfc/rfc7946
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

MEDIA_TYPE: Final = "application/geo+json"
Feature = dict[str, Any]
PointType = Literal["start", "change", "stop", "end"]


def feature_collection(features: Iterable[Feature]) -> str:
    """The text of a file."""
    content = {"type": "FeatureCollection", "features": [*features]}
    return json.dumps(content, separators=(",", ":"))


def line_feature(coordinates: Sequence[Sequence[float]], **properties: str | None) -> Feature:
    """A line. Properties that are None are left out."""
    return _feature("LineString", [[*each] for each in coordinates], properties)


def point_feature(
    lon: float, lat: float, point_type: PointType, name: str | None, **properties: str | None
) -> Feature:
    """A place. Properties that are None are left out."""
    return _feature("Point", [lon, lat], {"kind": point_type, "name": name or "", **properties})


def _feature(geometry: str, coordinates: Any, properties: dict[str, str | None]) -> Feature:
    return {
        "type": "Feature",
        "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": {key: value for key, value in properties.items() if value is not None},
    }
