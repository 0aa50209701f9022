"""The query of `$everything` of a patient or of an encounter: a compartment, and what its resources
refer to.

https://hl7.org/fhir/R4/patient-operation-everything.html
https://hl7.org/fhir/R4/encounter-operation-everything.html
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.json_parser import parse_json
from esante.core.domain.references import local_references
from esante.core.domain.resource import Resource
from esante.search.domain.definitions import MAIN_DATE
from esante.search.domain.indexing import patients_of
from esante.search.domain.query.criteria import Criterion, all_of, any_of
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import (
    in_compartment,
    is_in_compartment,
    parse_query,
    require_types,
)
from socle.errors import Refusal

_PATIENT: Final = "Patient"
_ENCOUNTER: Final = "Encounter"
_PREFIX: Final = "Patient/"
_DEFAULT_COUNT: Final = 100
_DATES_OF_PEOPLE: Final = frozenset({"birthdate"})
"""Main dates that are not dates of care."""


@dataclass(frozen=True, slots=True)
class RecordParameters:
    """The parameters of the operation, as received; None or empty without them."""

    types: tuple[str, ...] = ()
    """`_type`."""
    since: str | None = None
    """`_since`: only what has been written since."""
    start: str | None = None
    """Only care that ends at this date or later. What has no date of care is always returned."""
    end: str | None = None
    """Only care that begins at this date or earlier."""
    count: str | None = None
    """`_count`: the resources of the record on a page."""
    cursor: str | None = None
    """`_cursor`, from the link `next`."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values for links, without the cursor."""
        named = {
            "_type": ",".join(self.types) or None,
            "_since": self.since,
            "start": self.start,
            "end": self.end,
            "_count": self.count,
        }
        return tuple((name, value) for name, value in named.items() if value is not None)


def record_query(patient: str, parameters: RecordParameters, *, context: SearchContext) -> Query:
    """The query of one page. `patient`: an id. Traces are in it only if their type is named, since
    they are about who reads the record.

    With a type outside the compartment it is of every type, since such resources are found by what
    refers to them: `is_returned` then chooses. Raises Refusal("invalid") with the `parameter`.
    """
    return _compartment_query((_PATIENT, patient), parameters, context)


def encounter_query(
    encounter: str,
    patients: Collection[str],
    parameters: RecordParameters,
    *,
    context: SearchContext,
) -> Query:
    """The query of one page of an encounter. `encounter`: an id. `patients`: the ids of those in
    whose records it is: what names it by mistake stays in the record of another patient.

    Otherwise as `record_query`.
    """
    query = _compartment_query((_ENCOUNTER, encounter), parameters, context)
    if not patients:
        return query
    narrowed = tuple(
        (each, all_of([criterion, any_of([in_compartment(each, _PATIENT, p) for p in patients])]))
        if is_in_compartment(each, _PATIENT)
        else (each, criterion)
        for each, criterion in query.criteria
    )
    return replace(query, criteria=narrowed)


def _compartment_query(
    compartment: tuple[str, str], parameters: RecordParameters, context: SearchContext
) -> Query:
    require_types(parameters.types)
    pairs = [("_include", "*"), ("_count", parameters.count or str(_DEFAULT_COUNT))]
    if parameters.types and all(
        is_in_compartment(each, compartment[0]) for each in parameters.types
    ):
        pairs.append(("_type", ",".join(parameters.types)))
    pairs += [("_cursor", parameters.cursor)] if parameters.cursor else []
    query = parse_query(pairs, Scope(None, compartment), context=context)
    narrowed = tuple(
        (each, all_of([criterion, *_bounds(each, parameters, context)]))
        for each, criterion in query.criteria
        if each != APPEND_ONLY or each in parameters.types
    )
    # Types that the caller cannot search are left out, named or not: a record is what they may see.
    return replace(query, criteria=narrowed, named=False, applied=parameters.pairs)


def counting_query(query: Query, parameters: RecordParameters) -> Query:
    """The query that counts the resources of the record, without those that they refer to; without
    criteria if none of its types is returned. `query`: from `record_query`."""
    criteria = tuple(each for each in query.criteria if is_returned(each[0], parameters))
    return replace(query, criteria=criteria, summary="count", cursor=None)


def is_returned(resource_type: str, parameters: RecordParameters) -> bool:
    """Whether resources of that type are returned."""
    return not parameters.types or resource_type in parameters.types


def belongs_with(included: Resource, patient: str) -> bool:
    """Whether a resource that a record refers to is returned with it.

    It is not if it is of another patient: of a type that is in compartments, or with a reference
    to another patient, as a Device or a Task can have.
    """
    if is_in_compartment(included.type, _PATIENT):
        return False
    named = {each for each in local_references(included.text.decode()) if each.startswith(_PREFIX)}
    return named <= {_PREFIX + patient}


def belongs_with_encounter(included: Resource, patients: Collection[str], *, base: str) -> bool:
    """Whether a resource that an encounter or its resources refer to is returned with it: what is
    in records only if it is in those of its patients alone."""
    if not is_in_compartment(included.type, _PATIENT):
        named = {e for e in local_references(included.text.decode()) if e.startswith(_PREFIX)}
        return named <= {_PREFIX + each for each in patients}
    found = patients_of(parse_json(included.text), base=base)
    return bool(found) and set(found) <= set(patients)


def _bounds(
    resource_type: str, parameters: RecordParameters, context: SearchContext
) -> list[Criterion]:
    named = partial(_named, resource_type=resource_type, context=context)
    found = []
    if parameters.since is not None:
        found.append(named("_since", name="_lastUpdated", value=f"ge{parameters.since}"))
    code = MAIN_DATE.get(resource_type)
    if code is None or code in _DATES_OF_PEOPLE:
        return found
    for bound, prefix, value in (("start", "ge", parameters.start), ("end", "le", parameters.end)):
        if value is not None:
            within = named(bound, name=code, value=prefix + value)
            undated = named(bound, name=f"{code}:missing", value="true")
            found.append(any_of([undated, within]))
    return found


def _named(
    parameter: str, *, resource_type: str, name: str, value: str, context: SearchContext
) -> Criterion:
    """The criterion `name=value`. Raises Refusal with the operation's `parameter`."""
    refusal = Refusal(
        "invalid", f"« {parameter} » n'est pas une date de FHIR.", parameter=parameter
    )
    if "," in value:
        raise refusal  # in a search, a list is an alternative
    try:
        return parse_criterion(resource_type, name, value, context=context)
    except Refusal:
        raise refusal from None
