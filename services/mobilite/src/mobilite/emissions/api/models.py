"""The JSON of the emission factors. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

_Amount = Annotated[float | None, Field(description="null : inconnu, ce qui n'est pas zéro")]


class EmissionFactorJson(TypedDict):
    """What one passenger emits over one kilometre. `co2e_g`: grams of CO2 equivalent; `nox_mg` and
    `pm10_mg`: milligrams."""

    id: str
    name: str
    co2e_g: _Amount
    nox_mg: _Amount
    pm10_mg: _Amount
    route_types: Annotated[
        list[int], Field(description="Les route_type de GTFS, de base ou étendus, concernés")
    ]
    scope: Annotated[
        Literal["use"],
        Field(description="use : usage et production de l'énergie, sans la fabrication"),
    ]
    source: str
    date: Annotated[str, Field(json_schema_extra={"format": "date"})]


class NetworkFactorJson(TypedDict):
    """The factor that an operator gives to its rides, in place of that of their type."""

    feed: str
    routes: Annotated[list[str], Field(description="Identifiants publics ; vide : toutes")]
    route_types: Annotated[list[int], Field(description="route_type concernés ; vide : tous")]
    factor: str


class EmissionFactorsJson(TypedDict):
    """The factors of the public method, and what applies to which rides."""

    method: str
    detour: Annotated[
        float, Field(description="Ce que compte un trajet sans tracé : distance droite × detour")
    ]
    factors: list[EmissionFactorJson]
    networks: list[NetworkFactorJson]
