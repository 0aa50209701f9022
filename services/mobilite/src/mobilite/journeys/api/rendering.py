"""Pages of journeys as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final
from weakref import WeakKeyDictionary

from mobilite.alerts.api.rendering import alert_summary_json
from mobilite.alerts.domain.alert import by_severity
from mobilite.alerts.flows.list_alerts import ListedAlert
from mobilite.connections.api.rendering import rules_json
from mobilite.emissions.api.method_texts import FACTORS_ADDRESS, METHOD
from mobilite.emissions.domain.emissions import JourneyEmissions, lowest
from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.languages import TextLanguage, text_language
from mobilite.http.api.times import local_time
from mobilite.journeys.api.connection_rendering import ConnectionRenderer, JourneyChanges
from mobilite.journeys.api.journey_costs import emissions_json, fare_json
from mobilite.journeys.api.leg_rendering import LegRenderer, place_json
from mobilite.journeys.api.models import JourneyJson, JourneyListJson
from mobilite.journeys.api.on_demand_leg import on_demand_access
from mobilite.journeys.api.on_demand_service import service_json, service_of
from mobilite.journeys.api.reason_texts import journey_message
from mobilite.journeys.api.way_rendering import drive_access
from mobilite.journeys.domain.journey import (
    CycleLeg,
    DriveLeg,
    Journey,
    Leg,
    OnDemandLeg,
    RideLeg,
    WalkLeg,
)
from mobilite.journeys.flows.followed.journey_reference import encode_journey_id, reference_of
from mobilite.journeys.flows.journey_costs import DetailedLeg, JourneyCosts, Legs
from mobilite.journeys.flows.page_connections import UNOBSERVED, ConnectedPage, PageConnections
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.reasons import Reason, reasons_of
from mobilite.journeys.flows.ride_details import (
    AlongShapes,
    RideDetails,
    ride_details,
    weakest_access,
)
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.stops.api.rendering import RenderedRoutes

_ALERT_AGE: Final = {"age": None}


class JourneyRenderer:
    """Renders journeys. It caches the JSON of routes, and where stops are on shapes."""

    def __init__(self, costs: JourneyCosts, connections: PageConnections = UNOBSERVED) -> None:
        self._costs, self._connections = costs, connections
        self._routes: RenderedRoutes = WeakKeyDictionary()
        self._along: AlongShapes = WeakKeyDictionary()

    def page_json(self, page: JourneyPage, wanted: Sequence[str]) -> JourneyListJson:
        """A page of journeys. `wanted`: the languages of its texts, in order of preference."""
        connected = self._connections.of(page)
        page = connected.page
        state, local = page.planning.live, local_time(page.planning.timetables.zone)
        language, service = text_language(wanted), service_of(page)
        render = LegRenderer(page, language, self._routes)
        detailed = [[self._details(page, leg) for leg in each.legs] for each in page.journeys]
        alerts = {each.alert.id: each for each in _alerts(detailed, render)}
        ordered = by_severity([each.alert for each in alerts.values()], page.generated_at)
        return {
            "from": place_json(page.places[0]),
            "to": place_json(page.places[-1]),
            "at": local(page.at),
            "arrive_by": page.request.arrive_by,
            "generated_at": local(page.generated_at),
            "message": journey_message(page, service, language),
            "on_demand": service_json(page, service, language),
            "journeys": self._journeys(connected, detailed, render, language),
            "alerts": [
                alert_summary_json(alerts[each.id], local, now=page.generated_at, wanted=wanted)
                for each in ordered
            ],
            "feeds": [
                {
                    **credit_json(state, feed_id),
                    "real_time": real_time(state, feed_id, now=page.generated_at).state,
                }
                for feed_id in _feeds(page)
            ],
            "walking": {
                "distance": render.walking.distance,
                "max_walk": page.request.wishes.max_walk,
            },
            "connections": rules_json(self._connections.rules),
            "emissions": {"method": METHOD[language], "factors": FACTORS_ADDRESS},
            "next": page.next,
            "previous": page.previous,
        }

    def _details(self, page: JourneyPage, leg: Leg) -> DetailedLeg:
        if not isinstance(leg, RideLeg):
            return leg
        return ride_details(page.planning, leg, self._along, now=page.generated_at)

    def _journeys(
        self,
        connected: ConnectedPage,
        detailed: Sequence[Legs],
        render: LegRenderer,
        language: TextLanguage,
    ) -> list[JourneyJson]:
        page = connected.page
        changes = ConnectionRenderer(page, language)
        emissions = [self._costs.emissions(legs) for legs in detailed]
        least = lowest([each.total for each in emissions])
        reasons = reasons_of(connected, least)
        fares = [fare_json(self._costs.fare(page.planning, legs), language) for legs in detailed]
        columns = (page.journeys, detailed, connected.connections, emissions, reasons, fares)
        return [
            {**_journey(page, journey, legs, render, changes.of(known), emitted, why), "fare": fare}
            for journey, legs, known, emitted, why, fare in zip(*columns, strict=True)
        ]


def without_ages(content: Any) -> Any:
    """What identifies a page: without the instants that change every second."""
    alerts = [{**each, **_ALERT_AGE} for each in content["alerts"]]
    return {**content, "alerts": alerts, "generated_at": None, "at": None}


def _feeds(page: JourneyPage) -> Iterable[FeedId]:
    """The feeds of the rides, each once, in their order."""
    feeds = page.planning.timetables.network.feeds
    rides = [leg for each in page.journeys for leg in each.legs]
    return dict.fromkeys(
        feeds[leg.feed].feed_id for leg in rides if isinstance(leg, RideLeg | OnDemandLeg)
    )


def _alerts(detailed: Sequence[Legs], render: LegRenderer) -> Iterator[ListedAlert]:
    """The alerts that affect a leg."""
    for leg in chain.from_iterable(detailed):
        if isinstance(leg, RideDetails):
            yield from leg.alerts
        elif isinstance(leg, WalkLeg):
            yield from render.walk_details(leg).alerts


def _journey(
    page: JourneyPage,
    journey: Journey,
    detailed: Legs,
    render: LegRenderer,
    changes: JourneyChanges,
    emitted: JourneyEmissions,
    reasons: list[Reason],
) -> JourneyJson:
    """A journey, but for its fare."""
    rendered = [changes(index, *render.leg(leg)) for index, leg in enumerate(detailed)]
    legs = [leg for leg, _ in rendered]
    sentences = [render.words.total(journey), *(sentence for _, sentence in rendered)]
    return {
        "id": encode_journey_id(reference_of(page, detailed, journey.departure)),
        "departure": legs[0]["departure"],
        "arrival": legs[-1]["arrival"],
        "duration": journey.arrival - journey.departure,
        "transfers": max(0, journey.rides - 1),
        "walk": journey.walk,
        "summary": " ".join(sentences),
        "legs": legs,
        "emissions": emissions_json(emitted),
        "wheelchair": _weakest(_access(leg, render) for leg in detailed),
        "wheelchair_without_alerts": _weakest(
            leg.usual_access if isinstance(leg, RideDetails) else _access(leg, render)
            for leg in detailed
        ),
        "fare": None,
        "reasons": reasons,
    }


def _weakest(parts: Iterable[Access | None]) -> Access:
    return weakest_access([access for access in parts if access is not None])


def _access(leg: DetailedLeg, render: LegRenderer) -> Access | None:
    """Whether a leg is accessible by wheelchair; None on foot outside stations with pathways."""
    if isinstance(leg, WalkLeg):
        return render.walk_details(leg).access
    if isinstance(leg, CycleLeg):
        return "no"
    if isinstance(leg, DriveLeg):
        return drive_access(leg)
    return on_demand_access(leg) if isinstance(leg, OnDemandLeg) else leg.access
