"""The indexing of a resource: every value of every search parameter of its type.

The expressions of a type are compiled once into one tree, along which a resource is walked once.
The cost depends on the size of the resource, not on the number of parameters.
https://hl7.org/fhir/R4/search.html
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
from esante.search.domain.ranges import enclosing_range
from esante.search.domain.search_extractors.collector import (
    MAX_VALUES,
    Extractor,
    IndexCollector,
    too_many,
)
from esante.search.domain.search_extractors.composites import component_values, composite_extractor
from esante.search.domain.search_extractors.dates import date_extractor
from esante.search.domain.search_extractors.quantities import quantity_extractor
from esante.search.domain.search_extractors.references import cached_self_key, reference_extractor
from esante.search.domain.search_extractors.strings import string_extractor, uri_extractor
from esante.search.domain.search_extractors.tokens import token_extractor, token_forms
from esante.store.domain.index_keys import (
    compartment_key,
    parameter_key,
    present_element,
    ref_element,
)
from esante.store.domain.index_rows import IndexEntries

# Parameters that are columns of the resource row.
COLUMNS: Final = frozenset({"_id", "_lastUpdated"})


def index(resource: Mapping[str, Any], *, base: str | None = None) -> IndexEntries:
    """The index entries of a resource. Malformed values are skipped.

    `resource`: parsed with Decimal, with its `id` and `meta`; `base`: the FHIR base of this server,
    below which absolute references are local. Raises Refusal past `MAX_VALUES`.
    """
    resource_type = resource["resourceType"]
    collector = _extracted(resource, _tree(resource_type, None), base)
    if resource_type == "Patient":
        _index_deceased(resource, collector)
    if collector.count() > MAX_VALUES:
        raise too_many()
    compartments = _compartments(resource_type, resource.get("id"), collector.references)
    collector.refs.update(
        ref_element(compartment_key(name), cached_self_key(name, own)) for name, own in compartments
    )
    return IndexEntries(
        tokens=frozenset(collector.tokens),
        refs=frozenset(collector.refs),
        strings=_distinct(collector.strings),
        uris=_distinct(collector.uris),
        dates=_distinct(collector.dates),
        quantities=_distinct(collector.quantities),
        references=_distinct(collector.references),
        patients=tuple(own for name, own in compartments if name == "Patient"),
        date=_main_date(collector),
        codes=frozenset(collector.codes),
        about=_about(resource_type, collector),
    )


def patients_of(resource: Mapping[str, Any], *, base: str | None = None) -> tuple[str, ...]:
    """The Patient compartments of a resource, as in `index`, without its other entries."""
    resource_type = resource["resourceType"]
    references = [
        each
        for code in compartments_of(resource_type).get("Patient", ())
        for each in _extracted(resource, _tree(resource_type, code), base).references
    ]
    compartments = _compartments(resource_type, resource.get("id"), references)
    return tuple(own for name, own in compartments if name == "Patient")


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _extracted(
    resource: Mapping[str, Any], tree: ExtractionTree, base: str | None
) -> IndexCollector:
    collector = IndexCollector(base)
    for inner in objects_in(resource.get("contained")):
        if isinstance(inner.get("id"), str) and isinstance(inner.get("resourceType"), str):
            collector.contained[inner["id"]] = inner["resourceType"]
    extract(tree, resource, collector)
    return collector


@lru_cache(maxsize=2_000)
def _tree(resource_type: str, only: str | None) -> ExtractionTree:
    """The extractors of a type: of every parameter, or of the parameter `only`."""
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
        extractor = _extractor(resource_type, parameter, path)
        if extractor is not None:
            tree.add(path.keys, extractor)


def _extractor(resource_type: str, parameter: SearchParameter, path: Path) -> Extractor | None:
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


def _index_deceased(resource: Mapping[str, Any], collector: IndexCollector) -> None:
    """Index `Patient.deceased.exists() and Patient.deceased != false`."""
    key = parameter_key("Patient", "deceased")
    dead = resource.get("deceasedBoolean") is True or "deceasedDateTime" in resource
    collector.tokens.update(token_forms(key, "", "true" if dead else "false"))
    collector.tokens.add(present_element(key))


def _compartments(
    resource_type: str, own: Any, references: list[tuple[str, str, str]]
) -> tuple[tuple[str, str], ...]:
    """The compartments of a resource: (compartment, id)."""
    codes = compartments_of(resource_type)
    found = [
        (compartment, resource_id)
        for code, compartment, resource_id in references
        if code in codes.get(compartment, ())
    ]
    if resource_type in COMPARTMENTS and isinstance(own, str):
        found.insert(0, (resource_type, own))
    return _distinct(found)


def _about(resource_type: str, collector: IndexCollector) -> int | None:
    if resource_type not in MAIN_CODE:
        return None
    about = (
        cached_self_key(target_type, own)
        for code, target_type, own in collector.references
        if code == ABOUT
    )
    return next(about, None)


def _main_date(collector: IndexCollector) -> tuple[datetime | None, datetime | None] | None:
    return enclosing_range(collector.main)
