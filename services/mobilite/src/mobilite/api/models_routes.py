"""What the API answers on lines and on the runs of their trips, field by field."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.api.models import CreditJson, Instant, RouteJson, StopJson
from mobilite.api.models_vehicles import VehicleJson
from mobilite.domain.run import State
from mobilite.domain.trip_update import Access, Occupancy


class AgencyJson(TypedDict):
    """Who runs a line."""

    id: str
    name: str
    url: str | None


class ListedRouteJson(RouteJson):
    """A line of the list."""

    agency: AgencyJson | None
    feed: str


class RouteListJson(TypedDict):
    """A page of lines; `next` is the cursor of the next page, null on the last."""

    routes: list[ListedRouteJson]
    next: str | None


class LineStringJson(TypedDict):
    """A line on a map: longitudes and latitudes. https://www.rfc-editor.org/rfc/rfc7946"""

    type: Literal["LineString"]
    coordinates: list[list[float]]


class WayJson(TypedDict):
    """The way of a trip."""

    shape: LineStringJson | None
    shape_source: Annotated[
        Literal["shape", "stops"] | None,
        Field(description="shape : le tracé de l'opérateur ; stops : tout droit d'arrêt en arrêt"),
    ]


class RouteStopJson(StopJson):
    """A stop of a line; `trips` of the direction's trips call there."""

    trips: int


class DirectionJson(WayJson):
    """One direction of a line, all days together."""

    direction_id: int | None
    headsigns: Annotated[list[str], Field(description="Les plus courantes d'abord")]
    trips: Annotated[int, Field(description="Courses, tous jours confondus")]
    stops: Annotated[
        list[RouteStopJson],
        Field(description="Dans l'ordre du parcours le plus courant, les autres insérés"),
    ]


class RouteDetailJson(ListedRouteJson):
    """A line, its directions, and the ids of the alerts about it, the worst first."""

    directions: list[DirectionJson]
    alerts: list[str]


class CallTimeJson(TypedDict):
    """An arrival or a departure; `predicted` null: nothing is told, which is not "on time"."""

    scheduled: Instant
    predicted: Instant | None
    delay: Annotated[int | None, Field(description="Secondes, négatives en avance")]


class CallJson(TypedDict):
    """One call of a run."""

    stop: StopJson
    stop_sequence: int
    scheduled_stop_id: Annotated[
        str | None, Field(description="Le quai prévu, quand un autre est servi")
    ]
    arrival: CallTimeJson
    departure: CallTimeJson
    state: State
    headsign: str
    pickup: Annotated[int, Field(description="pickup_type de GTFS ; 1 : on ne monte pas")]
    drop_off: Annotated[int, Field(description="drop_off_type ; 1 : on ne descend pas")]
    occupancy: Occupancy | None


class TripJson(WayJson):
    """One run of a trip, on one day."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: str | None
    route: RouteJson
    direction_id: int | None
    headsign: str
    cancelled: bool
    outside_timetable: Annotated[bool, Field(description="Course que l'horaire ne connaît pas")]
    wheelchair: Access
    calls: list[CallJson]
    vehicle: Annotated[VehicleJson | None, Field(description="Null : aucun de connu")]
    alerts: Annotated[list[str], Field(description="Identifiants, les plus graves d'abord")]
    feed: CreditJson
    generated_at: Instant
    updated_at: Annotated[Instant | None, Field(description="Du flux qui parle de cette course")]
    age: int | None
    measured_at: Instant | None
