"""Journeys as JSON. Times are in the zone of the stop, or of the first feed for a point."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from mobilite.alerts.api.rendering import alert_summary_json
from mobilite.alerts.domain.alert import by_severity
from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.route_types import modes_of
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.languages import text_language
from mobilite.http.api.times import LocalTime, local_time
from mobilite.http.domain.cursors import encode_text_cursor
from mobilite.journeys.api.journey_costs import emissions_json, fare_json
from mobilite.journeys.api.journey_texts import JourneyWords, LegMode, journey_message
from mobilite.journeys.api.models import (
    JourneyCallJson,
    JourneyJson,
    JourneyLegJson,
    JourneyListJson,
    JourneyPlaceJson,
    LineStringJson,
)
from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.flows.join_legs import FIRST_VIA
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.ride_details import (
    PlacesOnShapes,
    RideDetails,
    ride_details,
    weakest_access,
)
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import RenderedRoutes, trip_route_json
from mobilite.timetable.domain.timetable import Timetable


class JourneyRenderer:
    """Renders journeys. It caches the JSON of routes, and where stops are on shapes."""

    def __init__(self) -> None:
        self._routes: RenderedRoutes = WeakKeyDictionary()
        self._places: PlacesOnShapes = WeakKeyDictionary()

    def page_json(self, page: JourneyPage, wanted: Sequence[str]) -> JourneyListJson:
        """A page of journeys. `wanted`: the languages of its texts, in order of preference."""
        rendering = _Rendering(page, wanted, self._routes, self._places)
        state, local = page.planning.live, local_time(page.planning.timetables.zone)
        journeys = [rendering.journey(journey) for journey in page.journeys]
        alerts = {each.alert.id: each for ride in rendering.rides for each in ride.alerts}
        ordered = by_severity([each.alert for each in alerts.values()], page.generated_at)
        feeds = dict.fromkeys(ride.feed.feed_id for ride in rendering.rides)
        return {
            "from": rendering.place(page.places[0]),
            "to": rendering.place(page.places[-1]),
            "at": local(page.at),
            "arrive_by": page.request.arrive_by,
            "generated_at": local(page.generated_at),
            "message": journey_message(page, text_language(wanted)),
            "journeys": journeys,
            "alerts": [
                alert_summary_json(alerts[each.id], local, now=page.generated_at, wanted=wanted)
                for each in ordered
            ],
            "feeds": [
                {
                    **credit_json(state, feed_id),
                    "real_time": real_time(state, feed_id, now=page.generated_at).state,
                }
                for feed_id in feeds
            ],
            "walking": {
                "distance": page.planning.timetables.walking.distance,
                "max_walk": page.request.wishes.max_walk,
            },
            "next": page.next,
            "previous": page.previous,
        }


class _Rendering:
    """The rendering of one page."""

    def __init__(
        self,
        page: JourneyPage,
        wanted: Sequence[str],
        routes: RenderedRoutes,
        places: PlacesOnShapes,
    ) -> None:
        self._page, self._routes, self._places = page, routes, places
        self._network = page.planning.timetables.network
        self._zone = page.planning.timetables.zone
        self._words = JourneyWords(text_language(wanted), self._zone)
        self._times: Callable[[ZoneInfo], LocalTime] = cache(local_time)
        self.rides: list[RideDetails] = []
        """Those of all journeys rendered so far."""

    def journey(self, journey: Journey) -> JourneyJson:
        """One journey."""
        rides = [
            ride_details(self._page.planning, leg, self._places, now=self._page.generated_at)
            for leg in journey.legs
            if isinstance(leg, RideLeg)
        ]
        self.rides += rides
        by_leg = {id(ride.leg): ride for ride in rides}
        legs, sentences = list[JourneyLegJson](), [self._words.total(journey)]
        for leg in journey.legs:
            if isinstance(leg, RideLeg):
                ride = by_leg[id(leg)]
                legs.append(self._ride(ride))
                route = legs[-1]["route"]
                sentences.append(
                    self._words.ride(ride, _mode(route), route and route["short_name"])
                )
            else:
                legs.append(self._walk(leg))
                sentences.append(
                    self._words.walk(leg, self._name(leg, "from"), self._name(leg, "to"))
                )
        return {
            "id": _journey_id(legs),
            "departure": legs[0]["departure"],
            "arrival": legs[-1]["arrival"],
            "duration": journey.arrival - journey.departure,
            "transfers": max(0, journey.rides - 1),
            "walk": journey.walk,
            "summary": " ".join(sentences),
            "legs": legs,
            "emissions": emissions_json(journey),
            "wheelchair": weakest_access([ride.access for ride in rides]),
            "fare": fare_json(journey),
        }

    def place(self, place: Place) -> JourneyPlaceJson:
        """A place of the query."""
        if place.found is not None:
            return _stop_json(place.found.schedule.timetable, place.found.stop)
        assert place.point is not None
        lat, lon = place.point
        return {"id": None, "name": None, "lat": lat, "lon": lon, "platform": None}

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
            "distance": None,
            "trip_id": global_id(timetable.feed_id, trip.trip_id),
            "start_date": str(ServiceDate.of_ordinal(leg.run.day)),
            "start_time": None if trip.start is None else format_time(trip.start),
            "route": route,
            "headsign": first.headsign,
            "state": first.state,
            "occupancy": first.occupancy,
            "wheelchair": ride.vehicle_access,
            "stops": [self._call(timetable, call) for call in ride.calls[1:-1]],
            "alerts": [each.alert.id for each in ride.alerts],
            "geometry": _line(ride.path),
        }

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
        local = self._times(self._zone)
        return {
            "mode": "walk",
            "from": start,
            "to": end,
            "departure": local(leg.departure),
            "arrival": local(leg.arrival),
            "scheduled_departure": local(leg.departure),
            "scheduled_arrival": local(leg.arrival),
            "duration": leg.arrival - leg.departure,
            "distance": leg.metres,
            "trip_id": None,
            "start_date": None,
            "start_time": None,
            "route": None,
            "headsign": None,
            "state": None,
            "occupancy": None,
            "wheelchair": None,
            "stops": [],
            "alerts": [],
            "geometry": _line(self._path(start, end)),
        }

    def _path(
        self, start: JourneyPlaceJson, end: JourneyPlaceJson
    ) -> tuple[tuple[float, float], ...]:
        if start["lat"] is None or start["lon"] is None or end["lat"] is None or end["lon"] is None:
            return ()
        walking = self._page.planning.timetables.walking
        path = walking.path((start["lat"], start["lon"]), (end["lat"], end["lon"]))
        return () if path is None else path.shape

    def _end(self, leg: WalkLeg, side: Literal["from", "to"]) -> JourneyPlaceJson:
        stop = leg.from_stop if side == "from" else leg.to_stop
        if stop < 0:
            return self.place(self._page.places[_place_index(stop, side)])
        feed = self._network.feed_of_stop(stop)
        return _stop_json(self._network.feeds[feed], stop - int(self._network.stop_first[feed]))

    def _name(self, leg: WalkLeg, side: Literal["from", "to"]) -> str:
        name, stop = self._end(leg, side)["name"], leg.from_stop if side == "from" else leg.to_stop
        if name is not None:
            return name
        if stop == POINT:
            return self._words.place("origin" if side == "from" else "destination")
        return self._words.place("via")


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


def _mode(route: RouteJson | None) -> LegMode:
    modes = modes_of([None if route is None else route["type"]])
    return modes[0] if modes else "other"


def _line(points: Sequence[tuple[float, float]]) -> LineStringJson | None:
    if len(points) < 2:
        return None
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def _journey_id(legs: Sequence[JourneyLegJson]) -> str:
    """An opaque id, the same while the journey has the same rides between the same stops."""
    rides = [
        f"{leg['trip_id']} {leg['start_date']} {leg['start_time']} {leg['from']['id']} "
        f"{leg['to']['id']}"
        for leg in legs
        if leg["mode"] != "walk"
    ]
    ends = [legs[0]["from"], legs[-1]["to"]]
    on_foot = " ".join(f"{end['id'] or (end['lat'], end['lon'])}" for end in ends)
    return encode_text_cursor("\n".join(rides) or f"{legs[0]['departure']} {on_foot}")
