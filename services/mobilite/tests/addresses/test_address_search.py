"""Addresses are found as one types them."""

from pathlib import Path

import pytest
from ban_files import BLOIS, ORLEANS, STREETS, line, lines, pack
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typos import with_typo

from mobilite.addresses.adapters.address_index import PackedAddressIndex
from mobilite.machine.adapters.array_file import BadPackedFile
from mobilite.text_search.domain.search_words import search_words
from socle.testing import sized


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> PackedAddressIndex:
    return pack(lines(), tmp_path_factory.mktemp("addresses"))[1]


def names(index: PackedAddressIndex, text: str, limit: int = 10) -> list[str]:
    return [each.name for each in index.search(text, limit=limit).addresses]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("30 rue gambetta blois", "30 Rue Gambetta, 41000 Blois"),
        ("30 RUE GAMBETTA, 41000", "30 Rue Gambetta, 41000 Blois"),
        ("30 bis rue gambetta", "30 bis Rue Gambetta, 41000 Blois"),
        ("30bis rue gambetta", "30 bis Rue Gambetta, 41000 Blois"),
        ("32B rue gambetta", "32 B Rue Gambetta, 41000 Blois"),
        ("rue gambetta 32", "32 B Rue Gambetta, 41000 Blois"),
        ("12 bd st euverte", "12 Boulevard Saint-Euverte, 45000 Orléans"),
        ("12 bd st euv", "12 Boulevard Saint-Euverte, 45000 Orléans"),
        ("12 boulevard saint-euvrete orleans", "12 Boulevard Saint-Euverte, 45000 Orléans"),
        ("12 rue saint euverte", "12 Boulevard Saint-Euverte, 45000 Orléans"),
        ("12 sainteuverte", "12 Boulevard Saint-Euverte, 45000 Orléans"),
        ("rue dorleans", "Rue d’Orléans, 41000 Blois"),
        ("avenue de la liberation", "Av. de la Libération, 41000 Blois"),
        ("libératoin blois", "Av. de la Libération, 41000 Blois"),
        ("les grouets", "Lieu-dit Les Grouëts, 41000 Blois"),
        ("8 rue du 8 mai 1945", "8 Rue du 8 Mai 1945, 41000 Blois"),
        ("10 rue du 8 mai", "10 Rue du 8 Mai 1945, 41000 Blois"),
        # The number of the name, not of a house.
        ("8 mai 1945", "Rue du 8 Mai 1945, 41000 Blois"),
    ],
)
def test_an_address_is_found(index: PackedAddressIndex, text: str, name: str) -> None:
    assert names(index, text)[0] == name


def test_streets_of_one_name_are_listed_by_town_the_largest_first(
    index: PackedAddressIndex,
) -> None:
    assert names(index, "rue gambetta") == [
        "Rue Gambetta, 45000 Orléans",
        "Rue Gambetta, 41000 Blois",
    ]
    assert names(index, "gambetta blo") == ["Rue Gambetta, 41000 Blois"]


def test_a_number_that_a_street_has_not_leaves_the_street(index: PackedAddressIndex) -> None:
    assert names(index, "3 rue gambetta") == [
        "3 Rue Gambetta, 41000 Blois",
        "Rue Gambetta, 45000 Orléans",
    ]


@pytest.mark.parametrize("text", ["", "30", "blois", "41000", "xyzzy", '"; DROP', "NEAR(", "*"])
def test_what_is_no_address_finds_none(index: PackedAddressIndex, text: str) -> None:
    assert names(index, text) == []


def test_streets_of_communes_that_became_one_have_the_former_name(tmp_path: Path) -> None:
    rows = [
        line("Rue de l'Église", "1", key="0001", former="Orchaise"),
        line("Rue de l'Église", "1", key="0002", former="Molineuf"),
    ]
    _, index = pack(rows, tmp_path)
    assert set(names(index, "1 rue de l eglise")) == {
        "1 Rue de l'Église, 41000 Blois (Orchaise)",
        "1 Rue de l'Église, 41000 Blois (Molineuf)",
    }
    assert names(index, "eglise molineuf")[0].endswith("(Molineuf)")


def test_a_street_with_two_postcodes_has_each_number_in_its_own(tmp_path: Path) -> None:
    other = ("41100", *BLOIS[1:])
    _, index = pack([line("Rue A", "1"), line("Rue A", "3", other)], tmp_path)
    assert names(index, "3 rue a")[0] == "3 Rue A, 41100 Blois"
    found = index.find("address:41018_0001:3")
    assert found is not None
    assert found.street.postcode == "41100"


def test_every_id_leads_back(index: PackedAddressIndex) -> None:
    for town, _, street, numbers in STREETS:
        for number in ("", *numbers):
            for found in index.search(f"{number} {street} {town[2]}", limit=3).addresses:
                assert index.find(found.id) == found
    for unknown in ("address:41018_0870:31", "street:x", "address:1", "commune:41018", "a:b"):
        assert index.find(unknown) is None


def test_another_file_is_not_opened(tmp_path: Path) -> None:
    pack(lines(), tmp_path)
    path = tmp_path / "a.addresses"
    for content in (b"", b"<html>", path.read_bytes()[:3000]):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(BadPackedFile):
            PackedAddressIndex(tmp_path / "other")
    with pytest.raises(OSError, match="absent"):
        PackedAddressIndex(tmp_path / "absent")


def test_a_replaced_file_stays_readable(tmp_path: Path) -> None:
    _, index = pack(lines(), tmp_path)
    (tmp_path / "a.addresses").unlink()
    assert names(index, "30 rue gambetta blois")


street_names = st.text(alphabet="abcdeilorst éç'-", min_size=3, max_size=24).filter(
    lambda name: any(len(word) >= 3 and not word.isdigit() for word in search_words(name))
)


@settings(
    max_examples=sized(25, deep=250),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    streets=st.lists(st.tuples(street_names, st.integers(1, 9998)), min_size=1, max_size=6),
    data=st.data(),
)
def test_every_house_is_found_as_typed_with_or_without_a_typo(
    streets: list[tuple[str, int]], data: st.DataObject, tmp_path: Path
) -> None:
    rows = [
        line(
            f"Rue {name}", str(number), data.draw(st.sampled_from((BLOIS, ORLEANS))), key=f"{at:04}"
        )
        for at, (name, number) in enumerate(streets)
    ]
    _, index = pack(rows, tmp_path)
    at = data.draw(st.integers(0, len(streets) - 1))
    name, number = streets[at]
    town = rows[at].split(";")[7]

    def found(text: str) -> set[str]:
        several = index.search(text, limit=50).addresses
        return {each.id.partition("_")[2] for each in several}

    wanted = f"{at:04}:{number}"
    assert wanted in found(f"{number} rue {name}")
    assert wanted in found(f"{number} rue {name} {town}")
    wrong = data.draw(with_typo(name))
    if search_words(wrong) == tuple(wrong.split()):
        several = index.search(f"{number} rue {wrong}", limit=50)
        # A typo can make the name of another street.
        exact = several.addresses and not several.typos
        assert exact or wanted in found(f"{number} rue {wrong}")
