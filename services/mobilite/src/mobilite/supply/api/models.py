"""The JSON of supply. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.supply.domain.day_types import DayType

ServiceTimeJson = Annotated[
    str, Field(description="HH:MM:SS du jour de service ; 25:10:00 : le lendemain à 1 h 10")
]


class SupplyRowJson(TypedDict):
    """L'offre d'une ligne ou d'un réseau, un jour ou un type de jour."""

    feed: str
    route: Annotated[str | None, Field(description="null : tout le réseau")]
    date: Annotated[str, Field(description="Par type de jour : le premier jour qui a cette offre")]
    day_type: DayType
    days: Annotated[int, Field(description="Jours qui ont exactement cette offre")]
    days_of_type: Annotated[int, Field(description="Jours de ce type dans la période")]
    n: Annotated[int, Field(description="Courses dont viennent les chiffres")]
    trips: int
    service_hours: float
    service_km: Annotated[float | None, Field(description="null : inconnus")]
    measured_along: Annotated[
        Literal["shapes", "straight_lines", "both"] | None,
        Field(description="Le long de quoi les kilomètres sont mesurés"),
    ]
    first_departure: ServiceTimeJson | None
    last_departure: ServiceTimeJson | None
    last_arrival: ServiceTimeJson | None
    headways: Annotated[int, Field(description="Intervalles de 7 h à 19 h 30")]
    headway_mean_s: float | None
    headway_median_s: float | None
    headway_peak_s: float | None
    peak_vehicles: int
    stops: int
    routes: int


class MissingSupplyJson(TypedDict):
    """Un réseau dont l'offre n'est pas connue, ou est celle d'un horaire d'avant."""

    feed: str
    reason: str


class SupplyListJson(TypedDict):
    """Une page de l'offre ; `next` est le curseur de la suivante."""

    definition: str
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[SupplyRowJson]
    missing: list[MissingSupplyJson]
    next: str | None


class StopSupplyJson(TypedDict):
    """Les départs d'un arrêt, par type de jour."""

    feed: str
    stop: str
    name: str | None
    day_type: DayType
    days: Annotated[int, Field(description="Jours de ce type dans la période")]
    n: Annotated[int, Field(description="Départs de tous ces jours")]
    departures: Annotated[float, Field(description="En moyenne par jour")]
    first_departure: ServiceTimeJson
    last_departure: ServiceTimeJson


class StopSupplyListJson(TypedDict):
    """Une page d'arrêts, les plus desservis d'abord ; `next` est le curseur de la suivante."""

    definition: str
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[StopSupplyJson]
    missing: list[MissingSupplyJson]
    next: str | None
