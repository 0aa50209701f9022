"""A journey as GeoJSON, for its map."""

from collections.abc import Iterator

from portail.api import words
from portail.api.geojson import Feature, PointType, line_feature, point_feature
from portail.api.pages.itineraires.steps import StepView, StopView
from portail.api.pages.itineraires.view import JourneyView
from portail.domain.colours import colour_or_plain
from portail.domain.journeys import JourneyPlace, Leg


def journey_features(view: JourneyView) -> Iterator[Feature]:
    """A feature for each leg, and one for each place where people board, alight or pass."""
    yield from _legs(view)
    yield from _passed(view)
    yield from _places(view)


def _steps(view: JourneyView) -> Iterator[StepView]:
    for stop in view.stops:
        yield from (step for step in (stop.change, stop.step) if step is not None)


def _legs(view: JourneyView) -> Iterator[Feature]:
    for step in _steps(view):
        line, route = _line(step.leg), step.leg.route
        if line:
            color = None if route is None else colour_or_plain(route.color)
            yield line_feature(line, kind=_leg_type(step.leg), color=color)


def _leg_type(leg: Leg) -> str:
    if leg.cycled:
        return "bicycle"
    return leg.mode if leg.mode in ("walk", "car") else "ride"


def _passed(view: JourneyView) -> Iterator[Feature]:
    for step in _steps(view):
        for place in step.passed_stops:
            yield from _point(place, "stop", place.name, None, None)


def _places(view: JourneyView) -> Iterator[Feature]:
    last = len(view.stops) - 1
    for index, stop in enumerate(view.stops):
        place = view.journey.legs[-1].end if stop.step is None else stop.step.leg.start
        point_type: PointType = "start" if index == 0 else "end" if index == last else "change"
        yield from _point(place, point_type, stop.name, stop.board, _times(stop))


def _point(
    place: JourneyPlace,
    point_type: PointType,
    name: str | None,
    address: str | None,
    detail: str | None,
) -> Iterator[Feature]:
    """A place, if it has coordinates."""
    if place.lat is None or place.lon is None:
        return
    yield point_feature(place.lon, place.lat, point_type, name, address=address, detail=detail)


def _times(stop: StopView) -> str:
    """« 08:12 → 08:20 »."""
    known = [each for each in (stop.arrival, stop.departure) if each is not None]
    return " → ".join(dict.fromkeys(map(words.clock, known)))


def _line(leg: Leg) -> list[list[float]]:
    """The positions of a leg: its shape, else the straight line; empty if neither is known."""
    if leg.geometry is not None and len(leg.geometry.coordinates) > 1:
        return [[*position] for position in leg.geometry.coordinates]
    ends = [each for each in (_position(leg.start), _position(leg.end)) if each is not None]
    return ends if len(ends) == 2 else []


def _position(place: JourneyPlace) -> list[float] | None:
    return None if place.lat is None or place.lon is None else [place.lon, place.lat]
