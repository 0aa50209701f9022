"""The JSON of the index of the merged feeds. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson


class MergedMessageJson(TypedDict):
    """One message, with the numbers of published (`entities`) and omitted entities by feed."""

    kind: Literal["trip-updates", "vehicle-positions", "alerts"]
    protobuf: str
    json: str
    timestamp: InstantJson
    age: int
    bytes: int
    entities: dict[str, int]
    left_out: Annotated[
        dict[str, dict[str, int]],
        Field(description="Par réseau et par raison : stale (source muette), unknown_trip…"),
    ]


class MergedScheduleJson(TypedDict):
    """The GTFS that matches these messages; `version` is feed_version in both."""

    address: str
    version: str
    feeds: list[str]
    other_timezone: Annotated[
        list[str],
        Field(description="Réseaux laissés de côté : GTFS veut un seul fuseau par jeu de données"),
    ]


class MergedSourceJson(TypedDict):
    """One feed and whom to credit for it; `updated_at` is that of its real time."""

    feed: str
    name: str
    licence: str | None
    licence_url: str | None
    attribution: str | None
    updated_at: InstantJson | None
    age: int | None


class MergedIndexJson(TypedDict):
    """The merged feeds. `licence` is that of all data together; null: each source has its own."""

    licence: str | None
    licence_url: str | None
    message: Annotated[str, Field(description="Comment réutiliser, en une phrase")]
    generated_at: InstantJson
    schedule: MergedScheduleJson
    messages: list[MergedMessageJson]
    sources: list[MergedSourceJson]
