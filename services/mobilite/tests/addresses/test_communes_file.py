"""The file of communes that the operator of the platform gives."""

from pathlib import Path

import pytest

from mobilite.addresses.adapters.communes_file import read_communes
from mobilite.addresses.domain.communes import Commune
from socle.errors import Refusal

LA_POSTE = """\
#Code_commune_INSEE;Nom_de_la_commune;Code_postal;Libellé_d_acheminement;Ligne_5;_geopoint
45284;ST JEAN DE BRAYE;45800;ST JEAN DE BRAYE;;47.9123,1.9723
45135;DAMPIERRE AU BOIS;45570;DAMPIERRE AU BOIS;;47.76,2.52
45234;ORLEANS;45100;ORLEANS;;47.9,1.91
45234;ORLEANS;45000;ORLEANS;;47.9,1.91
98799;NULLE PART;98799;NULLE PART;;
"""
BAN = """\
id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat
1;1;;Rue Royale;45000;45234;Orléans;0;0;1.90;47.90
2;2;;Rue Royale;45000;45234;Orléans;0;0;1.92;47.92
"""


def test_the_file_of_la_poste_is_read(tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    for encoding in ("utf-8", "utf-8-sig", "windows-1252"):
        path.write_text(LA_POSTE, encoding)
        assert read_communes(path) == (
            Commune("45135", "Dampierre au Bois", ("45570",), 47.76, 2.52),
            Commune("45234", "Orleans", ("45000", "45100"), 47.9, 1.91),
            Commune("45284", "Saint Jean de Braye", ("45800",), 47.9123, 1.9723),
        )


def test_the_middle_of_a_commune_is_that_of_its_addresses(tmp_path: Path) -> None:
    path = tmp_path / "adresses-45.csv"
    path.write_text(BAN, "utf-8")
    (commune,) = read_communes(path)
    assert (commune.name, commune.postcodes) == ("Orléans", ("45000",))
    assert (commune.lat, commune.lon) == pytest.approx((47.91, 1.91))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "colonne"),
        ("nom;code_postal\nOrléans;45000\n", "code_insee"),
        ("code_insee;nom;code_postal;lat;lon\n45234;Orléans;45000;x;y\n", "position"),
        ("code_insee;nom;code_postal;lat;lon\n45234;Orléans;45000;147;1\n", "position"),
    ],
)
def test_a_file_without_communes_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "communes.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal, match=sentence):
        read_communes(path)
    with pytest.raises(Refusal, match="lu"):
        read_communes(tmp_path / "absent.csv")
