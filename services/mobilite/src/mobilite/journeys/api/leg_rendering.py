"""The legs of journeys as JSON. Times are in the zone of the stop, or of the first feed for a
point."""

from collections.abc import Callable
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.route_types import modes_of
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import LocalTime, local_time
from mobilite.journeys.api.journey_texts import JourneyWords, LegMode
from mobilite.journeys.api.models import (
    JourneyCallJson,
    JourneyLegJson,
    JourneyPlaceJson,
)
from mobilite.journeys.api.on_demand_leg import on_demand_json
from mobilite.journeys.api.station_steps import along_steps, steps_json
from mobilite.journeys.api.way_rendering import (
    cycle_json,
    drive_json,
    line_json,
    spot_json,
    way_json,
)
from mobilite.journeys.domain.journey import POINT, CycleLeg, DriveLeg, OnDemandLeg, WalkLeg
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.journey_costs import DetailedLeg
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.ride_details import RideDetails
from mobilite.journeys.flows.stations.station_walking import Degrees
from mobilite.journeys.flows.stations.walk_details import WalkDetails, walk_details
from mobilite.journeys.flows.via.join_legs import FIRST_VIA
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import RenderedRoutes, route_json, trip_route_json
from mobilite.timetable.domain.timetable import Timetable

Way = WalkLeg | CycleLeg | DriveLeg | OnDemandLeg
"""A leg without a timetable."""


class LegRenderer:
    """Renders the legs of one page of journeys, each with its sentence."""

    def __init__(self, page: JourneyPage, language: TextLanguage, routes: RenderedRoutes) -> None:
        self._page, self._routes, self._language = page, routes, language
        self._network = page.planning.timetables.network
        self._zone = page.planning.timetables.zone
        wheelchair = page.request.wishes.wheelchair
        self.walking = page.planning.timetables.walking(wheelchair=wheelchair).anywhere
        self.words = JourneyWords(language, self._zone)
        self._walks: dict[WalkLeg, WalkDetails] = {}
        self._times: Callable[[ZoneInfo], LocalTime] = cache(local_time)

    def leg(self, leg: DetailedLeg) -> tuple[JourneyLegJson, str]:
        """A leg, and the sentence of it."""
        if isinstance(leg, RideDetails):
            content = self._ride(leg)
            route = content["route"]
            return content, self.words.ride(leg, _mode(route), route and route["short_name"])
        names = self._name(leg, "from"), self._name(leg, "to")
        if isinstance(leg, OnDemandLeg):
            content = self._on_demand(leg)
            route, booking = content["route"], content["booking"]
            line = None if route is None else route["short_name"]
            text = "" if booking is None else booking["text"]
            return content, self.words.on_demand(leg, *names, line, text)
        ends = self._end(leg, "from"), self._end(leg, "to")
        if isinstance(leg, DriveLeg):
            return drive_json(leg, *ends, self._zone), self.words.drive(leg, *names)
        if isinstance(leg, CycleLeg):
            return cycle_json(leg, *ends, self._zone), self.words.cycle(leg, *names)
        content = self._walk(leg)
        sentence = self.words.walk(leg, *names)
        return content, along_steps(sentence, content["steps"], self._language)

    def walk_details(self, leg: WalkLeg) -> WalkDetails:
        """What is known of a way on foot."""
        if leg not in self._walks:
            ends = (self._end(leg, "from"), self._end(leg, "to"))
            self._walks[leg] = walk_details(
                self._page.planning,
                leg,
                *(_degrees(end) for end in ends),
                wheelchair=self._page.request.wishes.wheelchair,
                speed=self._page.request.wishes.walk_speed,
            )
        return self._walks[leg]

    def _ride(self, ride: RideDetails) -> JourneyLegJson:
        timetable, leg, trip = ride.schedule.timetable, ride.leg, ride.trip
        first, last = ride.calls[0], ride.calls[-1]
        boarding, alighting = (
            self._times(timetable.local_zone(call.stop)) for call in (first, last)
        )
        route = trip_route_json(timetable, trip, self._routes.setdefault(ride.schedule, {}))
        return {
            "mode": _mode(route),
            "from": _stop_json(timetable, first.stop),
            "to": _stop_json(timetable, last.stop),
            "departure": boarding(leg.departure),
            "arrival": alighting(leg.arrival),
            "scheduled_departure": boarding(first.departure),
            "scheduled_arrival": alighting(last.arrival),
            "duration": leg.arrival - leg.departure,
            "distance": None if ride.metres is None else round(ride.metres),
            "trip_id": global_id(timetable.feed_id, trip.trip_id),
            "start_date": str(ServiceDate.of_ordinal(leg.run.day)),
            "start_time": None if trip.start is None else format_time(trip.start),
            "route": route,
            "headsign": first.headsign,
            "state": first.state,
            "occupancy": first.occupancy,
            "wheelchair": ride.vehicle_access,
            "steps": [],
            "stops": [self._call(timetable, call) for call in ride.calls[1:-1]],
            "alerts": [each.alert.id for each in ride.alerts],
            "geometry": line_json(ride.path),
            "on_streets": None,
            "stay_seated": leg.stays_seated,
            "booking": None,
            "rental": None,
            "parking": None,
            "connection": None,
        }

    def _on_demand(self, leg: OnDemandLeg) -> JourneyLegJson:
        trips, ends = leg.ride.trips, (self._end(leg, "from"), self._end(leg, "to"))
        route = route_json(trips.timetable, leg.ride.trip.route)
        return on_demand_json(leg, *ends, route, trips.zone_of(leg.ride.trip), self._language)

    def _call(self, timetable: Timetable, call: RunCall) -> JourneyCallJson:
        local = self._times(timetable.local_zone(call.stop))
        arrival, departure = call.predicted_arrival, call.predicted_departure
        return {
            **_stop_json(timetable, call.stop),
            "arrival": local(call.arrival if arrival is None else arrival),
            "departure": local(call.departure if departure is None else departure),
            "scheduled_arrival": local(call.arrival),
            "scheduled_departure": local(call.departure),
            "state": call.state,
        }

    def _walk(self, leg: WalkLeg) -> JourneyLegJson:
        start, end = self._end(leg, "from"), self._end(leg, "to")
        details = self.walk_details(leg)
        path = details.path
        # Around a rental station the way is straight, and the path no part of it.
        straight = any(spot and not spot.on_streets for spot in (leg.start, leg.end))
        on_streets = path is not None and path.on_streets and not straight
        shape = None if path is None else line_json(path.shape)
        way = way_json("walk", leg, (start, end), self._zone, shape, on_streets=on_streets)
        return {
            **way,
            "wheelchair": details.access,
            "steps": steps_json(self._network.feeds, details.parts, self._language),
            "alerts": [each.alert.id for each in details.alerts],
        }

    def _end(self, leg: Way, side: Literal["from", "to"]) -> JourneyPlaceJson:
        if not isinstance(leg, OnDemandLeg):
            spot = leg.start if side == "from" else leg.end
            if spot is not None:
                return spot_json(spot)
        stop = leg.from_stop if side == "from" else leg.to_stop
        if stop < 0:
            return place_json(self._page.places[_place_index(stop, side)])
        return stop_json(self._network, stop)

    def _name(self, leg: Way, side: Literal["from", "to"]) -> str:
        name, stop = self._end(leg, side)["name"], leg.from_stop if side == "from" else leg.to_stop
        if name is not None:
            return name
        if stop == POINT:
            return self.words.place("origin" if side == "from" else "destination")
        return self.words.place("via")


def stop_json(network: JourneyNetwork, stop: int) -> JourneyPlaceJson:
    """A stop, by its number in the network."""
    feed = network.feed_of_stop(stop)
    return _stop_json(network.feeds[feed], stop - int(network.stop_first[feed]))


def place_json(place: Place) -> JourneyPlaceJson:
    """A place of a query."""
    lat, lon = (None, None) if place.point is None else place.point
    return {
        "id": place.id,
        "name": place.name,
        "lat": lat if lat is None else round(lat, 6),
        "lon": lon if lon is None else round(lon, 6),
        "platform": place.platform,
    }


def _place_index(stop: int, side: Literal["from", "to"]) -> int:
    """The index of the place that a stop number below 0 stands for."""
    if stop == POINT:
        return 0 if side == "from" else -1
    return 1 + FIRST_VIA - stop


def _stop_json(timetable: Timetable, stop: int) -> JourneyPlaceJson:
    lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
    known = lat == lat  # NaN is not equal to itself
    return {
        "id": global_id(timetable.feed_id, timetable.stop_ids[stop]),
        "name": timetable.stop_names[stop],
        "lat": round(lat, 6) if known else None,
        "lon": round(lon, 6) if known else None,
        "platform": timetable.stop_platform[stop] or None,
    }


def _degrees(end: JourneyPlaceJson) -> Degrees | None:
    return None if end["lat"] is None or end["lon"] is None else (end["lat"], end["lon"])


def _mode(route: RouteJson | None) -> LegMode:
    modes = modes_of([None if route is None else route["type"]])
    return modes[0] if modes else "other"
