"""Chains and `_has`: the resources at the far end are looked up first, up to a limit.

If they are few, their keys replace the chain. If they are many, the chain is evaluated on each
candidate instead, since many match. Both find the same resources, at different cost. Far ends with
many resources are remembered for a minute, without another lookup.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from esante.search.adapters.criteria_sql import is_main_code_lookup
from esante.search.adapters.hierarchies import resolve_hierarchy
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import FarEnd, ids_sql, referred_sql, referring_sql
from esante.search.domain.query.contained_chain import contained_criterion
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    Ids,
    InHierarchy,
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


class JoinResolver:
    """Replaces chains and `_has` by the keys of the resources at their far end, if they are few.

    `few`: the greatest number of them.
    """

    def __init__(self, few: int = FEW) -> None:
        self.few = few
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
            not isinstance(join, InHierarchy)
            and all(self._is_many(far, now) for far in _far_ends(join))
            for join in joins_of(criterion)
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
            case InHierarchy():
                return await resolve_hierarchy(connection, criterion)
            case _:
                return criterion

    async def _resolve_chain(
        self, connection: Connection, chain: Chain, now: datetime
    ) -> Criterion:
        """One statement looks up the ends that are not known to be many."""
        ends = [(each, await self.resolve(connection, inner, now)) for each, inner in chain.targets]
        contained = contained_criterion(chain)
        if contained is not None:
            contained = await self.resolve(connection, contained, now)
        statement, max_rows = Statement(), self.few
        sought = [at for at, far in enumerate(chain.targets) if not self._is_many(far, now)]
        lookups = [
            referring_sql(ends[at], chain.parameter, statement, max_rows=max_rows) for at in sought
        ]
        if lookups and contained is not None:
            lookups.append(ids_sql((chain.source, contained), statement, max_rows=max_rows))
        found: Sequence[Any] = ()
        if lookups:
            row = await connection.fetchrow(f"SELECT {', '.join(lookups)}", *statement.arguments)
            found = tuple(row or ())
        few = dict(zip(sought, found, strict=False))
        alternatives: list[Criterion] = []
        for at, end in enumerate(ends):
            references = few.get(at)
            if references is None:
                if at in few:
                    self._remember(chain.targets[at], now)
                alternatives.append(Chain(chain.parameter, (end,)))
            else:
                alternatives.append(References(tuple(references)))
        if contained is not None:
            ids = found[-1] if lookups else None
            if ids is None:
                alternatives.append(contained)
            elif ids:
                alternatives.append(Ids(tuple(ids)))
        return any_of(alternatives)

    async def _resolve_has(self, connection: Connection, has: Has, now: datetime) -> Criterion:
        if is_main_code_lookup(has):
            return has
        far = has.resource_type, has.criterion
        inner = await self.resolve(connection, has.criterion, now)
        if not self._is_many(far, now):
            statement = Statement()
            lookup = referred_sql((far[0], inner), has.parameter, statement, max_rows=self.few)
            few: list[int] | None = await connection.fetchval(
                f"SELECT {lookup}", *statement.arguments
            )
            if few is not None:
                return SelfReference(tuple(few))
            self._remember(far, now)
        return Has(far[0], has.parameter, inner)

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
