"""The criterion of a `_filter`. https://hl7.org/fhir/R4/search_filter.html"""

from collections.abc import Callable
from typing import TypeAlias

from esante.search.domain.query.criteria import Criterion, Not, all_of, any_of
from esante.search.domain.query.filter_parser import Comparison, Filter, Negation

Compare: TypeAlias = Callable[[str, Comparison], Criterion]
"""Returns the criterion of a comparison on a resource type."""


def filter_criterion(resource_type: str, parsed: Filter, compare: Compare) -> Criterion:
    """The criterion of an expression on a resource type. Raises what `compare` raises."""
    if isinstance(parsed, Comparison):
        return compare(resource_type, parsed)
    if isinstance(parsed, Negation):
        return Not(filter_criterion(resource_type, parsed.of, compare))
    criteria = [filter_criterion(resource_type, each, compare) for each in parsed.of]
    return all_of(criteria) if parsed.operator == "and" else any_of(criteria)
