"""A line as GeoJSON, for its map."""

from collections.abc import Iterator

from portail.api.geojson import Feature, line_feature, point_feature
from portail.api.rendering import segment
from portail.domain.colours import colour_or_plain
from portail.domain.lines import Direction, Line, LineStop
from socle.pages import typeset


def line_features(line: Line) -> Iterator[Feature]:
    """The way of each direction, and the stops of all."""
    for direction in line.directions:
        if direction.shape is not None and len(direction.shape.coordinates) > 1:
            color = colour_or_plain(line.color)
            yield line_feature(direction.shape.coordinates, kind="ride", color=color)
    for stop in {stop.station or stop.id: stop for stop in _stops(line)}.values():
        yield from _stop(stop, _ends(line.directions))


def _stops(line: Line) -> Iterator[LineStop]:
    for direction in line.directions:
        yield from direction.stops


def _ends(directions: tuple[Direction, ...]) -> frozenset[str]:
    """The ids of the first and last stop of each direction."""
    return frozenset(
        stop.id for each in directions if each.stops for stop in (each.stops[0], each.stops[-1])
    )


def _stop(stop: LineStop, ends: frozenset[str]) -> Iterator[Feature]:
    """A stop, if it has a place."""
    if stop.lat is not None and stop.lon is not None:
        yield point_feature(
            stop.lon,
            stop.lat,
            "change" if stop.id in ends else "stop",
            typeset(stop.name),
            address=f"/arrets/{segment(stop.station or stop.id)}",
        )
