"""One decoded GBFS file: its header, content and notes.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#output-format
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

ContentT = TypeVar("ContentT")


@dataclass(frozen=True, slots=True)
class Document(Generic[ContentT]):
    """One decoded file."""

    version: str
    """The version of GBFS, as given."""
    ttl: int
    """Seconds for which it needs no update; 0 if not given."""
    last_updated: int | None
    """POSIX seconds; None if it is missing or unusable."""
    content: ContentT
    notes: Mapping[str, int]
    """Doubts by code (`NOTES`)."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The content of a gbfs.json."""

    files: Mapping[str, str]
    """The address of each file that is read, by its name in GBFS 3."""


# The sentence, in French, of each doubt by its code.
NOTES: Final[Mapping[str, str]] = {
    "entry_unreadable": "Des entrées n'ont pas d'identifiant ou n'ont pas la forme attendue : "
    "elles sont écartées, les autres sont prises.",
    "entry_repeated": "Un même identifiant figure plusieurs fois : la première entrée est prise, "
    "ou la plus récente de celles qui sont datées.",
    "too_many_entries": "Le fichier porte plus d'entrées qu'il n'est raisonnable : les dernières "
    "sont écartées.",
    "place_unknown": "Des positions manquent, sont hors limites ou valent 0, 0 : ces entrées sont "
    "écartées.",
    "place_exchanged": "Latitude et longitude sont inversées : elles ont été remises à l'endroit.",
    "field_unreadable": "Des champs n'ont pas la forme attendue : ils sont ignorés.",
    "count_negative": "Des nombres sont négatifs : ils sont ignorés.",
    "time_implausible": "Des instants sont hors de toute date plausible : ils sont ignorés.",
    "name_missing": "Des stations n'ont pas de nom : l'adresse ou l'identifiant en tient lieu.",
    "station_without_status": "Des stations n'ont pas d'état : leur disponibilité est inconnue.",
    "status_without_station": "Des états parlent de stations inconnues : ils sont écartés.",
    "vehicle_at_unknown_station": "Des véhicules sont dits à une station inconnue, sans position : "
    "ils sont écartés.",
    "type_unknown": "Des véhicules sont d'un type que vehicle_types ne décrit pas.",
    "address_refused": "gbfs.json donne des adresses qui ne peuvent pas être suivies (autre chose "
    "que HTTP, adresse interne ou hors du dossier) : ces fichiers ne sont pas lus.",
    "station_status_missing": "gbfs.json ne donne pas station_status : la disponibilité des "
    "stations est inconnue.",
    "ids_unstable": "La plupart des identifiants changent d'une lecture à l'autre : rien ne peut "
    "être suivi dans la durée, et les changements sont pris moins souvent.",
    "version_unknown": "La version de GBFS n'est pas une de celles connues (2.0 à 3.1) : le "
    "fichier est lu quand même.",
}
