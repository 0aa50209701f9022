"""Addresses: house numbers of streets, and streets themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

ADDRESS_PREFIX: Final = "address:"
"""The beginning of the id of a house number; no feed has the id "address"."""
STREET_PREFIX: Final = "street:"
"""The beginning of the id of a street; no feed has the id "street"."""
NO_NUMBER: Final = 0
"""The number of the street itself."""
Rejection = Literal["cut", "no_street", "no_number", "no_place", "outside", "far"]
"""Why a line of a source is not read: another number of fields; no name of a street; a number that
is none; no place; a place that is not in the country, or not near the others of the commune."""
_ID: Final = re.compile(r"(?:address:([\w.-]+):(\d{1,5})([a-z0-9]*)|street:([\w.-]+))", re.ASCII)
_WORDS: Final = frozenset({"bis", "ter", "quater", "quinquies"})


class AddressLine(NamedTuple):
    """A line of a source. A street is the lines with its key and postcode."""

    key: str
    """Of the street, of letters, digits, `_`, `.` and `-`."""
    street: str
    number: int
    """`NO_NUMBER`: the street itself."""
    suffix: str
    """« bis », « a »…, in lower case; empty if there is none."""
    postcode: str
    code: str
    """Of the commune, by INSEE; empty if unknown."""
    commune: str
    former_commune: str
    """The commune that it belonged to before several became one; it distinguishes streets of one
    name."""
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Street:
    """A street, or the part of it with one postcode."""

    key: str
    name: str
    postcode: str
    code: str
    commune: str
    former_commune: str
    lat: float
    lon: float
    """The place of a house in its middle, in degrees."""

    @property
    def area(self) -> str:
        """« 41000 Blois », or « 41190 Valencisse (Orchaise) »."""
        former = f"({self.former_commune})" if self.former_commune else ""
        return " ".join(each for each in (self.postcode, self.commune, former) if each)


@dataclass(frozen=True, slots=True)
class Address:
    """A house number of a street, or a street."""

    street: Street
    number: int
    """`NO_NUMBER`: the street."""
    suffix: str
    lat: float
    lon: float

    @property
    def id(self) -> str:
        """What `address_id` reads. It remains valid when the source is read again."""
        if self.number == NO_NUMBER:
            return STREET_PREFIX + self.street.key
        return f"{ADDRESS_PREFIX}{self.street.key}:{self.number}{self.suffix}"

    @property
    def name(self) -> str:
        """« 30 bis Rue Gambetta, 41000 Blois »."""
        suffix = self.suffix if self.suffix in _WORDS else self.suffix.upper()
        number = str(self.number) if self.number != NO_NUMBER else ""
        line = " ".join(each for each in (number, suffix, self.street.name) if each)
        return ", ".join(each for each in (line, self.street.area) if each)


class AddressId(NamedTuple):
    """What an id names."""

    key: str
    number: int
    suffix: str


@dataclass(frozen=True, slots=True)
class AddressMatches:
    """The addresses that fit a query, best first."""

    addresses: tuple[Address, ...] = ()
    typos: bool = False
    """Whether they only resemble the query."""


def address_id(text: str) -> AddressId | None:
    """What the id of an address or a street names; None for another id."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    key, number, suffix, street = found.groups()
    return AddressId(street, NO_NUMBER, "") if street else AddressId(key, int(number), suffix)


def middle(places: Iterable[tuple[int, int, int]]) -> tuple[int, int]:
    """The latitude and longitude of the house in the middle. `places`: number, latitude and
    longitude of each, by ascending numbers. A street with numbers has its middle among them."""
    rows = list(places)
    houses = [row for row in rows if row[0] != NO_NUMBER] or rows
    _, lat, lon = houses[len(houses) // 2]
    return lat, lon
