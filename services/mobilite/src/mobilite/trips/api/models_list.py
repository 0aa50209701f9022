"""The JSON of the runs of a day. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson
from mobilite.realtime.domain.run import State
from mobilite.stops.api.models import RouteJson
from mobilite.trips.api.models import CallTimeJson


class TripEndJson(TypedDict):
    """The first or the last call of a run."""

    stop_id: str
    name: str
    time: Annotated[CallTimeJson, Field(description="Départ du premier, arrivée au dernier")]
    state: State


class ListedTripJson(TypedDict):
    """A run in short; `/trips/{trip_id}` has all its calls."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="HH:MM:SS de ce passage d'une course à fréquence")
    ]
    route: RouteJson
    direction_id: int | None
    headsign: str
    first: TripEndJson
    last: TripEndJson
    cancelled: bool
    outside_timetable: Annotated[bool, Field(description="Course que l'horaire ne connaît pas")]
    feed: str


class TripListJson(TypedDict):
    """A page of runs, in the order of their starts."""

    generated_at: InstantJson
    trips: list[ListedTripJson]
    next: Annotated[str | None, Field(description="À passer comme `cursor` ; null : c'est tout")]
