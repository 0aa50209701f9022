"""A resource, made ready for its searches: every value of every search parameter of its type.

The expressions of a type are compiled once into one tree of the members they pass, and a resource
is walked along it once: what it costs depends on what the resource holds, not on how many
parameters there are. https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.search.domain.definitions import (
    ABOUT,
    COMPARTMENTS,
    MAIN_CODE,
    MAIN_DATE,
    SearchParameter,
    compartments_of,
    parameters_of,
    stored_under,
)
from esante.search.domain.expressions import DECEASED, Path, paths_below, paths_of
from esante.search.domain.extraction_tree import ExtractionTree, extract
from esante.search.domain.ranges import hull
from esante.search.domain.search_extractors.collector import (
    MAX_VALUES,
    Extractor,
    IndexCollector,
    too_many,
)
from esante.search.domain.search_extractors.composites import component_values, composite_extractor
from esante.search.domain.search_extractors.dates import date_extractor
from esante.search.domain.search_extractors.quantities import quantity_extractor
from esante.search.domain.search_extractors.references import own_key, reference_extractor
from esante.search.domain.search_extractors.strings import string_extractor, uri_extractor
from esante.search.domain.search_extractors.tokens import forms, token_extractor
from esante.store.domain.index_keys import (
    compartment_key,
    parameter_key,
    present_element,
    ref_element,
)
from esante.store.domain.index_rows import IndexEntries

# What the store keeps in columns of its own, and what has no values to be found by.
COLUMNS: Final = frozenset({"_id", "_lastUpdated"})


def index(resource: Mapping[str, Any], *, base: str | None = None) -> IndexEntries:
    """What is stored beside a resource. `resource`: as parsed with decimals (`Decimal`), of a type
    of R4, its `id` and `meta` among its members; `base`: the server's own, under which an absolute
    reference is one of ours. A value of a wrong shape is left out. Raises Refusal where there are
    more values than one resource is found by."""
    resource_type = resource["resourceType"]
    found = _extracted(resource, _tree(resource_type, None), base)
    if resource_type == "Patient":
        _index_deceased(resource, found)
    if found.count() > MAX_VALUES:
        raise too_many()
    compartments = _compartments(resource_type, resource.get("id"), found.references)
    found.refs.update(
        ref_element(compartment_key(name), own_key(name, own)) for name, own in compartments
    )
    return IndexEntries(
        tokens=frozenset(found.tokens),
        refs=frozenset(found.refs),
        strings=_once(found.strings),
        uris=_once(found.uris),
        dates=_once(found.dates),
        quantities=_once(found.quantities),
        references=_once(found.references),
        patients=tuple(own for name, own in compartments if name == "Patient"),
        date=_main_date(found),
        codes=frozenset(found.codes),
        about=_about(resource_type, found),
    )


def patients_of(resource: Mapping[str, Any], *, base: str | None = None) -> tuple[str, ...]:
    """The patients in whose compartments a resource is, as `index` tells, and nothing else."""
    resource_type = resource["resourceType"]
    references = [
        each
        for code in compartments_of(resource_type).get("Patient", ())
        for each in _extracted(resource, _tree(resource_type, code), base).references
    ]
    compartments = _compartments(resource_type, resource.get("id"), references)
    return tuple(own for name, own in compartments if name == "Patient")


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _extracted(
    resource: Mapping[str, Any], tree: ExtractionTree, base: str | None
) -> IndexCollector:
    found = IndexCollector(base)
    for inner in objects_in(resource.get("contained")):
        if isinstance(inner.get("id"), str) and isinstance(inner.get("resourceType"), str):
            found.contained[inner["id"]] = inner["resourceType"]
    extract(tree, resource, found)
    return found


@lru_cache(maxsize=2_000)
def _tree(resource_type: str, only: str | None) -> ExtractionTree:
    """The readers of a type: of every parameter, or of one."""
    tree = ExtractionTree()
    for code, parameter in parameters_of(resource_type).items():
        if code in COLUMNS or parameter.type == "special" or parameter.expression == DECEASED:
            continue
        if stored_under(resource_type, code) != (code,):
            continue
        if only in (None, code):
            _add(tree, resource_type, parameter)
    return tree


def _add(tree: ExtractionTree, resource_type: str, parameter: SearchParameter) -> None:
    paths = paths_of(parameter.expression, resource_type)
    for path in paths:
        if parameter.type == "composite":
            tree.add_composite(path.keys, _composite(resource_type, parameter, path))
            continue
        reader = _reader(resource_type, parameter, path)
        if reader is not None:
            tree.add(path.keys, reader)


def _reader(resource_type: str, parameter: SearchParameter, path: Path) -> Extractor | None:
    code, value_type = parameter.code, path.type
    key = parameter_key(resource_type, code)
    match parameter.type:
        case "token":
            is_main = MAIN_CODE.get(resource_type) == code
            return token_extractor(code, key, value_type, path.systems, is_main=is_main)
        case "string":
            return string_extractor(code, key, value_type)
        case "uri":
            return uri_extractor(code, key, value_type)
        case "reference":
            return reference_extractor(
                resource_type, code, value_type, path.target, parameter.targets
            )
        case "date":
            is_main = MAIN_DATE.get(resource_type) == code
            return date_extractor(code, key, value_type, is_main=is_main)
        case _:
            return quantity_extractor(code, key, value_type)


def _composite(resource_type: str, parameter: SearchParameter, at: Path) -> Any:
    parts = tuple(
        component_values(
            resource_type,
            component,
            paths_of(component.expression, resource_type)
            if component.expression.startswith("%resource")
            else paths_below(component.expression, resource_type, at),
        )
        for component in parameter.components
    )
    return composite_extractor(resource_type, parameter.code, parts)


def _index_deceased(resource: Mapping[str, Any], found: IndexCollector) -> None:
    """`Patient.deceased.exists() and Patient.deceased != false`."""
    key = parameter_key("Patient", "deceased")
    dead = resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource
    found.tokens.update(forms(key, "", "true" if dead else "false"))
    found.tokens.add(present_element(key))


def _compartments(
    resource_type: str, own: Any, references: list[tuple[str, str, str]]
) -> tuple[tuple[str, str], ...]:
    """The compartments a resource is in: (Patient, id)…"""
    codes = compartments_of(resource_type)
    found = [
        (compartment, resource_id)
        for code, compartment, resource_id in references
        if code in codes.get(compartment, ())
    ]
    if resource_type in COMPARTMENTS and isinstance(own, str):
        found.insert(0, (resource_type, own))
    return _once(found)


def _about(resource_type: str, found: IndexCollector) -> int | None:
    if resource_type not in MAIN_CODE:
        return None
    about = (
        own_key(resource_type_referred, own)
        for code, resource_type_referred, own in found.references
        if code == ABOUT
    )
    return next(about, None)


def _main_date(found: IndexCollector) -> tuple[datetime | None, datetime | None] | None:
    return hull(found.main)
