"""Files of the Base adresse nationale: what is read, counted and refused."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from ban_files import BLOIS, HEADER, ORLEANS, ban_text, line, lines, pack, pack_file

from mobilite.addresses.adapters.ban_file import read_ban
from mobilite.addresses.domain.address import AddressLine, Rejection
from socle.errors import Refusal


def test_columns_are_found_by_name_and_other_ones_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "nom_commune;LON;lat;extra;nom_voie;numero;code_insee;code_postal\r\n"
        "Blois;1.33;47.58;x;Rue d’Été;7;41018;41000\r\n",
        "utf-8-sig",
    )
    assert list(read_ban(path, Counter())) == [
        AddressLine(
            "41018-rue-d-ete", "Rue d’Été", 7, "", "41000", "41018", "Blois", "", 47.58, 1.33
        )
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_file_is_read_compressed_or_not_and_joined(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    several = [ban_text([line("Rue A", "1")]), ban_text([line("Rue B", "2", ORLEANS)])]
    for text in several:
        with path.open("ab") as file:
            file.write(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    rejected = Counter[Rejection]()
    assert [each.street for each in read_ban(path, rejected)] == ["Rue A", "Rue B"]
    assert not rejected


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("41018_0001_00001;1;;Rue A", "cut"),
        (line("", "1"), "no_street"),
        (line("--", "1"), "no_street"),
        (line("Rue A", "1").replace(";1;;Rue", ";un;;Rue"), "no_number"),
        (line("Rue A", "1").replace("47.586000", ""), "no_place"),
        (line("Rue A", "1").replace("47.586000", "nan"), "outside"),
        (line("Rue A", "1", lat=1.33, lon=47.586), "outside"),
        (line("Rue A", "1", lat=0.0, lon=0.0), "outside"),
        (line("Rue A", "1", ("97400", "97411", "Saint-Denis", -20.88, 55.45), lat=-95), "outside"),
        (line('"Rue A', "1"), "cut"),
        (line('Rue "A"\rB', "1"), "cut"),
        (line(f'"{"A" * 150_000}"', "1"), "cut"),
        # In the Atlantic, but within the bounds of the country.
        (line("Rue A", "1", lon=-3.9), "far"),
    ],
)
def test_a_bad_line_is_counted_and_costs_no_other(
    tmp_path: Path, row: str, reason: Rejection
) -> None:
    packed, index = pack([row, *lines()], tmp_path)
    assert packed.rejected == {reason: 1}
    assert (packed.numbers, packed.streets) == (22, 8)
    assert index.search("30 rue gambetta blois", limit=1).addresses[0].number == 30


def test_a_place_overseas_is_a_place(tmp_path: Path) -> None:
    town = ("97400", "97411", "Saint-Denis", -20.88, 55.45)
    packed, _ = pack([line("Rue de Paris", "1", town)], tmp_path)
    assert not packed.rejected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "columns"),
        (b"<html></html>", "columns"),
        (HEADER.replace(";", ",").encode(), "columns"),
        (HEADER.replace("nom_voie", "voie").encode(), "columns"),
        (HEADER.encode(), "empty"),
        (ban_text([line("Rue de l’Été", "1")]).encode("windows-1252"), "encoding"),
        (gzip.compress(ban_text(lines() * 50).encode())[:-100], "truncated"),
        (gzip.compress(ban_text(lines()).encode())[:20] + b"x" * 200, "truncated"),
        (ban_text(line("Rue A", "1", lat=1.3, lon=47.6) for _ in range(9)).encode(), "empty"),
        (ban_text([*lines(), *[line("", "1")] * 3]).encode(), "rejected"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        pack_file(path, tmp_path)
    assert (refused.value.category, refused.value.details["code"]) == ("invalid", code)
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_an_absent_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        list(read_ban(tmp_path / "a.csv", Counter()))
    assert refused.value.category == "unavailable"


def test_a_street_is_in_the_middle_of_its_numbers(tmp_path: Path) -> None:
    rows = [line("Rue A", str(n), BLOIS, lat=47.5 + n / 100) for n in (9, 1, 5, 3, 7)]
    _, index = pack(rows, tmp_path)
    (street,) = index.search("rue a", limit=5).addresses
    assert (street.lat, street.lon) == (47.55, 1.33)
