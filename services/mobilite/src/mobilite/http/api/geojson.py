"""Geometries of GeoJSON. Docstrings are part of the OpenAPI document.

https://www.rfc-editor.org/rfc/rfc7946#section-3.1
"""

from typing import Literal

from typing_extensions import TypedDict


class PointJson(TypedDict):
    """Longitude and latitude, in that order."""

    type: Literal["Point"]
    coordinates: list[float]
