"""What an alert affects: operators, modes, lines, stops, journeys."""

from collections.abc import Mapping
from typing import Any, Final

from mobilite.alerts.domain.alert import Selector, TripSelector
from mobilite.alerts.flows.list_alerts import ListedAlert
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.gtfs.domain.route_types import Mode, modes_of
from mobilite.siri.api.tree import Element, Ref
from mobilite.timetable.domain.agencies import agency_id

_MODES: Final[Mapping[Mode, str]] = {
    "rail": "rail",
    "subway": "metro",
    "tram": "tram",
    "coach": "coach",
    "bus": "bus",
    "trolleybus": "trolleyBus",
    "ferry": "water",
    "air": "air",
    "funicular": "funicular",
    "taxi": "taxi",
}
"""VehicleModesOfTransportEnumeration; other modes are not written."""


def affected(alert: ListedAlert) -> Element:
    """The Affects of a situation: what each selector selects. An alert without selectors affects
    its operators."""
    feed_id, found = alert.alert.feed_id, _Affected()
    for selector in alert.alert.selectors or (Selector(),):
        _add(found, selector, alert, feed_id)
    return {
        "Operators": {"AffectedOperator": found.operators} if found.operators else None,
        "Networks": {"AffectedNetwork": found.networks} if found.networks else None,
        "StopPoints": {"AffectedStopPoint": found.stops} if found.stops else None,
        "VehicleJourneys": ({"AffectedVehicleJourney": found.journeys} if found.journeys else None),
    }


def affected_refs(alert: ListedAlert) -> Element:
    """The lines and stops that an alert names."""
    feed_id, selectors = alert.alert.feed_id, alert.alert.selectors
    lines = dict.fromkeys(each.route_id for each in selectors if each.route_id)
    stops = dict.fromkeys(each.stop_id for each in selectors if each.stop_id)
    return {
        "LineRef": [Ref(global_id(feed_id, each)) for each in lines],
        "StopPointRef": [Ref(global_id(feed_id, each)) for each in stops],
    }


class _Affected:
    def __init__(self) -> None:
        self.operators: list[Element] = []
        self.networks: list[Element] = []
        self.stops: list[Element] = []
        self.journeys: list[Element] = []


def _add(found: _Affected, selector: Selector, alert: ListedAlert, feed_id: FeedId) -> None:
    """Add the most precise thing that a selector names: all its conditions must hold."""
    stop = _stops(feed_id, selector.stop_id)
    trip, route_id = selector.trip, selector.route_id
    if trip is not None and trip.trip_id:
        found.journeys.append(_journey(feed_id, trip, stop))
        return
    if trip is not None and route_id is None:
        route_id = trip.route_id
    if route_id is not None:
        direction = selector.direction_id
        if direction is None and trip is not None:
            direction = trip.direction_id
        line: dict[str, Any] = {"LineRef": Ref(global_id(feed_id, route_id))}
        if direction is not None:
            line["Direction"] = {"DirectionRef": Ref(str(direction))}
        line["StopPoints"] = {"AffectedStopPoint": stop} if stop else None
        found.networks.append({"AffectedLine": [line]})
    elif stop:
        found.stops += stop
    else:
        _add_operators(found, selector, alert, feed_id)


def _add_operators(
    found: _Affected, selector: Selector, alert: ListedAlert, feed_id: FeedId
) -> None:
    """An agency, all agencies of the feed, or all their lines of a mode."""
    schedule, names = alert.index.schedule, [selector.agency_id]
    if selector.agency_id is None and schedule is not None:
        timetable = schedule.timetable
        names = [agency_id(timetable, row) for row in range(len(timetable.agency_ids))]
    operators: list[Element] = [
        {"OperatorRef": Ref(global_id(feed_id, each))} for each in names if each
    ]
    if selector.route_type is None:
        found.operators += operators
        return
    mode = next(map(_MODES.get, modes_of([selector.route_type])), None)
    found.networks.append({"AffectedOperator": operators, "VehicleMode": mode, "AllLines": Ref("")})


def _stops(feed_id: FeedId, stop_id: str | None) -> list[Element]:
    return [{"StopPointRef": Ref(global_id(feed_id, stop_id))}] if stop_id else []


def _journey(feed_id: FeedId, trip: TripSelector, stops: list[Element]) -> Element:
    """A trip, on one day if the selector gives it, at some stops only if it gives these."""
    start = "" if trip.start_time is None else f":{format_time(trip.start_time)}"
    code = f"{global_id(feed_id, trip.trip_id or '')}{start}"
    line = None if trip.route_id is None else Ref(global_id(feed_id, trip.route_id))
    if trip.start_date is None:
        named: Element = {"VehicleJourneyRef": Ref(code)}
    else:
        day = trip.start_date.day.isoformat()
        named = {
            "FramedVehicleJourneyRef": {"DataFrameRef": Ref(day), "DatedVehicleJourneyRef": code}
        }
    return {**named, "LineRef": line, "Calls": {"Call": stops} if stops else None}
