"""Chains and `_has`: the resources at the far end are looked up first, up to a limit.

If they are few, their keys replace the chain. If they are many, the chain is evaluated on each
candidate instead, since many match. Both find the same resources, at different cost. Far ends with
many resources are remembered for a minute, without another lookup.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from esante.search.adapters.criteria_sql import is_main_code_lookup
from esante.search.adapters.statements import (
    BoundStatement,
    referred_statement,
    referring_statement,
)
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    Not,
    References,
    SelfReference,
    any_of,
    joins_of,
)
from socle.postgres import Connection

FEW: Final = 1000
"""The greatest number of resources at a far end that counts as few."""
_REMEMBERED_FOR: Final = timedelta(minutes=1)
MAX_REMEMBERED: Final = 500
"""Far ends in memory; past it, the oldest is forgotten."""

FarEnd = tuple[str, Criterion]
"""The type of the resources at the far end of a join, and the criterion that they meet."""


class JoinResolver:
    """Replaces chains and `_has` by the keys of the resources at their far end, if they are few.

    `few`: the greatest number of them.
    """

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._many: dict[bytes, datetime] = {}
        """Until when each is remembered, by digest, since a criterion can have thousands of codes.
        Those that end first come first."""

    @property
    def remembered(self) -> int:
        """The number of far ends in memory."""
        return len(self._many)

    def needs_no_lookup(self, criterion: Criterion, now: datetime) -> bool:
        """Whether no lookup is needed before the search itself."""
        return all(
            self._is_many(far, now) for join in joins_of(criterion) for far in _far_ends(join)
        )

    async def resolve(
        self, connection: Connection, criterion: Criterion, now: datetime
    ) -> Criterion:
        """The criterion, with each chain and `_has` to few resources replaced by their keys."""
        match criterion:
            case AllOf(of):
                return AllOf(tuple([await self.resolve(connection, each, now) for each in of]))
            case AnyOf(of):
                return any_of([await self.resolve(connection, each, now) for each in of])
            case Not(of):
                return Not(await self.resolve(connection, of, now))
            case Chain():
                return await self._resolve_chain(connection, criterion, now)
            case Has():
                return await self._resolve_has(connection, criterion, now)
            case _:
                return criterion

    async def _resolve_chain(
        self, connection: Connection, chain: Chain, now: datetime
    ) -> Criterion:
        alternatives: list[Criterion] = []
        for far in chain.targets:
            inner = await self.resolve(connection, far[1], now)
            few = None
            if not self._is_many(far, now):
                lookup = referring_statement(far[0], inner, chain.parameter, max_rows=self._few)
                few = await self._look_up(connection, far, lookup, now)
            many = Chain(chain.parameter, ((far[0], inner),))
            alternatives.append(many if few is None else References(tuple(few)))
        return any_of(alternatives)

    async def _resolve_has(self, connection: Connection, has: Has, now: datetime) -> Criterion:
        if is_main_code_lookup(has):
            return has
        far = has.resource_type, has.criterion
        inner = await self.resolve(connection, has.criterion, now)
        few = None
        if not self._is_many(far, now):
            lookup = referred_statement(far[0], inner, has.parameter, max_rows=self._few)
            few = await self._look_up(connection, far, lookup, now)
        return Has(far[0], has.parameter, inner) if few is None else SelfReference(tuple(few))

    async def _look_up(
        self, connection: Connection, far: FarEnd, lookup: BoundStatement, now: datetime
    ) -> list[int] | None:
        """The keys that the lookup returns; None, which is remembered, if they are many."""
        statement, arguments = lookup
        few: list[int] | None = await connection.fetchval(statement, *arguments)
        if few is None:
            self._remember(far, now)
        return few

    def _remember(self, far: FarEnd, now: datetime) -> None:
        digest = _digest(far)
        self._many = {
            each: until for each, until in self._many.items() if now < until and each != digest
        }
        if len(self._many) >= MAX_REMEMBERED:
            del self._many[next(iter(self._many))]
        self._many[digest] = now + _REMEMBERED_FOR

    def _is_many(self, far: FarEnd, now: datetime) -> bool:
        return (until := self._many.get(_digest(far))) is not None and now < until


def _digest(far: FarEnd) -> bytes:
    return blake2b(repr(far).encode(), digest_size=16).digest()


def _far_ends(join: Chain | Has) -> Sequence[FarEnd]:
    """The far ends of a join that are looked up."""
    if isinstance(join, Chain):
        return join.targets
    return () if is_main_code_lookup(join) else ((join.resource_type, join.criterion),)
