"""The searches of an export, and of the deletions since the last one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from esante.bulk_data.domain.export_request import ExportRequest
from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.query.criteria import (
    AllOf,
    Criterion,
    DateTest,
    LastUpdated,
    all_of,
    any_of,
)
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.matcher import needs_database
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import (
    in_compartment,
    is_in_compartment,
    parse_query,
    read_pairs,
)

FEW_PATIENTS: Final = 500
"""Compartments that a criterion looks up; those of more patients are compared row by row."""
_INSTANT: Final = timedelta(microseconds=1)


def export_query(request: ExportRequest, *, context: SearchContext) -> Query:
    """The search of an export, before permissions. Its order and pages are without effect.

    Raises Refusal as `parse_query`.
    """
    types = _exported_types(request)
    query = parse_query([("_type", ",".join(types))], Scope(), context=context)
    criteria = tuple((each, _criterion(each, request, context)) for each in types)
    return replace(query, criteria=criteria, named=bool(request.types))


def deletion_criterion(
    resource_type: str, request: ExportRequest, *, context: SearchContext
) -> Criterion:
    """The criterion of the last content of a deleted resource, before permissions.

    `matches` can evaluate it: filters that need the database (a chain or `_has`, whose far ends can
    have changed, or words) are taken for met.
    """
    filters = _filters(resource_type, request, context)
    found = [] if any(map(needs_database, filters)) else filters
    return any_of(found) if found else AllOf()


def _exported_types(request: ExportRequest) -> Sequence[str]:
    if request.types:
        return request.types
    if request.level == "system":
        return sorted(RESOURCE_TYPES)
    # Traces are about who reads the records: they are exported if their type is named.
    types = sorted(RESOURCE_TYPES - {APPEND_ONLY})
    return [each for each in types if is_in_compartment(each, "Patient")]


def _criterion(resource_type: str, request: ExportRequest, context: SearchContext) -> Criterion:
    found: list[Criterion] = []
    if filters := _filters(resource_type, request, context):
        found.append(any_of(filters))
    if request.since is not None:
        moment = datetime.fromisoformat(request.since)
        found.append(LastUpdated((DateTest("gt", moment, moment + _INSTANT),)))
    if request.until is not None:
        moment = datetime.fromisoformat(request.until)
        found.append(LastUpdated((DateTest("lt", moment, moment + _INSTANT),)))
    if request.patients is not None and len(request.patients) <= FEW_PATIENTS:
        own = [in_compartment(resource_type, "Patient", each) for each in request.patients]
        found.append(any_of(own))
    return all_of(found)


def _filters(resource_type: str, request: ExportRequest, context: SearchContext) -> list[Criterion]:
    """The criterion of each `_typeFilter` of that type; one of them suffices."""
    found: list[Criterion] = []
    for each in request.filters:
        named, _, search = each.partition("?")
        if named == resource_type:
            query = parse_query(read_pairs(search.encode()), Scope(named), context=context)
            found.append(query.criteria[0][1])
    return found
