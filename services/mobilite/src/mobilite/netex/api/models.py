"""The JSON of the list of NeTEx exports. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson


class NetexSourceJson(TypedDict):
    """One feed of an export and whom to credit for it."""

    feed: str
    name: str
    licence: str | None
    licence_url: str | None
    attribution: str | None
    valid_from: Annotated[str | None, Field(description="Premier jour de service, AAAAMMJJ")]
    valid_to: Annotated[str | None, Field(description="Dernier jour de service, AAAAMMJJ")]


class NetexExportJson(TypedDict):
    """One export. `licence` is that of all its data together; null: each source has its own."""

    name: Annotated[str, Field(description="L'identifiant du réseau, ou « region »")]
    address: str
    version: Annotated[str, Field(description="Version des horaires en service")]
    etag: Annotated[
        str | None,
        Field(description="Celui du fichier servi ; null tant que personne ne l'a demandé"),
    ]
    bytes: int | None
    generated_at: InstantJson | None
    licence: str | None
    licence_url: str | None
    sources: list[NetexSourceJson]
    other_timezone: Annotated[
        list[str],
        Field(description="Réseaux d'un autre fuseau, absents de l'export de la région"),
    ]


class NetexListJson(TypedDict):
    """The NeTEx exports, the region's first."""

    profile: Annotated[str, Field(description="Profil des documents", examples=["NeTEx-FR 2.3"])]
    exports: list[NetexExportJson]
