"""The records that a search names, looked up instead of all those that are open to its caller."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from esante.search.domain.definitions import compartments_of, standard_parameters_of
from esante.search.domain.extraction_plan import parameter_paths
from esante.search.domain.query.criteria import AllOf, AnyOf, Criterion, Ids, References
from esante.search.domain.query.record_criteria import InRecords
from esante.store.domain.index_keys import compartment_key, parameter_key, ref_element, self_key

_PATIENT: Final = "Patient"
_Named: TypeAlias = Sequence[tuple[int, ...]]
"""For each value of a criterion, the elements of the records that it can mean."""


def in_named_records(resource_type: str, criterion: Criterion, permitted: Criterion) -> Criterion:
    """The permission of a search for a criterion, with the records that this names (`patient=x`)
    instead of all open ones, which can be thousands.

    What meets the criterion is in the records that it names. If some were not, the search would
    find less than is permitted, never more.
    """
    named = tuple(_named_by(resource_type, criterion))
    return _replace(permitted, named) if named else permitted


def _replace(permitted: Criterion, named: Sequence[_Named]) -> Criterion:
    match permitted:
        case AllOf(of):
            return AllOf(tuple(_replace(each, named) for each in of))
        case AnyOf(of):
            return AnyOf(tuple(_replace(each, named) for each in of))
        case InRecords(elements):
            found = (_open_ones(each, elements) for each in named)
            return next((InRecords(each) for each in found if each), permitted)
        case _:  # below a negation, fewer records would permit more
            return permitted


def _open_ones(named: _Named, elements: frozenset[int]) -> frozenset[int]:
    """The records that are meant; empty if one value means none of those that are open, since its
    matches can be in another."""
    found: set[int] = set()
    for meanings in named:
        known = elements.intersection(meanings)
        if not known:
            return frozenset()
        found |= known
    return frozenset(found)


def _named_by(resource_type: str, criterion: Criterion) -> Iterator[_Named]:
    match criterion:
        case AllOf(of):
            for each in of:
                yield from _named_by(resource_type, each)
        case References(elements) if elements:
            keys = _record_keys(resource_type)
            yield tuple((each, *(each ^ key for key in keys)) for each in elements)
        case Ids(ids) if resource_type == _PATIENT:
            yield tuple((_own_record(each),) for each in ids)


def _own_record(patient: str) -> int:
    return ref_element(compartment_key(_PATIENT), self_key(_PATIENT, patient))


@lru_cache(maxsize=200)
def _record_keys(resource_type: str) -> tuple[int, ...]:
    """What makes of an element of a reference parameter that of the record, for each parameter
    whose references place a resource of the type in records.

    Not only those that define the compartment: `Observation.patient` has the values of `subject`.
    """
    parameters = standard_parameters_of(resource_type)
    defining = compartments_of(resource_type).get(_PATIENT, ())
    placing = {path for code in defining for path in _elements(resource_type, code)}
    own = compartment_key(_PATIENT)
    return tuple(
        parameter_key(resource_type, code) ^ own
        for code, each in parameters.items()
        if each.type == "reference" and _are_among(_elements(resource_type, code), placing)
    )


def _elements(resource_type: str, code: str) -> list[object]:
    parameter = standard_parameters_of(resource_type)[code]
    return [path.keys for path in parameter_paths(parameter, resource_type)]


def _are_among(paths: Iterable[object], placing: set[object]) -> bool:
    found = set(paths)
    return bool(found) and found <= placing
