"""The services of SIRI that are served: from the parameters of a request to its deliveries.

SIRI Lite and SIRI XML both call them, so that they say the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobilite.siri.api.deliveries import Delivery
from mobilite.siri.api.discovery import annotated_lines, annotated_stops, monitored_feeds
from mobilite.siri.api.estimated_timetable import estimated_journey
from mobilite.siri.api.parameters import Parameters
from mobilite.siri.api.situations import INFORMATION, general_message, situation
from mobilite.siri.api.stop_monitoring import monitored_departures
from mobilite.siri.api.vehicle_monitoring import vehicle_activity
from mobilite.siri.flows.discover import discover_lines, discover_stops
from mobilite.siri.flows.estimate_journeys import estimate_journeys
from mobilite.siri.flows.list_situations import list_situations
from mobilite.siri.flows.monitor_stop import (
    MAX_INTERVAL,
    MOST_DEPARTURES,
    DepartureFilter,
    monitor_stop,
)
from mobilite.siri.ports import SiriState
from mobilite.vehicles.flows.list_vehicles import VehicleFilter, list_vehicles
from socle.errors import Refusal

ALL: Final = "ALL"
"""The LineRef of every line."""
CHANNELS: Final = ("Perturbation", INFORMATION, "Commercial")
_DAY: Final = 86_400
_TWO_HOURS: Final = 7_200

Deliver = Callable[[SiriState, Parameters, datetime], Sequence[Delivery]]
"""The deliveries of a request, at least one."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service."""

    request: str
    """The name of its request in XML, which is in ServiceRequest or, of discovery, in Siri."""
    delivery: str
    """The name of its delivery."""
    deliver: Deliver
    is_discovery: bool = False
    """Whether its delivery is in Siri, not in ServiceDelivery."""


def _stop_monitoring(state: SiriState, parameters: Parameters, now: datetime) -> Sequence[Delivery]:
    """A delivery for each MonitoringRef: one that is unknown does not refuse the others."""
    refs = parameters.texts("MonitoringRef")
    wanted = DepartureFilter(
        frozenset(parameters.texts("LineRef")) - {ALL},
        parameters.text("DirectionRef"),
        parameters.number("MaximumStopVisits", 20, low=1, high=MOST_DEPARTURES),
        parameters.number("MinimumStopVisitsPerLine", 0, low=0, high=20),
        parameters.instant("StartTime"),
        parameters.duration("PreviewInterval", MAX_INTERVAL, high=MAX_INTERVAL),
    )
    if (types := parameters.text("StopVisitTypes")) not in (None, "all", "departures"):
        sentence = f"Le paramètre StopVisitTypes ne peut pas être « {types} » : all, departures."
        return [Delivery({}, Refusal("unsupported", sentence))]
    if not refs:
        return [Delivery({}, Refusal("invalid", "Le paramètre MonitoringRef est obligatoire."))]
    return [_monitored_stop(state, ref, wanted, now) for ref in refs]


def _monitored_stop(state: SiriState, ref: str, wanted: DepartureFilter, now: datetime) -> Delivery:
    try:
        found = monitor_stop(state, ref, wanted, now=now)
    except Refusal as refusal:
        return Delivery({}, refusal)
    departures = monitored_departures(found, ref, int(now.timestamp()))
    return Delivery({"MonitoredStopVisit": departures}, more=found.more)


def _estimated_timetable(
    state: SiriState, parameters: Parameters, now: datetime
) -> Sequence[Delivery]:
    lines = frozenset(parameters.texts("LineRef"))
    interval = parameters.duration("PreviewInterval", _TWO_HOURS, high=_DAY)
    found = estimate_journeys(
        state, frozenset() if ALL in lines else lines, now=now, interval=interval
    )
    journeys = [estimated_journey(each, int(now.timestamp())) for each in found.journeys]
    if not journeys:
        return [Delivery({})]
    recorded_at = max(journey["RecordedAtTime"] for journey in journeys)
    frame = {"RecordedAtTime": recorded_at, "EstimatedVehicleJourney": journeys}
    return [Delivery({"EstimatedJourneyVersionFrame": [frame]}, more=found.more)]


def _vehicle_monitoring(
    state: SiriState, parameters: Parameters, now: datetime
) -> Sequence[Delivery]:
    lines = [each for each in parameters.texts("LineRef") if each != ALL]
    refs = {*parameters.texts("VehicleRef"), *parameters.texts("VehicleMonitoringRef")} - {ALL}
    pages = [list_vehicles(state, VehicleFilter(route=line), now=now) for line in lines or (None,)]
    found = {each.id: each for page in pages for each in page.vehicles}
    activities = [
        activity
        for name, each in sorted(found.items())
        if not refs or name in refs
        if (activity := vehicle_activity(each)) is not None
    ]
    return [Delivery({"VehicleActivity": activities})]


def _situation_exchange(
    state: SiriState, parameters: Parameters, now: datetime
) -> Sequence[Delivery]:
    lines = [each for each in parameters.texts("LineRef") if each != ALL]
    stops, instant = parameters.texts("StopPointRef"), int(now.timestamp())
    alerts = list_situations(state, lines=lines, stops=stops, now=instant)
    elements = [situation(each, instant) for each in alerts]
    return [Delivery({"Situations": {"PtSituationElement": elements} if elements else None})]


def _general_message(state: SiriState, parameters: Parameters, now: datetime) -> Sequence[Delivery]:
    channels = parameters.texts("InfoChannelRef")
    if unknown := set(channels) - {*CHANNELS}:
        sentence = f"Le canal « {min(unknown)[:100]} » n'existe pas : {', '.join(CHANNELS)}."
        return [Delivery({}, Refusal("not_found", sentence))]
    lines = [each for each in parameters.texts("LineRef") if each != ALL]
    instant = int(now.timestamp())
    messages = [
        message
        for each in list_situations(
            state, lines=lines, stops=parameters.texts("StopPointRef"), now=instant
        )
        if (message := general_message(each, instant)) is not None
    ]
    wanted = not channels or INFORMATION in channels
    return [Delivery({"GeneralMessage": messages if wanted else []})]


def _lines(state: SiriState, parameters: Parameters, now: datetime) -> Sequence[Delivery]:
    monitored = monitored_feeds(state, int(now.timestamp()))
    routes = discover_lines(state, parameters.text("q"))
    return [Delivery({"AnnotatedLineRef": annotated_lines(routes, monitored)})]


def _stop_points(state: SiriState, parameters: Parameters, now: datetime) -> Sequence[Delivery]:
    monitored = monitored_feeds(state, int(now.timestamp()))
    stops = discover_stops(state, parameters.text("q"), parameters.box("BoundingBox"))
    return [Delivery({"AnnotatedStopPointRef": annotated_stops(stops, monitored)})]


SERVICES: Final[Mapping[str, Service]] = {
    "stop-monitoring": Service("StopMonitoringRequest", "StopMonitoringDelivery", _stop_monitoring),
    "estimated-timetable": Service(
        "EstimatedTimetableRequest", "EstimatedTimetableDelivery", _estimated_timetable
    ),
    "vehicle-monitoring": Service(
        "VehicleMonitoringRequest", "VehicleMonitoringDelivery", _vehicle_monitoring
    ),
    "situation-exchange": Service(
        "SituationExchangeRequest", "SituationExchangeDelivery", _situation_exchange
    ),
    "general-message": Service("GeneralMessageRequest", "GeneralMessageDelivery", _general_message),
    "lines-discovery": Service("LinesRequest", "LinesDelivery", _lines, is_discovery=True),
    "stoppoints-discovery": Service(
        "StopPointsRequest", "StopPointsDelivery", _stop_points, is_discovery=True
    ),
}
"""The services, by their names in SIRI Lite."""


def deliver(
    service: Service, state: SiriState, parameters: Parameters, now: datetime
) -> Sequence[Delivery]:
    """The deliveries of a request; one with its refusal if it cannot be served."""
    try:
        return service.deliver(state, parameters, now)
    except Refusal as refusal:
        return [Delivery({}, refusal)]
