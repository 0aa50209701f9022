"""The national file of car parks, of which the park-and-rides are used."""

from pathlib import Path

import pytest

from mobilite.car_parks.adapters.bnls_file import read_bnls, rejections_text
from mobilite.car_parks.domain.car_park import CarPark
from socle.errors import Refusal

HEADER = (
    "id;nom;insee;adresse;url;type_usagers;gratuit;nb_places;nb_pr;nb_pmr;"
    "nb_voitures_electriques;nb_velo;hauteur_max;Xlong;Ylat;tarif_1h;info\n"
)
LES_AUBRAIS = (
    '45147-P-001;PARKING RELAIS LES AUBRAIS;45147;"1 avenue de la Gare, 45400, Fleury";'
    "https://tao.example/pr;tous;1;320;300;8;4;20;N/A;1.9070;47.9270;;Gratuit avec un titre TAO\n"
)
MARKET = "45234-P-001;CHATELET;45234;;;tous;0;500;0;10;0;0;190;1,9050;47,9000;1.5;\n"


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "bnls.csv"
    path.write_text(header + "".join(lines), "utf-8")
    return path


def test_what_is_known_of_a_park_and_ride(tmp_path: Path) -> None:
    read = read_bnls(written(tmp_path, LES_AUBRAIS, MARKET))
    (park,) = read.parks
    assert park == CarPark(
        "45147-P-001",
        "Parking Relais les Aubrais",
        47.927,
        1.907,
        capacity=320,
        park_and_ride=300,
        disabled=8,
        free=True,
        info="Gratuit avec un titre TAO",
        url="https://tao.example/pr",
    )
    low = MARKET.replace(";0;10;", ";20;10;")
    assert [each.max_height for each in read_bnls(written(tmp_path, low)).parks] == [190]
    assert (park.id, read.others, read.rejected) == ("car_park:45147-P-001", 1, {})


@pytest.mark.parametrize(
    ("name", "spaces", "users", "usable"),
    [
        ("Gare", "12", "tous", True),
        ("Gare", "0", "tous", False),
        ("Gare", "", "tous", False),
        ("P+R Gare", "", "tous", True),
        ("Parc-relais de la Gare", "", "", True),
        ("Relais de poste", "", "tous", False),
        ("P+R Gare", "12", "abonnés", False),
        ("Gare", "beaucoup", "tous", False),
    ],
)
def test_which_car_parks_are_park_and_rides(
    tmp_path: Path, name: str, spaces: str, users: str, usable: bool
) -> None:
    line = f"1;{name};45234;;;{users};;50;{spaces};;;;;1.9;47.9;;\n"
    assert len(read_bnls(written(tmp_path, line)).parks) == usable


def test_commas_and_fewer_columns(tmp_path: Path) -> None:
    path = written(tmp_path, '1,"P+R Gare",45234,1.9,47.9\n', header="id,nom,insee,Xlong,Ylat\n")
    (park,) = read_bnls(path).parks
    assert park == CarPark("1", "P+R Gare", 47.9, 1.9)


def test_what_operators_write_is_bounded(tmp_path: Path) -> None:
    long = LES_AUBRAIS.replace("tao.example/pr", "tao.example/" + 100_000 * "p")
    long = long.replace("LES AUBRAIS", 1000 * "AUBRAIS ").replace("titre", 1000 * "titre ")
    (park,) = read_bnls(written(tmp_path, long)).parks
    assert (len(park.name), len(park.info or ""), park.url) == (100, 500, None)


def test_broken_lines_are_counted_with_their_numbers(tmp_path: Path) -> None:
    good = [f"{i};P+R {i};45234;;;tous;;;;;;;;1.9;47.9;;\n" for i in range(70)]
    broken = (
        "a;P+R;45234\n",
        ";P+R;45234;;;tous;;;;;;;;1.9;47.9;;\n",
        "b;;45234;;;tous;;;;;;;;1.9;47.9;;\n",
        "c;P+R;45234;;;tous;;;;;;;;;47.9;;\n",
        "d;P+R;45234;;;tous;;;;;;;;47.9;1.9;;\n",
        "0;P+R encore;45234;;;tous;;;;;;;;1.9;47.9;;\n",
        'e;"P+R;45234;;;tous;;;;;;;;1.9;47.9;;\n',
        "f;P+R Fin;45234;;;tous;;;;;;;;1.9;47.9;;\r\n",
    )
    read = read_bnls(written(tmp_path, *good, "\n", *broken))
    assert len(read.parks) == 71
    assert read.rejected == {
        "cut": [73, 79], "no_id": [74], "no_name": [75], "no_place": [76], "outside": [77],
        "repeated": [78],
    }  # fmt: skip
    assert "2 sans autant de colonnes que l'en-tête (lignes 73, 79)" in rejections_text(
        read.rejected
    )
    assert "1 sans position (ligne 76)" in rejections_text(read.rejected)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    abroad = [f"{i};P+R {i};45234;;;tous;;;;;;;;-51.2;-30.0;;\n" for i in range(9)]
    for lines, header, sentence in (
        ([], "id;nom\n", "colonnes attendues : insee, xlong, ylat"),
        ([], "", "colonnes attendues"),
        ([], HEADER, "le fichier est vide"),
        (abroad, HEADER, "9 lignes inutilisables sur 9 : 9 position hors du pays"),
    ):
        with pytest.raises(Refusal, match=sentence):
            read_bnls(written(tmp_path, *lines, header=header))
    with pytest.raises(Refusal, match="ne peut pas être lu"):
        read_bnls(tmp_path / "absent.csv")
    path = tmp_path / "latin.csv"
    path.write_text(HEADER + LES_AUBRAIS.replace("Gratuit", "Payé"), "windows-1252")
    with pytest.raises(Refusal, match="UTF-8"):
        read_bnls(path)
