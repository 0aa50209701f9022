"""Addresses as the Base adresse nationale publishes them, and packed."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mobilite.addresses.adapters.address_file import PackedAddresses, write_addresses
from mobilite.addresses.adapters.address_index import PackedAddressIndex
from mobilite.addresses.adapters.ban_file import read_ban
from mobilite.addresses.domain.address import Rejection

HEADER = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;"
    "code_insee_ancienne_commune;nom_ancienne_commune;x;y;lon;lat;type_position"
)
BLOIS = ("41000", "41018", "Blois", 47.586, 1.330)
ORLEANS = ("45000", "45234", "Orléans", 47.902, 1.909)
STREETS = (
    (BLOIS, "0870", "Rue Gambetta", ("1", "3", "30", "30 bis", "32 b")),
    (BLOIS, "0871", "Rue du 8 Mai 1945", ("8", "10")),
    (BLOIS, "0872", "Rue d’Orléans", ("2",)),
    (BLOIS, "0873", "Av. de la Libération", ("5",)),
    (BLOIS, "0874", "Lieu-dit Les Grouëts", ("99999",)),
    (ORLEANS, "0870", "Rue Gambetta", ("1", "2", "4", "6", "8", "30")),
    (ORLEANS, "0875", "Boulevard Saint-Euverte", ("12",)),
    (ORLEANS, "0876", "Rue de la République", ("1", "2", "3", "4", "5", "6")),
)
"""Streets of two towns: the town, a number, a name, house numbers."""


def line(
    street: str,
    number: str,
    town: tuple[str, str, str, float, float] = BLOIS,
    *,
    key: str = "0001",
    lat: float | None = None,
    lon: float | None = None,
    former: str = "",
) -> str:
    """A line of a file. `number`: « 30 bis »."""
    postcode, code, commune, town_lat, town_lon = town
    house, _, suffix = number.partition(" ")
    place = town_lon if lon is None else lon, town_lat if lat is None else lat
    identifier = f"{code}_{key}_{int(house or 0):05}" + (f"_{suffix}" if suffix else "")
    street_of = (street, postcode, code, commune, "", former)
    where = ("", "", f"{place[0]:.6f}", f"{place[1]:.6f}", "entrée")
    return ";".join((identifier, f"{code}_{key}", house, suffix, *street_of, *where))


def lines() -> list[str]:
    """The lines of `STREETS`, each house a metre north of the one before."""
    return [
        line(street, number, town, key=key, lat=town[3] + at * 1e-5)
        for town, key, street, numbers in STREETS
        for at, number in enumerate(numbers)
    ]


def ban_text(rows: Iterable[str]) -> str:
    """A file of these lines."""
    return "\n".join((HEADER, *rows)) + "\n"


def pack_file(source: Path, folder: Path) -> tuple[PackedAddresses, PackedAddressIndex]:
    """A file read and packed, and its index."""
    rejected, path = Counter[Rejection](), folder / "a.addresses"
    packed = write_addresses(read_ban(source, rejected), rejected, path)
    return packed, PackedAddressIndex(path)


def pack(rows: Iterable[str], folder: Path) -> tuple[PackedAddresses, PackedAddressIndex]:
    """Lines read and packed, and their index."""
    source = folder / "a.csv"
    source.write_text(ban_text(rows), "utf-8")
    return pack_file(source, folder)
