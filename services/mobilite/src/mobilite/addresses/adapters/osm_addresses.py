"""Addresses and named streets of an OpenStreetMap extract (`.osm.pbf`).

    addr:housenumber + addr:street   of a node, or of a way, whose place is that of its first node
    highway + name                   a street without numbers, at the middle node of each way

The commune is addr:city; otherwise the one with the nearest middle, of those of
`MOBILITE_COMMUNES`; otherwise unknown. The places of all nodes are in memory meanwhile, 16 bytes
each. The packing process imports this module, and no permanent role.
https://wiki.openstreetmap.org/wiki/Key:addr:*
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import osmium

from mobilite.addresses.domain.address import NO_NUMBER, AddressLine
from mobilite.addresses.domain.communes import Commune, NearestCommune
from mobilite.addresses.domain.house_numbers import read_number
from mobilite.text_search.domain.search_words import search_words
from socle.errors import Refusal

_KEYS: Final = ("addr:housenumber", "highway")
_CELL: Final = 20
"""Without a commune, streets of one name are the same within 1/20 degree."""


def read_osm_addresses(path: Path, communes: Sequence[Commune]) -> Iterator[AddressLine]:
    """The addresses and streets of an extract. Raises Refusal("invalid") if it cannot be read as
    one."""
    nearest = NearestCommune(communes)
    try:
        things = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY)
        things.with_locations("sparse_mem_array")
        things.with_filter(osmium.filter.KeyFilter(*_KEYS))
        for thing in things:
            tags = dict(thing.tags)
            place = _place(thing)
            if place is not None:
                line = _read_line(tags, place, nearest)
                if line is not None:
                    yield line
    # osmium raises RuntimeError for a file that is not OpenStreetMap's or is damaged.
    except RuntimeError as error:
        raise Refusal(
            "invalid", f"Ce fichier n'est pas un extrait d'OpenStreetMap : {error}.", code="no_osm"
        ) from error


def _place(thing: object) -> tuple[float, float] | None:
    if isinstance(thing, osmium.osm.Node):
        return thing.location.lat, thing.location.lon
    if not isinstance(thing, osmium.osm.Way):
        return None
    places = [node.location for node in thing.nodes if node.location.valid()]
    if not places:
        return None
    at = 0 if thing.is_closed() else len(places) // 2
    return places[at].lat, places[at].lon


def _read_line(
    tags: Mapping[str, str], place: tuple[float, float], nearest: NearestCommune
) -> AddressLine | None:
    street = tags.get("addr:street")
    number: tuple[int, str] | None = None
    if street:
        number = read_number(tags.get("addr:housenumber", ""))
    elif "highway" in tags:
        street, number = tags.get("name"), (NO_NUMBER, "")
    if number is None or not street or not search_words(street):
        return None
    return _line(tags, street, number, place, nearest)


def _line(
    tags: Mapping[str, str],
    street: str,
    number: tuple[int, str],
    place: tuple[float, float],
    nearest: NearestCommune,
) -> AddressLine:
    city, postcode, code = tags.get("addr:city", ""), tags.get("addr:postcode", ""), ""
    near = None if city else nearest.find(*place)
    if near is not None:
        city, code = near.name, near.code
        postcode = postcode or next(iter(near.postcodes), "")
    area = search_words(city) or tuple(str(round(degrees * _CELL)) for degrees in place)
    key = "-".join((*area, *search_words(street)))
    return AddressLine(key, street, *number, postcode, code, city, "", *place)
