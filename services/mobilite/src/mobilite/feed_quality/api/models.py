"""The JSON of feed quality. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class FeedQualityJson(TypedDict):
    """La qualité des données d'un réseau, un jour."""

    feed: str
    date: str
    complete: Annotated[bool, Field(description="Si le jour est fini")]
    n: Annotated[int, Field(description="Mesures")]
    coverage: Annotated[float, Field(description="Part du jour, jusqu'ici, qui a été mesurée")]
    fresh_60s: float | None
    fresh_300s: float | None
    polls: int
    errors: float | None
    matched: float | None
    unmatched: float | None
    matched_share: float | None
    under_way: float | None
    trips_with_real_time: float | None
    vehicles: float | None
    vehicles_with_trip: float | None
    days_left: Annotated[int | None, Field(description="Négatif : l'horaire est fini")]
    remarks: int
    remark_rows: int


class FeedQualityListJson(TypedDict):
    """Une page de la qualité des réseaux ; `next` est le curseur de la suivante."""

    definition: str
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[FeedQualityJson]
    next: str | None
