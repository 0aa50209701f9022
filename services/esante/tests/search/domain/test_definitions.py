"""The compiled tables equal the official definitions, and every expression compiles."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from official_r4 import official_folder

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import (
    COMPARTMENTS,
    MAIN_DATE,
    compartments_of,
    parameters_of,
    stored_under,
)
from esante.search.domain.expressions import paths_below, paths_of


def compiler() -> ModuleType:
    """The program that compiles them, which is not part of the service."""
    file = Path(__file__).parents[3] / "tools" / "compile_definitions.py"
    spec = importlib.util.spec_from_file_location("compile_definitions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_what_the_official_definitions_compile_to() -> None:
    tool = compiler()
    for name, text in tool.compiled(official_folder()).items():
        assert (tool.TABLES / name).read_text(encoding="utf-8") == text, name


def test_every_type_of_r4_is_known_and_nothing_abstract() -> None:
    assert len(RESOURCE_TYPES) == 146
    assert {"Patient", "Parameters", "Binary"} <= RESOURCE_TYPES
    assert "DomainResource" not in RESOURCE_TYPES
    with pytest.raises(KeyError):
        parameters_of("Patience")


@pytest.mark.parametrize("resource_type", sorted(RESOURCE_TYPES))
def test_every_expression_leads_somewhere(resource_type: str) -> None:
    for code, parameter in parameters_of(resource_type).items():
        paths = paths_of(parameter.expression, resource_type)
        assert paths, f"{resource_type}.{code}"
        for component in parameter.components:
            below = [
                found
                for path in paths
                for found in (
                    paths_of(component.expression, resource_type)
                    if component.expression.startswith("%")
                    else paths_below(component.expression, resource_type, path)
                )
            ]
            assert below, f"{resource_type}.{code}: {component.expression}"
            assert component.code in parameters_of(resource_type)


def test_a_parameter_has_what_its_definition_has() -> None:
    of = parameters_of("Observation")
    assert of["patient"].expression == "Observation.subject.where(resolve() is Patient)"
    assert of["patient"].targets == ("Patient",)
    assert of["subject"].targets == ("Device", "Group", "Location", "Patient")
    assert of["_tag"].base == "Resource"
    assert len(parameters_of("List")["item"].targets) == len(RESOURCE_TYPES)
    both = of["code-value-quantity"].components
    assert [(each.code, each.type) for each in both] == [
        ("code", "token"),
        ("value-quantity", "quantity"),
    ]


def test_an_expression_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no step"):
        paths_of("Patient.name.trace('x')", "Patient")


@pytest.mark.parametrize("resource_type", sorted(MAIN_DATE))
def test_a_main_date_has_one_value_at_most(resource_type: str) -> None:
    parameter = parameters_of(resource_type)[MAIN_DATE[resource_type]]
    assert parameter.type == "date"
    assert all(path.single for path in paths_of(parameter.expression, resource_type))


@pytest.mark.parametrize("resource_type", sorted(RESOURCE_TYPES))
def test_what_is_stored_under_others_reads_what_they_read(resource_type: str) -> None:
    of = parameters_of(resource_type)
    for code, parameter in of.items():
        parts = stored_under(resource_type, code)
        if parts == (code,):
            continue
        assert all(stored_under(resource_type, part) == (part,) for part in parts)
        assert {of[part].type for part in parts} == {parameter.type}
        between = [path for part in parts for path in paths_of(of[part].expression, resource_type)]
        assert sorted(map(repr, between)) == sorted(
            map(repr, paths_of(parameter.expression, resource_type))
        )
        for part in parts:
            pairs = zip(parameter.components, of[part].components, strict=True)
            for combined, own in pairs:
                assert (own.type, own.expression) == (combined.type, combined.expression)
                assert own.code in stored_under(resource_type, combined.code)


@pytest.mark.parametrize("resource_type", sorted(RESOURCE_TYPES))
def test_compartments_are_entered_by_references(resource_type: str) -> None:
    for compartment, codes in compartments_of(resource_type).items():
        assert compartment in COMPARTMENTS
        assert all(parameters_of(resource_type)[code].type == "reference" for code in codes)


def test_no_two_main_date_branches_can_both_have_a_value() -> None:
    # A choice has one of its types; anything else would be two dates for one column.
    for resource_type, code in MAIN_DATE.items():
        paths = paths_of(parameters_of(resource_type)[code].expression, resource_type)
        stems = {
            path.keys[-1].name.removesuffix(path.type[0].upper() + path.type[1:]) for path in paths
        }
        assert len(stems) == 1, resource_type
