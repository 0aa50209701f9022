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
from esante.search.domain.ranges import hull
from esante.search.domain.search_extractors.collector import MOST, Found, Reader, too_many
from esante.search.domain.search_extractors.composites import composite_reader, part_of
from esante.search.domain.search_extractors.dates import date_reader
from esante.search.domain.search_extractors.quantities import quantity_reader
from esante.search.domain.search_extractors.references import own_key, reference_reader
from esante.search.domain.search_extractors.strings import string_reader, uri_reader
from esante.search.domain.search_extractors.tokens import forms, token_reader
from esante.search.domain.walk import Tree, walk
from esante.store.domain.index_keys import (
    compartment_key,
    parameter_key,
    present_element,
    ref_element,
)
from esante.store.domain.index_rows import Indexed

# What the store keeps in columns of its own, and what has no values to be found by.
COLUMNS: Final = frozenset({"_id", "_lastUpdated"})


def index(resource: Mapping[str, Any], *, base: str | None = None) -> Indexed:
    """What is stored beside a resource. `resource`: as parsed with decimals (`Decimal`), of a type
    of R4, its `id` and `meta` among its members; `base`: the server's own, under which an absolute
    reference is one of ours. A value of a wrong shape is left out. Raises Refusal where there are
    more values than one resource is found by."""
    resource_type = resource["resourceType"]
    found = _walked(resource, _tree(resource_type, None), base)
    if resource_type == "Patient":
        _tell_deceased(resource, found)
    if found.count() > MOST:
        raise too_many()
    compartments = _compartments(resource_type, resource.get("id"), found.references)
    found.refs.update(
        ref_element(compartment_key(name), own_key(name, own)) for name, own in compartments
    )
    return Indexed(
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
        for each in _walked(resource, _tree(resource_type, code), base).references
    ]
    told = _compartments(resource_type, resource.get("id"), references)
    return tuple(own for name, own in told if name == "Patient")


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _walked(resource: Mapping[str, Any], tree: Tree, base: str | None) -> Found:
    found = Found(base)
    for inner in objects_in(resource.get("contained")):
        if isinstance(inner.get("id"), str) and isinstance(inner.get("resourceType"), str):
            found.contained[inner["id"]] = inner["resourceType"]
    walk(tree, resource, found)
    return found


@lru_cache(maxsize=2_000)
def _tree(resource_type: str, only: str | None) -> Tree:
    """The readers of a type: of every parameter, or of one."""
    tree = Tree()
    for code, parameter in parameters_of(resource_type).items():
        if code in COLUMNS or parameter.type == "special" or parameter.expression == DECEASED:
            continue
        if stored_under(resource_type, code) != (code,):
            continue
        if only in (None, code):
            _add(tree, resource_type, parameter)
    return tree


def _add(tree: Tree, resource_type: str, parameter: SearchParameter) -> None:
    paths = paths_of(parameter.expression, resource_type)
    for path in paths:
        if parameter.type == "composite":
            tree.add_whole(path.keys, _composite(resource_type, parameter, path))
            continue
        reader = _reader(resource_type, parameter, path)
        if reader is not None:
            tree.add(path.keys, reader)


def _reader(resource_type: str, parameter: SearchParameter, path: Path) -> Reader | None:
    code, kind = parameter.code, path.type
    key = parameter_key(resource_type, code)
    match parameter.type:
        case "token":
            is_main = MAIN_CODE.get(resource_type) == code
            return token_reader(code, key, kind, path.systems, is_main=is_main)
        case "string":
            return string_reader(code, key, kind)
        case "uri":
            return uri_reader(code, key, kind)
        case "reference":
            return reference_reader(resource_type, code, kind, path.target, parameter.targets)
        case "date":
            is_main = MAIN_DATE.get(resource_type) == code
            return date_reader(code, key, kind, is_main=is_main)
        case _:
            return quantity_reader(code, key, kind)


def _composite(resource_type: str, parameter: SearchParameter, at: Path) -> Any:
    parts = tuple(
        part_of(
            resource_type,
            component,
            paths_of(component.expression, resource_type)
            if component.expression.startswith("%resource")
            else paths_below(component.expression, resource_type, at),
        )
        for component in parameter.components
    )
    return composite_reader(resource_type, parameter.code, parts)


def _tell_deceased(resource: Mapping[str, Any], found: Found) -> None:
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
    told = [(kind, other) for code, kind, other in references if code in codes.get(kind, ())]
    if resource_type in COMPARTMENTS and isinstance(own, str):
        told.insert(0, (resource_type, own))
    return _once(told)


def _about(resource_type: str, found: Found) -> int | None:
    if resource_type not in MAIN_CODE:
        return None
    about = (own_key(kind, own) for code, kind, own in found.references if code == ABOUT)
    return next(about, None)


def _main_date(found: Found) -> tuple[datetime | None, datetime | None] | None:
    return hull(found.main)
