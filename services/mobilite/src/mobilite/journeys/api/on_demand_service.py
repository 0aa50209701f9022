"""The rides on demand that serve a place without a stop, when they lead to no journey, as JSON."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import InstantJson, local_time
from mobilite.journeys.flows.on_demand_ends import PlaceService, find_service
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.on_demand.api.bookings import BookingJson, booking_json
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import route_json


class OnDemandServiceJson(TypedDict):
    """The next ride on demand from a place, or to it."""

    route: RouteJson
    agency: str | None
    departure: Annotated[
        InstantJson, Field(description="Le premier départ que l'on peut encore réserver")
    ]
    booking: BookingJson


def service_of(page: JourneyPage) -> PlaceService | None:
    """The rides on demand that serve the place without a stop of a page without journeys; None if
    there are none, or the traveller accepts none."""
    wishes = page.request.wishes
    if page.reason != "no_stop" or page.lonely is None or page.request.via or not wishes.on_demand:
        return None
    place, leaving = page.places[page.lonely], page.lonely == 0
    now = page.generated_at
    return find_service(page.planning, wishes, place, page.at, leaving=leaving, now=now)


def service_json(
    page: JourneyPage, service: PlaceService | None, language: TextLanguage
) -> OnDemandServiceJson | None:
    """The next ride; None if none is known."""
    if service is None or service.next is None:
        return None
    zone, (ride, first) = page.planning.timetables.zone, service.next
    timetable, route = ride.trips.timetable, ride.trip.route
    agency = timetable.agency_names[max(int(timetable.route_agency[route]), 0)]
    return {
        "route": route_json(timetable, route),
        "agency": agency or None,
        "departure": local_time(zone)(first),
        "booking": booking_json(ride, first, zone, language),
    }
