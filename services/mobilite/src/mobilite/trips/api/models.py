"""The JSON of one run. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Access, Occupancy
from mobilite.http.api.times import InstantJson
from mobilite.realtime.domain.run import State
from mobilite.routes.api.models import WayJson
from mobilite.stops.api.models import RouteJson, StopJson
from mobilite.vehicles.api.models import VehicleJson


class CallTimeJson(TypedDict):
    """An arrival or a departure; `predicted` null: no prediction, which is not "on time"."""

    scheduled: InstantJson
    predicted: InstantJson | None
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
    status: Annotated[
        Literal["upcoming", "running", "completed", "cancelled"],
        Field(description="Où en est la course, d'après ses prévisions et son véhicule"),
    ]
    next_stop_sequence: Annotated[
        int | None, Field(description="L'arrêt où elle est, ou va ; null : après le dernier")
    ]
    cancelled: bool
    estimated: Annotated[
        bool,
        Field(
            description="Ce qui est prédit n'est pas annoncé par l'opérateur, mais estimé ici "
            "d'après la position du véhicule"
        ),
    ]
    outside_timetable: Annotated[bool, Field(description="Course que l'horaire ne connaît pas")]
    modified: Annotated[bool, Field(description="Course déviée : voir l'état des arrêts")]
    wheelchair: Access
    calls: list[CallJson]
    vehicle: Annotated[VehicleJson | None, Field(description="Null : aucun de connu")]
    alerts: Annotated[list[str], Field(description="Identifiants, les plus graves d'abord")]
    feed: CreditJson
    generated_at: InstantJson
    updated_at: Annotated[
        InstantJson | None, Field(description="Du flux qui parle de cette course")
    ]
    age: int | None
    measured_at: InstantJson | None
