"""Addresses and named streets of an OpenStreetMap extract."""

from collections import Counter
from pathlib import Path

import pytest
from osm_extracts import write_extract

from mobilite.addresses.adapters.address_file import write_addresses
from mobilite.addresses.adapters.address_index import PackedAddressIndex
from mobilite.addresses.adapters.osm_addresses import read_osm_addresses
from mobilite.addresses.domain.communes import Commune
from socle.errors import Refusal

NODES = {number: (47.58 + number / 10_000, 1.33) for number in range(1, 9)}
HOUSE = {"addr:housenumber": "12 bis", "addr:street": "Rue du Port", "addr:city": "Blois"}
COMMUNES = (Commune("41018", "Blois", ("41000",), 47.586, 1.330),)
WAYS = [
    ((2, 3, 4), {"highway": "residential", "name": "Rue du Port"}),
    ((4, 5), {"highway": "residential", "name": "Quai de la Loire"}),
    ((5, 6), {"highway": "service"}),
    ((6, 7, 8, 6), {"building": "yes", "addr:housenumber": "7", "addr:street": "Rue du Port"}),
]
NODE_TAGS = {
    1: {**HOUSE, "addr:postcode": "41000"},
    2: {"addr:housenumber": "x", "addr:street": "Rue du Port"},
    3: {"addr:housenumber": "5"},
}


def packed(tmp_path: Path, communes: tuple[Commune, ...]) -> PackedAddressIndex:
    extract = write_extract(tmp_path / "a.osm.pbf", NODES, WAYS, NODE_TAGS)
    path = tmp_path / "a.addresses"
    write_addresses(read_osm_addresses(extract, communes), Counter(), path)
    return PackedAddressIndex(path)


def names(index: PackedAddressIndex, text: str) -> list[str]:
    return [each.name for each in index.search(text, limit=5).addresses]


def test_houses_and_streets_are_found_in_their_commune(tmp_path: Path) -> None:
    index = packed(tmp_path, COMMUNES)
    assert names(index, "12 bis rue du port") == ["12 bis Rue du Port, 41000 Blois"]
    assert names(index, "7 rue du port blois") == ["7 Rue du Port, 41000 Blois"]
    assert names(index, "quai de la loire") == ["Quai de la Loire, 41000 Blois"]
    (house,) = index.search("7 rue du port", limit=5).addresses
    assert (house.lat, house.lon) == NODES[6]
    # A street has its middle among its houses.
    (street,) = index.search("rue du port", limit=5).addresses
    assert (street.lat, street.lon) in (NODES[1], NODES[6])
    assert street.street.code == "41018" or street.street.code == ""


def test_without_communes_streets_are_found_by_their_name(tmp_path: Path) -> None:
    index = packed(tmp_path, ())
    assert names(index, "quai de la loire") == ["Quai de la Loire"]
    assert set(names(index, "rue du port")) == {"Rue du Port", "Rue du Port, 41000 Blois"}


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(b"<html>")
    with pytest.raises(Refusal) as refused:
        list(read_osm_addresses(path, ()))
    assert refused.value.details["code"] == "no_osm"


def test_an_extract_without_addresses_is_refused(tmp_path: Path) -> None:
    extract = write_extract(tmp_path / "a.osm.pbf", NODES, [((1, 2), {"highway": "path"})])
    with pytest.raises(Refusal) as refused:
        write_addresses(read_osm_addresses(extract, ()), Counter(), tmp_path / "a.addresses")
    assert refused.value.details["code"] == "empty"
