"""The lookups of a search whose chains and `_has` are evaluated in the statement of the page."""

from dataclasses import dataclass, field
from typing import Literal

from esante.search.adapters.criteria_sql import LookedUp, is_main_code_lookup
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import FarEnd, ids_sql, referred_sql, referring_sql
from esante.search.domain.query.contained_chain import contained_criterion
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    InHierarchy,
    Not,
    joins_of,
)


class DependentLookupError(Exception):
    """A lookup needs the result of another one."""


@dataclass(slots=True)
class Lookups:
    """The lookups of one search. `max_rows`: the most matches at a far end."""

    max_rows: int
    statement: Statement = field(default_factory=Statement)
    """Of all lookups."""
    selected: list[str] = field(default_factory=list)
    """The SQL of each: an array of values, NULL for too many."""

    def replace(self, criterion: Criterion) -> Criterion:
        """The criterion, with what each chain and `_has` finds in their place.

        Raises DependentLookupError if one is within another, or in a hierarchy.
        """
        match criterion:
            case AllOf(of):
                return AllOf(tuple(map(self.replace, of)))
            case AnyOf(of):
                return AnyOf(tuple(map(self.replace, of)))
            case Not(of):
                return Not(self.replace(of))
            case Chain():
                return self._chain(criterion)
            case Has() if not is_main_code_lookup(criterion):
                far = _independent((criterion.resource_type, criterion.criterion))
                return self._add(
                    "self",
                    referred_sql(far, criterion.parameter, self.statement, max_rows=self.max_rows),
                )
            case InHierarchy():
                raise DependentLookupError
            case _:
                return criterion

    def _chain(self, chain: Chain) -> Criterion:
        alternatives: list[Criterion] = []
        for target in chain.targets:
            far = _independent(target)
            sql = referring_sql(far, chain.parameter, self.statement, max_rows=self.max_rows)
            alternatives.append(self._add("refs", sql))
        if (contained := contained_criterion(chain)) is not None:
            far = _independent((chain.source, contained))
            sql = ids_sql(far, self.statement, max_rows=self.max_rows)
            alternatives.append(self._add("id", sql))
        return AnyOf(tuple(alternatives))

    def _add(self, column: Literal["refs", "self", "id"], sql: str) -> Criterion:
        self.selected.append(sql)
        return LookedUp((), column, len(self.selected))


def _independent(far: FarEnd) -> FarEnd:
    if any(not isinstance(each, Has) or not is_main_code_lookup(each) for each in joins_of(far[1])):
        raise DependentLookupError
    return far
