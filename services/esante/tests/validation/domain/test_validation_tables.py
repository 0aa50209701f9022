"""The compiled tables of validation equal the official definitions."""

import runpy
import sys
from pathlib import Path

import pytest
from official_r4 import official_folder

from esante.core.domain.structures import RESOURCE_TYPES, find_structure
from esante.terminology.domain.r4_terminology import codes_of, find_code_system, find_value_set

TOOLS = Path(__file__).parents[3] / "tools"
PACKAGE = Path(__file__).parents[3] / "src" / "esante"
STRUCTURES = PACKAGE / "core" / "domain" / "r4" / "structures.txt"


def test_they_are_what_the_compiler_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = official_folder()
    monkeypatch.syspath_prepend(str(TOOLS))
    compiler = runpy.run_path(str(TOOLS / "compile_validation.py"))
    monkeypatch.setattr(sys, "argv", ["compile_validation.py", str(folder), str(tmp_path)])
    compiler["main"]()
    made = sorted(tmp_path.rglob("*.*"))
    assert len(made) == 6
    for file in made:
        committed = PACKAGE / file.relative_to(tmp_path)
        assert file.read_bytes() == committed.read_bytes(), file.name


def test_every_type_has_a_structure() -> None:
    for name in RESOURCE_TYPES:
        structure = find_structure(name)
        assert structure is not None
        for element in structure.elements.values():
            primitive = element.type[0].islower()
            assert primitive or element.type == "Resource" or find_structure(element.type), element


def test_required_bindings_are_listed_but_for_three() -> None:
    bound = {
        element.binding
        for line in STRUCTURES.read_text("utf-8").splitlines()
        if not line.startswith((" ", "#"))
        for structure in [find_structure(line.partition(" < ")[0])]
        if structure is not None
        for element in structure.elements.values()
        if element.binding
    }
    unlisted = {url.rpartition("/")[2] for url in bound if codes_of(url) is None}
    assert unlisted == {"mimetypes", "ucum-units", "LL379-9"}
    assert len(bound) > 200


def test_currencies_are_those_of_iso_4217() -> None:
    codes = codes_of("http://hl7.org/fhir/ValueSet/currencies")
    assert codes is not None
    assert ("urn:iso:std:iso:4217", "EUR") in codes
    assert len(codes) > 170


def test_codes_of_r4() -> None:
    system = find_code_system("http://terminology.hl7.org/CodeSystem/v3-RoleCode")
    assert system is not None
    assert {"SPS", "HUSB", "WIFE"} <= system.subsumed_codes("SPS")
    assert system.subsumed_codes("HUSB") == {"HUSB"}
    value_set = find_value_set("http://hl7.org/fhir/ValueSet/observation-status")
    assert value_set is not None
    assert value_set.name
