"""The JSON of alerts. Docstrings are part of the OpenAPI document.

All texts are plain text, not markup. Times are RFC 3339 with the offset of the feed's time zone.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.alerts.domain.alert import When
from mobilite.alerts.domain.alert_selectors import UnknownField
from mobilite.gtfs.domain.enumerations import Cause, Effect, Severity
from mobilite.http.api.geojson import PointJson
from mobilite.http.api.times import InstantJson


class PeriodJson(TypedDict):
    """From `start` up to `end`, exclusive; null: open."""

    start: InstantJson | None
    end: InstantJson | None


class NamedJson(TypedDict):
    """An object that an alert affects; `name` is null if it is not in the schedule."""

    id: str
    name: str | None


class InformedJson(TypedDict):
    """One selector of an alert: all given conditions must hold."""

    agency: NamedJson | None
    route: NamedJson | None
    route_type: Annotated[
        int | None, Field(description="Mode, comme dans routes.txt ; 3 vaut pour tous les bus")
    ]
    direction_id: int | None
    trip: NamedJson | None
    start_date: Annotated[
        str | None, Field(description="La course de ce seul jour, AAAAMMJJ ; null : chaque jour")
    ]
    start_time: Annotated[str | None, Field(description="La course partie à cette heure")]
    stop: Annotated[NamedJson | None, Field(description="Une gare vaut pour tous ses quais")]
    matched: Annotated[
        bool | None,
        Field(
            description="false : les horaires ne connaissent pas ce qui est nommé (voir unknown), "
            "l'alerte ne s'affiche donc à aucun arrêt pour cela ; null : pas encore d'horaires"
        ),
    ]
    unknown: Annotated[
        list[UnknownField],
        Field(description="Ce qui est inconnu ; combination : chacun existe, mais pas ensemble"),
    ]


class AlertTextJson(TypedDict):
    """The texts of an alert in one language; a member is null if the operator gives none."""

    language: str | None
    header: str | None
    description: str | None


class AlertImageJson(TypedDict):
    """A picture of an alert, such as a map of the works."""

    url: str
    media_type: Annotated[str | None, Field(description="Comme image/png ; null : pas connu")]
    language: Annotated[
        str | None, Field(description="Des textes dans l'image ; null : aucun, ou pas connue")
    ]
    alternative_text: Annotated[
        str | None, Field(description="Ce que montre l'image, pour qui ne la voit pas")
    ]
    alternative_text_language: str | None


class AlertSummaryJson(TypedDict):
    """An alert in short, as it is displayed on boards."""

    id: str
    header: Annotated[
        str,
        Field(description="Dans la langue demandée, à défaut en français ; sinon voir language"),
    ]
    language: Annotated[str | None, Field(description="De header ; null : l'exploitant se tait")]
    cause: Cause
    effect: Effect
    severity: Severity
    cause_text: str | None
    cause_language: str | None
    effect_text: str
    effect_language: str | None
    active: Annotated[bool, Field(description="En vigueur maintenant ; sinon à venir")]
    period: Annotated[PeriodJson, Field(description="La période en cours, sinon la prochaine")]
    ambiguous: Annotated[
        bool,
        Field(
            description="Lignes et arrêts sont dits sans service séparément : on ne sait pas "
            "lesquels valent ensemble (voir note)"
        ),
    ]
    note: Annotated[str | None, Field(description="Une phrase à montrer sur l'alerte elle-même")]
    note_language: str | None
    stale: Annotated[
        bool,
        Field(description="Le flux se tait depuis plus de dix minutes : l'alerte vaut toujours"),
    ]
    age: Annotated[int | None, Field(description="Secondes depuis que son flux a parlé")]


class AlertJson(AlertSummaryJson):
    """A complete alert, in the requested language if it has a text in it."""

    feed: str
    description: str | None
    description_language: str | None
    url: str | None
    image: Annotated[AlertImageJson | None, Field(description="Hébergée par l'exploitant")]
    when: Annotated[When, Field(description="now : en vigueur ; upcoming : à venir ; past : finie")]
    active_periods: Annotated[
        list[PeriodJson],
        Field(description="Quand le service est touché ; vide : tant que l'alerte est là"),
    ]
    informed: Annotated[
        list[InformedJson],
        Field(description="Ce dont elle parle, l'un ou l'autre ; vide : tout le réseau"),
    ]
    translations: list[AlertTextJson]
    updated_at: Annotated[InstantJson | None, Field(description="L'instant dont parle son flux")]
    licence: str | None
    attribution: str | None


class AlertListJson(TypedDict):
    """A page of alerts, most severe first; `next` is the cursor of the next page."""

    generated_at: InstantJson
    message: Annotated[str | None, Field(description="À montrer quand il n'y a rien")]
    alerts: list[AlertJson]
    next: str | None


class AlertPlaceJson(TypedDict):
    """An alert, and a stop that it names."""

    id: str
    header: str
    language: str | None
    severity: Severity
    effect: Effect
    stop_id: str
    stop_name: str


class AlertFeatureJson(TypedDict):
    """The place of an alert as a point of a map."""

    type: Literal["Feature"]
    geometry: PointJson
    properties: AlertPlaceJson


class AlertMapJson(TypedDict):
    """The places of alerts as GeoJSON, the most severe first."""

    type: Literal["FeatureCollection"]
    features: list[AlertFeatureJson]
