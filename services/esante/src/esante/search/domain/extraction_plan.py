"""Plans of the extraction of index entries: the search parameters of a type, compiled once.

https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from esante.search.domain.definitions import (
    ABOUT,
    COMPARTMENTS,
    MAIN_CODE,
    MAIN_DATE,
    SearchParameter,
    compartments_of,
    indexed_parameters_of,
    stored_under,
)
from esante.search.domain.expressions import DECEASED, Path, paths_below, paths_of
from esante.search.domain.extraction_tree import CompositeExtractor, ExtractionTree
from esante.search.domain.search_extractors.collector import Extractor
from esante.search.domain.search_extractors.composites import component_values, composite_extractor
from esante.search.domain.search_extractors.dates import date_extractor
from esante.search.domain.search_extractors.positions import position_extractor
from esante.search.domain.search_extractors.quantities import quantity_extractor
from esante.search.domain.search_extractors.references import reference_extractor
from esante.search.domain.search_extractors.strings import string_extractor, uri_extractor
from esante.search.domain.search_extractors.tokens import deceased_extractor, token_extractor
from esante.search.domain.uploaded_expressions import uploaded_paths
from esante.search.domain.uploaded_parameters import UploadedParameters, uploaded_parameters
from esante.store.domain.index_keys import parameter_key

# Parameters whose values are columns of the resource row, without index entries.
COLUMNS: Final = frozenset({"_id", "_lastUpdated"})


@dataclass(frozen=True, slots=True)
class ExtractionPlan:
    """How the resources of one type are indexed."""

    tree: ExtractionTree
    compartments: Mapping[str, tuple[str, ...]]
    """As returned by `compartments_of`."""
    is_compartment: bool
    """Whether a resource of the type has a compartment of its own."""
    about: str | None
    """The reference parameter to the patient that a resource is about; None: not indexed."""
    uploaded: UploadedParameters
    """With which it was compiled."""
    definitions: int
    """Their key."""


class ExtractionPlans:
    """The plan of each resource type, compiled when it is first read, and again when search
    parameters have been uploaded."""

    def __init__(self, *, compartment: str | None = None) -> None:
        """`compartment`: extract only the references that decide membership in it; None: all."""
        self._plans: dict[str, ExtractionPlan] = {}
        self._compartment = compartment

    def __getitem__(self, resource_type: str) -> ExtractionPlan:
        plan = self._plans.get(resource_type)
        if plan is None or plan.uploaded is not uploaded_parameters():
            plan = self._plans[resource_type] = _compile_plan(resource_type, self._compartment)
        return plan


PLANS: Final = ExtractionPlans()
PATIENT_PLANS: Final = ExtractionPlans(compartment="Patient")


def _compile_plan(resource_type: str, compartment: str | None) -> ExtractionPlan:
    uploaded = uploaded_parameters()
    compartments = compartments_of(resource_type)
    only = None if compartment is None else compartments.get(compartment, ())
    return ExtractionPlan(
        _tree(resource_type, only),
        compartments,
        resource_type in COMPARTMENTS,
        ABOUT if resource_type in MAIN_CODE else None,
        uploaded,
        uploaded.key(),
    )


def _tree(resource_type: str, only: Collection[str] | None) -> ExtractionTree:
    """The extractors of the parameters of a type. `only`: their codes; None: every parameter."""
    tree = ExtractionTree()
    for code, parameter in indexed_parameters_of(resource_type).items():
        if code in COLUMNS:
            continue
        if stored_under(resource_type, code) == (code,) and (only is None or code in only):
            _add(tree, resource_type, parameter)
    return tree


def parameter_paths(parameter: SearchParameter, resource_type: str) -> tuple[Path, ...]:
    """The paths of the expression of a parameter in resources of that type."""
    if parameter.uploaded:
        return uploaded_paths(parameter.expression, resource_type)
    return paths_of(parameter.expression, resource_type)


def is_indexed(parameter: SearchParameter, resource_type: str) -> bool:
    """Whether a value that the expression of a parameter selects can be indexed for its type."""
    paths = parameter_paths(parameter, resource_type)
    return any(_extractor(resource_type, parameter, path) is not None for path in paths)


def _add(tree: ExtractionTree, resource_type: str, parameter: SearchParameter) -> None:
    if parameter.expression == DECEASED and not parameter.uploaded:
        tree.add((), deceased_extractor(parameter_key(resource_type, parameter.code)))
        return
    for path in parameter_paths(parameter, resource_type):
        if parameter.type == "special":  # R4 has one: near
            key = parameter_key(resource_type, parameter.code)
            tree.add(path.keys, position_extractor(key))
            continue
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


def _composite(resource_type: str, parameter: SearchParameter, at: Path) -> CompositeExtractor:
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
