"""Disruptions by moment, means of transport, place and line."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from portail.domain.alerts import Alert, Named
from portail.domain.modes import RouteMode, mode_of
from portail.domain.stops import FoundStop, Route

Moment = Literal["now", "today", "soon"]
Mode = Literal["train", "metro", "tram", "bus", "car", "velo"]
MODES: Final[tuple[Mode, ...]] = ("train", "metro", "tram", "bus", "car", "velo")

_MODES: Final[Mapping[RouteMode, Mode]] = {
    "train": "train",
    "metro": "metro",
    "tram": "tram",
    "bus": "bus",
    "demande": "bus",
    "car": "car",
}


def choice_of(route_type: int | None) -> Mode | None:
    """The means of transport to choose for a route_type; None for the others, such as boats."""
    return _MODES.get(mode_of(route_type))


def moment_of(alert: Alert, now: datetime) -> Moment:
    """When an alert concerns travellers first. `now`: in the time zone of its network."""
    if alert.active:
        return "now"
    start = alert.period.start
    today = start is not None and start.astimezone(now.tzinfo).date() <= now.date()
    return "today" if today else "soon"


def lines_of(alert: Alert) -> tuple[Named, ...]:
    """The lines that an alert names, each once."""
    return tuple({each.id: each for each in _routes(alert)}.values())


def is_of_mode(alert: Alert, mode: Mode, routes: Mapping[str, Route]) -> bool:
    """Whether an alert is about a means of transport. `routes`: those of its network, by id. An
    alert that names no line or type is about all those of its network."""
    types = [each.route_type for each in alert.informed if each.route_type is not None]
    named = [routes[each.id].type for each in _routes(alert) if each.id in routes]
    if not (types or named):
        named = [route.type for key, route in routes.items() if _feed(key) == alert.feed]
    return mode in {choice_of(each) for each in (*types, *named)}


def is_near(alert: Alert, stops: Collection[FoundStop]) -> bool:
    """Whether an alert concerns one of these stops: itself, its station or one of its lines; or all
    of its network."""
    ids = {each.id for each in stops} | {each.station for each in stops if each.station}
    lines = {route.id for each in stops for route in each.routes or ()}
    types = {
        choice_of(route.type)
        for each in stops
        for route in each.routes or ()
        if _feed(route.id) == alert.feed
    }
    if not alert.informed:
        return bool(types)
    for each in alert.informed:
        if each.stop is not None:
            matches = each.stop.id in ids
        elif each.route is not None:
            matches = each.route.id in lines
        elif each.trip is not None:
            matches = False
        else:
            entire = each.route_type is None
            matches = bool(types) if entire else choice_of(each.route_type) in types
        if matches:
            return True
    return False


def _routes(alert: Alert) -> Iterable[Named]:
    return (each.route for each in alert.informed if each.route is not None)


def _feed(public_id: str) -> str:
    return public_id.partition(":")[0]
