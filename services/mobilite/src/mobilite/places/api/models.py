"""The JSON of places. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.gtfs.domain.route_types import Mode


class CommuneJson(TypedDict):
    """A commune. `code` is that of INSEE."""

    id: str
    code: str
    name: str
    postcodes: list[str]


class PlaceStopJson(TypedDict):
    """A stop of a place."""

    id: str
    name: str
    feed: str
    modes: list[Mode]


class PlaceJson(TypedDict):
    """A place: what `from` and `to` of a journey accept."""

    id: Annotated[
        str,
        Field(
            description="hub:… (un pôle), commune:…, address:…, street:… ou réseau:arrêt. "
            "L’identifiant d’un pôle "
            "contient celui d’un de ses arrêts, et reste valable quand les horaires changent"
        ),
    ]
    type: Annotated[
        Literal["hub", "station", "stop", "commune", "address", "street"],
        Field(
            description="hub : les arrêts de tous les réseaux en un même lieu ; address : un "
            "numéro d’une voie ; street : une voie, au milieu de ses numéros"
        ),
    ]
    name: str
    lat: float | None
    lon: float | None
    commune: Annotated[
        CommuneJson | None,
        Field(
            description="Celle dont le centre est le plus proche : distingue deux lieux de même "
            "nom, sans être une adresse. D’une adresse : la sienne, avec son code postal. null si "
            "aucune n’est connue à moins de dix kilomètres"
        ),
    ]
    modes: Annotated[list[Mode], Field(description="Les modes qui le desservent, chacun une fois")]
    feeds: Annotated[list[str], Field(description="Les réseaux de ses arrêts")]
    stops: Annotated[
        list[PlaceStopJson],
        Field(
            description="Ses arrêts, le principal d’abord ; d’une commune : ceux de ses gares "
            "principales, à défaut de ses arrêts les plus desservis"
        ),
    ]
    board: Annotated[
        str | None,
        Field(
            description="L’identifiant dont /stops/{id}/departures donne les départs ; d’une "
            "commune : celui de sa gare principale"
        ),
    ]


class PlaceListJson(TypedDict):
    """Places, best first."""

    places: list[PlaceJson]
    missing: Annotated[
        list[Literal["communes", "addresses"]],
        Field(description="Ce que cette plateforme ne sait pas chercher, faute de fichier"),
    ]
    message: Annotated[
        str | None, Field(description="À montrer : ce qui manque, et ce qui reste cherché")
    ]
