"""Every official example is indexed by the values that FHIRPath selects, and by nothing else.

One example of each type by default, twelve in a campaign; `ESANTE_EXAMPLES=all` takes all 5,306.
"""

import os
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from expected_index import expected_index
from expected_values import Expected
from official_r4 import official_examples, official_folder, read_official

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import MAIN_CODE, MAIN_DATE, parameters_of
from esante.search.domain.indexing import index
from esante.store.domain.index_keys import compartment_key, ref_element, self_key
from esante.store.domain.index_rows import BASE_UNITS, IndexEntries
from socle.testing import sized

SHARES = 8  # so that a failure names few, and workers share them


def chosen(share: int) -> list[Path]:
    number = os.environ.get("ESANTE_EXAMPLES", sized(1, deep=12))
    return official_examples(of_each=None if number == "all" else int(number))[share::SHARES]


@pytest.mark.deep
@pytest.mark.parametrize("share", range(SHARES))
def test_every_example_is_found_by_its_values_and_by_nothing_else(share: int) -> None:
    for file in chosen(share):
        resource = read_official(file)
        if resource["resourceType"] in RESOURCE_TYPES:
            agree(file.name, resource, expected_index(resource), index(resource))


def agree(name: str, resource: Any, expected: Expected, found: IndexEntries) -> None:
    dates = {(row.parameter, row.low, row.high) for row in found.dates}
    main = MAIN_DATE.get(resource["resourceType"])
    if found.date is not None:
        dates.add((main, *found.date))
    quantities = [each for each in found.quantities if not each.parameter.endswith(BASE_UNITS)]
    rows = {(r.parameter, r.low, r.high, r.value, r.unit) for r in quantities}
    alone = {element for element, rest in expected.composites if not rest}
    with_rows = {(element, rest) for element, rest in expected.composites if rest}
    assert {(r.parameter, r.folded, r.exact) for r in found.strings} == expected.strings, name
    assert {(row.parameter, row.value) for row in found.uris} == expected.uris, name
    assert dates == expected.dates, name
    assert rows == expected.quantities, name
    assert set(found.references) == expected.references, name
    assert together(found, with_rows) == with_rows, name
    pairs = {row.pair for row in (*found.quantities, *found.dates)} | {0}
    made = {element ^ pair for element, _ in with_rows for pair in pairs}
    assert found.tokens - made == (expected.tokens | alone) - made, name
    assert expected.tokens | alone <= found.tokens, name
    assert found.refs - compartments(resource, expected) == expected.refs, name
    assert found.codes == expected.codes, name
    about = {self_key(*ref[1:]) for ref in expected.references if ref[0] == "patient"}
    assert {found.about} - {None} == (about if resource["resourceType"] in MAIN_CODE else set()), (
        name
    )
    assert set(found.references) == expected.references, name


DECLARED = {
    "Contract": "subject",
    "Device": "patient",
    "GuidanceResponse": "subject",
    "Task": "patient",
    "VerificationResult": "target",
}
"""The parameters of types that are in compartments here, although R4 has none for them."""


def compartments(resource: Any, expected: Expected) -> set[int]:
    """The elements of the compartments that the definitions place it in."""
    resource_type, found = resource["resourceType"], set()
    for file in official_folder().glob("CompartmentDefinition-*.json"):
        definition = read_official(file)
        name = definition["code"]
        codes = {
            code
            for each in definition["resource"]
            if each["code"] == resource_type and file.stem != "CompartmentDefinition-example"
            for code in each.get("param", [])
        }
        codes |= {DECLARED[resource_type]} if resource_type in DECLARED else set()
        ids = {own for code, of, own in expected.references if of == name and code in codes}
        ids |= {resource["id"]} if resource_type == name and "id" in resource else set()
        found |= {ref_element(compartment_key(name), self_key(name, own)) for own in ids}
    return found


def together(found: IndexEntries, wanted: set[Any]) -> set[Any]:
    """What a search would find to stand together, of everything that might: the elements of tokens
    with the rows of the other components."""
    rows: dict[str, set[tuple[int, tuple[Any, ...]]]] = {}
    for each in found.quantities:
        row = (each.parameter, each.low, each.high, each.value)
        rows.setdefault(each.parameter, set()).add((each.pair, row))
    for day in found.dates:
        rows.setdefault(day.parameter, set()).add((day.pair, (day.parameter, day.low, day.high)))
    for text in found.strings:
        rows.setdefault(text.parameter, set()).add((0, (text.parameter, text.exact)))
    hits: set[Any] = set()
    for element, codes in {(e, tuple(part[0] for part in rest)) for e, rest in wanted}:
        for choice in product(*(rows.get(code, set()) for code in codes)):
            pairs = {pair for pair, _ in choice}
            if len(pairs) == 1 and element ^ pairs.pop() in found.tokens:
                hits.add((element, tuple(row for _, row in choice)))
    return hits


def test_the_compartment_of_an_example() -> None:
    encounter = {"resourceType": "Encounter", "id": "e1", "subject": {"reference": "Patient/p1"}}
    found = index(encounter)
    assert found.patients == ("p1",)
    assert ("subject", "Patient", "p1") in found.references


def test_every_type_has_its_parameters() -> None:
    for resource_type in RESOURCE_TYPES:
        assert "_id" in parameters_of(resource_type)
