"""The JSON of a route's timetable and current runs. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Access
from mobilite.http.api.times import InstantJson
from mobilite.realtime.domain.run import State
from mobilite.stops.api.models import RouteJson, StopJson
from mobilite.vehicles.api.models import VehicleJson


class TimetableCallJson(TypedDict):
    """One call of a run in the timetable of its line."""

    stop: Annotated[int, Field(description="Sa place dans `stops`, toujours croissante")]
    arrival: InstantJson
    departure: InstantJson
    predicted: Annotated[
        InstantJson | None,
        Field(description="Le départ annoncé, au dernier arrêt l'arrivée ; null : aucune annonce"),
    ]
    delay: Annotated[int | None, Field(description="Secondes, négatives en avance")]
    state: State
    pickup: Annotated[int, Field(description="pickup_type de GTFS ; 1 : on ne monte pas")]
    drop_off: Annotated[int, Field(description="drop_off_type ; 1 : on ne descend pas")]
    approximate: Annotated[bool, Field(description="L'horaire lui-même est approximatif ici")]


class TimetableRunJson(TypedDict):
    """One run of the timetable of a line: a column of a printed one."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="HH:MM:SS de ce passage d'une course à fréquence")
    ]
    headsign: str
    headway: Annotated[
        bool, Field(description="Course à fréquence : l'intervalle compte, pas l'heure exacte")
    ]
    cancelled: bool
    outside_timetable: Annotated[bool, Field(description="Course que l'horaire ne connaît pas")]
    modified: Annotated[bool, Field(description="Course déviée : voir l'état des arrêts")]
    wheelchair: Access
    first_stop: Annotated[int, Field(description="La place de son premier arrêt dans `stops`")]
    last_stop: Annotated[int, Field(description="Celle de son dernier arrêt")]
    calls: list[TimetableCallJson]


class TimetableJson(TypedDict):
    """The runs of one direction of a line on a service day, at its stops."""

    route: RouteJson
    date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    direction_id: int | None
    stops: Annotated[
        list[StopJson],
        Field(
            description="Les lignes du tableau, dans l'ordre du parcours le plus courant du jour"
        ),
    ]
    runs: Annotated[list[TimetableRunJson], Field(description="Dans l'ordre de leurs heures")]
    next_date: Annotated[
        str | None,
        Field(description="Sans course ce jour-là : le prochain jour avec, dans les deux mois"),
    ]
    feed: CreditJson
    generated_at: InstantJson


class ProgressCallJson(TypedDict):
    """A call that a run has made, or makes next."""

    stop: StopJson
    stop_sequence: int
    scheduled: Annotated[InstantJson, Field(description="Départ ; au dernier arrêt, arrivée")]
    predicted: InstantJson | None
    delay: Annotated[int | None, Field(description="Secondes, négatives en avance")]
    state: State


class CurrentRunJson(TypedDict):
    """A run under way."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: str | None
    direction_id: int | None
    headsign: str
    departure: Annotated[InstantJson, Field(description="Du premier arrêt, comme prévu")]
    status: Annotated[
        Literal["running", "cancelled"],
        Field(description="cancelled : supprimée, elle circulerait en ce moment"),
    ]
    outside_timetable: bool
    previous: Annotated[ProgressCallJson | None, Field(description="Le dernier arrêt quitté")]
    next: Annotated[ProgressCallJson | None, Field(description="Celui où elle est, ou va")]
    vehicle: Annotated[VehicleJson | None, Field(description="Null : aucun de connu")]


class RouteRunsJson(TypedDict):
    """The runs of a line that are under way, by direction, the nearest to its end first."""

    route: RouteJson
    runs: list[CurrentRunJson]
    feed: CreditJson
    generated_at: InstantJson
