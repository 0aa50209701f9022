"""The JSON of regularity and accuracy. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.indicators.api.models import PeriodSource

Share = float | None


class RegularityRowJson(TypedDict):
    """La régularité d'une ligne, d'un arrêt, d'une heure, d'un jour, d'un réseau ou de tout."""

    feed: Annotated[str | None, Field(description="Selon by, comme route, stop, hour et date")]
    route: str | None
    stop: str | None
    hour: Annotated[int | None, Field(description="Heure locale du départ prévu")]
    date: Annotated[str | None, Field(description="Jour de service")]
    frequent: Annotated[
        bool, Field(description="false : à aucune heure ; voir alors sa ponctualité")
    ]
    n: Annotated[int, Field(description="Intervalles observés, dont viennent les chiffres")]
    coverage: Annotated[
        Share, Field(description="Part observée des intervalles prévus aux heures fréquentes")
    ]
    scheduled_wait_s: Annotated[
        float | None, Field(description="Attente moyenne d'après l'horaire ; null : pas fréquent")
    ]
    actual_wait_s: Annotated[float | None, Field(description="Attente moyenne observée")]
    excess_wait_s: Annotated[float | None, Field(description="La différence des deux")]
    regular: Annotated[Share, Field(description="Part des intervalles réguliers")]
    complete: Annotated[bool, Field(description="false : un jour de ces chiffres n'est pas fini")]


class AccuracyRowJson(TypedDict):
    """La justesse des prévisions faites `horizon_min` minutes avant les passages."""

    feed: Annotated[str | None, Field(description="Selon by, comme route et date")]
    route: str | None
    date: Annotated[str | None, Field(description="Jour de service")]
    horizon_min: int
    n: Annotated[int, Field(description="Prévisions comparées, dont viennent les chiffres")]
    coverage: Annotated[
        Share, Field(description="Part des passages prévus et assurés qui en ont une")
    ]
    accurate: Annotated[Share, Field(description="Part des prévisions justes")]
    early_s: Annotated[
        int, Field(description="Juste : le passage a au plus tant d'avance sur la prévision,")
    ]
    late_s: Annotated[int, Field(description="et au plus tant de retard")]
    median_error_s: Annotated[
        int | None, Field(description="Passage moins prévision ; positif : plus tard que prévu")
    ]
    p10_error_s: Annotated[int | None, Field(description="Un passage sur dix est plus tôt")]
    p90_error_s: Annotated[int | None, Field(description="Un passage sur dix est plus tard")]
    p90_absolute_s: Annotated[
        int | None, Field(description="Neuf prévisions sur dix se trompent d'au plus tant")
    ]
    complete: Annotated[bool, Field(description="false : un jour de ces chiffres n'est pas fini")]


class RegularityListJson(TypedDict):
    """Une page de rangées ; `next` est le curseur de la suivante."""

    definition: str
    source: PeriodSource
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[RegularityRowJson]
    next: str | None


class AccuracyListJson(TypedDict):
    """Une page de rangées ; `next` est le curseur de la suivante."""

    definition: str
    source: PeriodSource
    first: Annotated[str, Field(description="Premier jour de la période")]
    last: Annotated[str, Field(description="Dernier jour compris")]
    rows: list[AccuracyRowJson]
    next: str | None
