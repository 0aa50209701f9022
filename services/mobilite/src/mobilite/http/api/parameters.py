"""Query parameters: types that parse, validate and describe themselves in OpenAPI."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema

from mobilite.geo.domain.places import Box
from mobilite.gtfs.domain.service_date import ServiceDate
from socle.errors import Refusal

LONGEST_NAME: Final = 200
"""Characters of a searched name."""
DEFAULT_RADIUS: Final = 500
"""Metres around a point if no radius is given."""

_LOST_PLUS: Final = re.compile(r" ([0-9]{2}:?[0-9]{2})$")
_NO_INSTANT: Final = (
    "un instant RFC 3339 avec son décalage horaire est attendu (2026-03-29T08:30:00+02:00)"
)
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BoundedNumber:
    """Pydantic annotation: a number within bounds, described in OpenAPI."""

    low: int
    high: int
    """Both bounds are allowed."""
    what: str = "un entier est attendu"
    """The beginning of the error message, in French."""
    real: bool = False
    """Whether fractions are allowed."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return BeforeValidator(self._parse).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        json_type = "number" if self.real else "integer"
        return {"type": json_type, "minimum": self.low, "maximum": self.high}

    def _parse(self, text: Any) -> float:
        try:
            number = (float if self.real else int)(str(text))
        except ValueError:
            number = float("nan")  # outside any bounds
        if not self.low <= number <= self.high:
            raise ValueError(f"{self.what}, de {self.low} à {self.high}")
        return number


def parse_instant(text: Any) -> datetime:
    """An RFC 3339 instant with its offset. Raises ValueError, with a sentence, for others."""
    instant = _local_or_instant(text)
    if instant.tzinfo is None:
        raise ValueError(_NO_INSTANT)
    return instant


def _local_or_instant(text: Any) -> datetime:
    # In a query string a bare "+" decodes to a blank: repair "…T08:00:00 02:00".
    try:
        instant = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", str(text)))
    except ValueError:
        instant = None
    if instant is None:
        raise ValueError(_NO_INSTANT)
    # Compare the year first: an instant at the limits of datetime has no UTC.
    is_local = instant.tzinfo is None
    if not 1990 < instant.year < 2100 or not (is_local or _EARLIEST <= instant <= _LATEST):
        raise ValueError("un instant entre 1991 et 2099 est attendu")
    return instant


def _name(text: Any) -> str:
    if len(str(text)) > LONGEST_NAME:
        raise ValueError(f"au plus {LONGEST_NAME} caractères sont acceptés")
    return str(text)


def parse_box(text: Any) -> Box:
    """The box `west,south,east,north`. Raises ValueError, with a sentence, for anything else."""
    # FastAPI treats a tuple as a repeated parameter and passes a list of texts.
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


def parse_point(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    """The point, None if there is none. Raises Refusal if only one coordinate is given."""
    if lat is not None and lon is not None:
        return lat, lon
    if lat is None and lon is None:
        return None
    given, missing = ("lat", "lon") if lon is None else ("lon", "lat")
    raise Refusal("invalid", f"Le paramètre {given} demande aussi {missing}.", parameter=missing)


MapLimit = Annotated[int, BoundedNumber(1, 5000), Query(description="Nombre de points de la carte")]
Day = Annotated[
    date | None,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{8}$"}),
    Query(description="Jour de service, AAAAMMJJ"),
]
Latitude = Annotated[
    float | None,
    BoundedNumber(-90, 90, "une latitude est attendue", real=True),
    Query(description="WGS 84"),
]
Longitude = Annotated[
    float | None,
    BoundedNumber(-180, 180, "une longitude est attendue", real=True),
    Query(description="WGS 84"),
]
Radius = Annotated[
    int | None,
    BoundedNumber(1, 5000),
    Query(description="Rayon de recherche, en mètres"),
]
BoundingBox = Annotated[
    Box | None,
    BeforeValidator(parse_box),
    WithJsonSchema({"type": "string", "examples": ["1.8,47.8,2.0,48.0"]}),
    Query(description="Rectangle ouest,sud,est,nord (degrés WGS 84)"),
]
Instant = Annotated[
    datetime | None,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Query(description="Instant RFC 3339 ; maintenant s'il manque"),
]
LocalInstant = Annotated[
    datetime | None,
    BeforeValidator(_local_or_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Query(
        description="Instant RFC 3339 ; sans décalage : l'heure du lieu de départ, ou d'arrivée ; "
        "maintenant s'il manque"
    ),
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
