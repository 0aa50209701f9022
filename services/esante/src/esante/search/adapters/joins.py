"""Chains and `_has`, unfolded: first the resources at the far end, a bounded number of them. Where
they are few, what refers to them is looked up by its index; where they are many, each candidate is
asked in turn, and many pass. Where they were many is remembered for a while: both ways find the
same, one of them sooner.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from esante.search.adapters.criteria_sql import is_by_code
from esante.search.adapters.statements import Made, referred_statement, referring_statement
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    Not,
    Refs,
    Selves,
    any_of,
    joins_of,
)
from socle.postgres import Connection

FEW: Final = 1000
_REMEMBERED: Final = timedelta(minutes=1)
_MOST_REMEMBERED: Final = 10_000

FarEnd = tuple[str, Criterion]


class Joins:
    """Unfolds chains and `_has`, and remembers at which far ends there were many. `few`: resources
    at the far end that are looked up one by one, at most."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._many: dict[FarEnd, datetime] = {}

    def are_known(self, criterion: Criterion, now: datetime) -> bool:
        """Whether nothing needs to be looked up before the criterion itself."""
        return all(
            self._is_many(far, now) for join in joins_of(criterion) for far in _far_ends(join)
        )

    async def resolved(
        self, connection: Connection, criterion: Criterion, now: datetime
    ) -> Criterion:
        """The same, chains and `_has` that meet few resources replaced by those."""
        match criterion:
            case AllOf(of):
                return AllOf(tuple([await self.resolved(connection, each, now) for each in of]))
            case AnyOf(of):
                return any_of([await self.resolved(connection, each, now) for each in of])
            case Not(of):
                return Not(await self.resolved(connection, of, now))
            case Chain():
                return await self._resolved_chain(connection, criterion, now)
            case Has():
                return await self._resolved_has(connection, criterion, now)
            case _:
                return criterion

    async def _resolved_chain(
        self, connection: Connection, chain: Chain, now: datetime
    ) -> Criterion:
        ways: list[Criterion] = []
        for far in chain.targets:
            inner = await self.resolved(connection, far[1], now)
            few = None
            if not self._is_many(far, now):
                told = referring_statement(far[0], inner, chain.parameter, most=self._few)
                few = await self._looked_up(connection, far, told, now)
            many = Chain(chain.parameter, ((far[0], inner),))
            ways.append(many if few is None else Refs(tuple(few)))
        return any_of(ways)

    async def _resolved_has(self, connection: Connection, has: Has, now: datetime) -> Criterion:
        if is_by_code(has):
            return has
        far = has.resource_type, has.criterion
        inner = await self.resolved(connection, has.criterion, now)
        few = None
        if not self._is_many(far, now):
            told = referred_statement(far[0], inner, has.parameter, most=self._few)
            few = await self._looked_up(connection, far, told, now)
        return Has(far[0], has.parameter, inner) if few is None else Selves(tuple(few))

    async def _looked_up(
        self, connection: Connection, far: FarEnd, made: Made, now: datetime
    ) -> list[int] | None:
        statement, arguments = made
        few: list[int] | None = await connection.fetchval(statement, *arguments)
        if few is None:
            if len(self._many) >= _MOST_REMEMBERED:
                self._many.clear()
            self._many[far] = now + _REMEMBERED
        return few

    def _is_many(self, far: FarEnd, now: datetime) -> bool:
        return (until := self._many.get(far)) is not None and now < until


def _far_ends(join: Chain | Has) -> Sequence[FarEnd]:
    """Those to be looked up before."""
    if isinstance(join, Chain):
        return join.targets
    return () if is_by_code(join) else ((join.resource_type, join.criterion),)
