"""Query parameters, parsed at the door: each says in one sentence what it accepts."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from mobilite.domain.packing.clock_times import seconds_of
from mobilite.domain.places import Box
from mobilite.domain.service_date import ServiceDate

DEPARTURES_LIMIT: Final = 100
STOPS_LIMIT: Final = 100
ALERTS_LIMIT: Final = 100
ROUTES_LIMIT: Final = 500
LAST_ROUTE_TYPE: Final = 1799
RENTAL_LIMIT: Final = 500
VEHICLES_LIMIT: Final = 500
MAP_LIMIT: Final = 5000
RADIUS_LIMIT: Final = 5000
LONGEST_NAME: Final = 200

_LOST_PLUS: Final = re.compile(r" (\d\d:?\d\d)$")
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def _whole(low: int, high: int) -> BeforeValidator:
    def parse(text: Any) -> int:
        try:
            number = int(str(text)) if len(str(text)) <= 20 else None
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise ValueError(f"un entier de {low} à {high} est attendu")
        return number

    return BeforeValidator(parse)


def _number(low: float, high: float, what: str) -> BeforeValidator:
    def parse(text: Any) -> float:
        try:
            number = float(str(text))
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise ValueError(f"{what} de {low:g} à {high:g} est attendu")
        return number

    return BeforeValidator(parse)


def _instant(text: Any) -> datetime:
    # In a query a bare "+" is a blank: take "…T08:00:00 02:00" for what it was meant to be.
    try:
        instant = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", str(text)))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(
            "un instant RFC 3339 avec son décalage horaire est attendu (2026-03-29T08:30:00+02:00)"
        )
    # Compared by its fields first: an instant at the very edge of dates has no UTC.
    if not 1990 < instant.year < 2100 or not _EARLIEST <= instant <= _LATEST:
        raise ValueError("un instant entre 1991 et 2099 est attendu")
    return instant


def _name(text: Any) -> str:
    if len(str(text)) > LONGEST_NAME:
        raise ValueError(f"au plus {LONGEST_NAME} caractères sont acceptés")
    return str(text)


def _box(text: Any) -> Box:
    # FastAPI takes a tuple for a parameter that is repeated, and hands over a list of texts.
    if isinstance(text, list):
        text = ",".join(text)
    try:
        west, south, east, north = (float(part) for part in str(text)[:200].split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(
            "quatre nombres séparés par des virgules sont attendus : ouest,sud,est,nord "
            "(1.8,47.8,2.0,48.0)"
        )
    return west, south, east, north


def _day(text: Any) -> date:
    parsed = ServiceDate.parse(str(text))
    if parsed is None:
        raise ValueError("un jour AAAAMMJJ est attendu (20260329)")
    return parsed.day


def _start_time(text: Any) -> int:
    seconds = seconds_of(str(text)[:20])
    if seconds < 0:
        raise ValueError("une heure HH:MM:SS est attendue (25:10:00)")
    return seconds


def one_of(values: Sequence[str]) -> BeforeValidator:
    """Let only those words through."""

    def parse(text: Any) -> str:
        if text not in values:
            raise ValueError(f"un de ces mots est attendu : {', '.join(values)}")
        return str(text)

    return BeforeValidator(parse)


def _integer_schema(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


def _number_schema(low: float, high: float) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", "minimum": low, "maximum": high})


DeparturesLimit = Annotated[
    int,
    _whole(1, DEPARTURES_LIMIT),
    _integer_schema(1, DEPARTURES_LIMIT),
    Query(description="Nombre de départs"),
]
StopsLimit = Annotated[
    int,
    _whole(1, STOPS_LIMIT),
    _integer_schema(1, STOPS_LIMIT),
    Query(description="Nombre d'arrêts"),
]
RentalLimit = Annotated[
    int,
    _whole(1, RENTAL_LIMIT),
    _integer_schema(1, RENTAL_LIMIT),
    Query(description="Nombre de stations et de véhicules"),
]
VehiclesLimit = Annotated[
    int,
    _whole(1, VEHICLES_LIMIT),
    _integer_schema(1, VEHICLES_LIMIT),
    Query(description="Nombre de véhicules"),
]
MapLimit = Annotated[
    int,
    _whole(1, MAP_LIMIT),
    _integer_schema(1, MAP_LIMIT),
    Query(description="Nombre de points de la carte"),
]
RoutesLimit = Annotated[
    int,
    _whole(1, ROUTES_LIMIT),
    _integer_schema(1, ROUTES_LIMIT),
    Query(description="Nombre de lignes"),
]
RouteType = Annotated[
    int | None,
    _whole(0, LAST_ROUTE_TYPE),
    _integer_schema(0, LAST_ROUTE_TYPE),
    Query(description="route_type de GTFS, de base (3 : bus) ou étendu (702)"),
]
Day = Annotated[
    date | None,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{8}$"}),
    Query(description="Jour de service, AAAAMMJJ"),
]
StartTime = Annotated[
    int | None,
    BeforeValidator(_start_time),
    WithJsonSchema({"type": "string", "examples": ["25:10:00"]}),
    Query(description="Départ de la course, HH:MM:SS : distingue celles d'une fréquence"),
]
AlertsLimit = Annotated[
    int,
    _whole(1, ALERTS_LIMIT),
    _integer_schema(1, ALERTS_LIMIT),
    Query(description="Nombre de perturbations"),
]
Latitude = Annotated[
    float | None,
    _number(-90, 90, "une latitude"),
    _number_schema(-90, 90),
    Query(description="WGS 84"),
]
Longitude = Annotated[
    float | None,
    _number(-180, 180, "une longitude"),
    _number_schema(-180, 180),
    Query(description="WGS 84"),
]
Radius = Annotated[
    int | None,
    _whole(1, RADIUS_LIMIT),
    _integer_schema(1, RADIUS_LIMIT),
    Query(description="Rayon de recherche, en mètres"),
]
BoundingBox = Annotated[
    Box | None,
    BeforeValidator(_box),
    WithJsonSchema({"type": "string", "examples": ["1.8,47.8,2.0,48.0"]}),
    Query(description="Rectangle ouest,sud,est,nord (degrés WGS 84)"),
]
Instant = Annotated[
    datetime | None,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Query(description="Instant RFC 3339 ; maintenant s'il manque"),
]
Name = Annotated[
    str | None,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME}),
    Query(description="Nom de l'arrêt, ou son début ; accents et casse ignorés"),
]
Cursor = Annotated[
    str | None,
    WithJsonSchema({"type": "string"}),
    Query(description="Page suivante : le `next` de la précédente"),
]
