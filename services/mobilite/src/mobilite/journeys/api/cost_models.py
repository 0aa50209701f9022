"""The JSON of what journeys emit and cost. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class EmissionsJson(TypedDict):
    """What a journey emits for one person; null: not known, never zero."""

    co2e_g: int | None
    nox_mg: int | None
    pm10_mg: int | None
    unknown_legs: Annotated[
        list[int], Field(description="Les rangs des étapes dont le CO2e n'est pas connu")
    ]


class FareJson(TypedDict):
    """What a journey costs one person. `currency`: ISO 4217."""

    amount: float
    currency: str
    products: Annotated[list[str], Field(description="Les titres de transport, dans l'ordre")]
    note: Annotated[str, Field(description="Pour qui et à quelles conditions, en une phrase")]


class EmissionsMethodJson(TypedDict):
    """How emissions are calculated."""

    method: str
    factors: Annotated[str, Field(description="L'adresse des émissions par kilomètre")]
