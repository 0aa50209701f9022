"""Geometries of GeoJSON. Docstrings are part of the OpenAPI document.

https://www.rfc-editor.org/rfc/rfc7946#section-3.1
"""

from typing import Literal

from typing_extensions import TypedDict


class LineStringJson(TypedDict):
    """A line on a map: longitudes and latitudes."""

    type: Literal["LineString"]
    coordinates: list[list[float]]


class PointJson(TypedDict):
    """Longitude and latitude, in that order."""

    type: Literal["Point"]
    coordinates: list[float]
