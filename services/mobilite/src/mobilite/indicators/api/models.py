"""The JSON of punctuality. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict


class PunctualityRowJson(TypedDict):
    """La ponctualité d'une ligne, d'un arrêt, d'une heure ou d'un jour."""

    route: Annotated[str | None, Field(description="Selon by, comme stop, hour et date")]
    stop: str | None
    hour: Annotated[
        int | None, Field(description="Heure locale du départ prévu : 8, de 8 h à 8 h 59")
    ]
    date: Annotated[str | None, Field(description="Jour de service")]
    n: Annotated[int, Field(description="Passages observés, dont viennent les chiffres")]
    planned: Annotated[int, Field(description="Passages prévus et assurés")]
    coverage: Annotated[
        float | None, Field(description="Part de planned qui est observée ; null : planned est 0")
    ]
    on_time: Annotated[float | None, Field(description="Part à l'heure ; null : rien d'observé")]
    median_delay_s: Annotated[float | None, Field(description="Retard médian ; négatif : avance")]
    runs: Annotated[
        int, Field(description="Courses prévues ; par arrêt : passages prévus de courses")
    ]
    cancelled: Annotated[
        int, Field(description="Courses supprimées, en tout ou en partie ; par arrêt : passages")
    ]
    withdrawn: Annotated[
        int, Field(description="Courses supprimées avant 16 h la veille : hors de runs")
    ]
    complete: Annotated[bool, Field(description="false : un jour de ces chiffres n'est pas fini")]


class OnTimeJson(TypedDict):
    """Les seuils : un passage est à l'heure s'il n'est ni plus en avance, ni plus en retard."""

    early_s: int
    late_s: int
    rail_late_s: Annotated[int, Field(description="Retard admis d'un train")]


PeriodSource = Literal["predictions", "positions"]


class PunctualityListJson(TypedDict):
    """Une page de rangées ; `next` est le curseur de la suivante."""

    definition: str
    thresholds: OnTimeJson
    source: Annotated[PeriodSource, Field(description="Ce qui a été observé")]
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[PunctualityRowJson]
    next: str | None
