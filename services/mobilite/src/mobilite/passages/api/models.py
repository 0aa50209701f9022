"""The JSON of the archive of passages. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class PassageFileJson(TypedDict):
    """Les passages d'un réseau, un jour de service qui est fini."""

    date: str
    feed: str
    url: Annotated[str, Field(description="Adresse du fichier Parquet")]
    bytes: int
    sha256: str
    licence: Annotated[
        str | None, Field(description="Celle des données du réseau ; null : pas connue")
    ]


class PassageFileListJson(TypedDict):
    """Une page de fichiers, les plus récents d'abord ; `next` est le curseur de la suivante."""

    columns: Annotated[dict[str, str], Field(description="Ce que veut dire chaque colonne")]
    files: list[PassageFileJson]
    next: str | None
