"""The plan of a line: its stops in order, with their connections, and its diagram."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portail.domain.line_diagram import DiagramRow, Stroke, diagram_of
from portail.domain.lines import Direction, Line, LineStop
from portail.domain.stops import Route

_LANE: Final = 20
"""Pixels between two lanes."""
_MARGIN: Final = 14
"""Pixels from the edge to the first lane."""
STOP_Y: Final = 22
"""Pixels from the top of a row to its stop."""
_MOST_CONNECTIONS: Final = 8
"""Lines listed at a stop."""
_FEW: Final = 0.95
"""A stop where less than this part of the trips call is marked."""


@dataclass(frozen=True, slots=True)
class StrokeView:
    """A stroke of a row, as SVG coordinates."""

    x1: int
    x2: int
    y1: str
    y2: str


@dataclass(frozen=True, slots=True)
class StopView:
    """A stop of the plan."""

    stop: LineStop
    x: int
    """Where it is drawn, in pixels."""
    strokes: tuple[StrokeView, ...]
    partial: bool
    """Whether only some trips call there."""
    end: bool
    """Whether it is the first or the last stop of its branch."""
    connections: tuple[Route, ...]
    more: int
    """How many connections are not listed."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of one direction."""

    stops: tuple[StopView, ...]
    width: int
    """Of the diagram, in pixels."""


def plan_of(line: Line, direction: Direction) -> PlanView:
    """The plan of a direction of a line."""
    rows = diagram_of(len(direction.stops), [each.stops for each in direction.patterns])
    routes = {route.id: route for route in line.connections}
    lanes = max((_last_lane(row) for row in rows), default=0)
    return PlanView(
        tuple(
            _stop(stop, row, routes, direction.trips)
            for stop, row in zip(direction.stops, rows, strict=True)
        ),
        2 * _MARGIN + lanes * _LANE,
    )


def _stop(stop: LineStop, row: DiagramRow, routes: dict[str, Route], trips: int) -> StopView:
    known = [routes[each] for each in stop.connections if each in routes]
    # A line by rail and by coach, or in two networks, has one number: it is listed once.
    found = list({(each.name, each.color): each for each in reversed(known)}.values())[::-1]
    own = [each for each in row.strokes if row.lane in (each.start, each.end)]
    return StopView(
        stop,
        _x(row.lane),
        tuple(_strokes(row)),
        partial=stop.trips < _FEW * trips,
        end=len({each.upper for each in own}) < 2,
        connections=tuple(found[:_MOST_CONNECTIONS]),
        more=max(0, len(found) - _MOST_CONNECTIONS),
    )


def _strokes(row: DiagramRow) -> Iterator[StrokeView]:
    """The strokes of a row; a straight one through the row is drawn at once."""
    halves = set(row.strokes)
    for each in row.strokes:
        straight = each.start == each.end
        through = straight and Stroke(not each.upper, each.start, each.end) in halves
        if through and not each.upper:
            continue
        top = "0" if each.upper else str(STOP_Y)
        bottom = "100%" if through or not each.upper else str(STOP_Y)
        yield StrokeView(_x(each.start), _x(each.end), top, bottom)


def _last_lane(row: DiagramRow) -> int:
    return max([row.lane, *(max(each.start, each.end) for each in row.strokes)])


def _x(lane: int) -> int:
    return _MARGIN + lane * _LANE
