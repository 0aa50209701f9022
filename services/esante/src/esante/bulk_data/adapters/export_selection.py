"""The selection of an export: which versions it contains, in one snapshot of the database.

Only identities are stored. Versions are immutable, so that their texts are read later, without a
long transaction.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from esante.bulk_data.domain.deletions import DeletedResource, concerns
from esante.bulk_data.domain.export_query import (
    FEW_PATIENTS,
    deletion_criterion,
    export_query,
)
from esante.bulk_data.domain.export_request import ExportRequest
from esante.core.domain.permissions import Access
from esante.search.adapters.criteria_sql import criterion_sql
from esante.search.adapters.joins import JoinResolver
from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.criteria import Criterion, all_of
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.narrowing import narrow_query
from esante.search.ports import AccessFilter
from socle.postgres import Connection

# ruff: noqa: S608 - values are arguments
_PART: Final = 1000
"""Versions of a part, and deletions of a Bundle."""
_DELETED_AT_ONCE: Final = 20
_ADD_DELETIONS: Final = """
INSERT INTO export_part (export, number, section, type, ids, versions)
VALUES ($1, $2, 'deleted', 'Bundle', $3, '{}')"""
# The last content is the version before the deletion.
_DELETIONS: Final = """
SELECT d.type, d.id, d.updated, last.content FROM version d
JOIN version last ON last.type = d.type AND last.id = d.id AND last.version = d.version - 1
WHERE d.type = ANY($1::text[]) AND d.updated > $2::timestamptz
    AND d.updated < coalesce($3::timestamptz, 'infinity')
    AND d.interaction = 'delete' AND last.content IS NOT NULL
    AND NOT EXISTS (SELECT FROM version n
        WHERE n.type = d.type AND n.id = d.id AND n.version > d.version)
ORDER BY d.type, d.updated, d.id"""


@dataclass(slots=True)
class Selection:
    """The selection of one export, in the transaction of a connection."""

    connection: Connection
    export: str
    request: ExportRequest
    access: Access
    context: SearchContext
    access_filter: AccessFilter
    parts: int = 0
    """Those that are stored."""
    selected: int = 0
    """Resources and deletions in them."""

    async def run(self) -> None:
        """Store all parts. Raises Refusal."""
        query = export_query(self.request, context=self.context)
        narrowed = narrow_query(query, self._permitted)
        joins = JoinResolver()
        for types, criterion in narrowed:
            resolved = await joins.resolve(self.connection, criterion, self.context.now)
            await self._select(types, resolved)
        if self.request.since is not None:
            await self._select_deletions(sorted(each for types, _ in narrowed for each in types))

    def _permitted(self, resource_type: str) -> Criterion | None:
        return self.access_filter(resource_type, self.access, self.context)

    async def _select(self, types: Sequence[str], criterion: Criterion) -> None:
        """Store the parts of the current versions that meet a criterion."""
        statement = Statement()
        row = statement.row(types)
        export, before = statement.bind(self.export, "text"), statement.bind(self.parts, "int")
        where = " AND ".join(
            (row.typed, f"({criterion_sql(criterion, row, statement)})", *self._of(row, statement))
        )
        name = row.name
        sql = f"""
WITH found AS (
    SELECT {name}.type, {name}.id, {name}.version, (row_number()
        OVER (PARTITION BY {name}.type ORDER BY {name}.born) - 1) / {_PART} AS part, {name}.born
    FROM {row.source} WHERE {where}
), parts AS (
    SELECT type, part, array_agg(id ORDER BY born) AS ids,
        array_agg(version ORDER BY born) AS versions
    FROM found GROUP BY type, part
), stored AS (
    INSERT INTO export_part (export, number, section, type, ids, versions)
    SELECT {export}, {before} + row_number() OVER (ORDER BY type, part), 'output', type, ids,
        versions
    FROM parts RETURNING cardinality(ids) AS size
)
SELECT count(*) AS parts, coalesce(sum(size), 0) AS selected FROM stored"""
        counted = await self.connection.fetchrow(sql, *statement.arguments)
        assert counted is not None
        self.parts += counted["parts"]
        self.selected += counted["selected"]

    def _of(self, row: Row, statement: Statement) -> Sequence[str]:
        """The conditions on the compartments of a row."""
        request = self.request
        if request.patients is None:
            return () if request.level == "system" else (f"{row.name}.patient <> '{{}}'",)
        if len(request.patients) <= FEW_PATIENTS:
            return ()
        patients = statement.bind(request.patients, "text[]")
        return (f"EXISTS (SELECT FROM unnest({row.name}.patient) p WHERE p = ANY({patients}))",)

    async def _select_deletions(self, types: Sequence[str]) -> None:
        """Store the parts of the deletions."""
        request, found = self.request, list[str]()
        until = None if request.until is None else datetime.fromisoformat(request.until)
        since = datetime.fromisoformat(request.since or "")
        criteria = {
            each: all_of(
                [
                    permitted,
                    deletion_criterion(each, request, context=self.context),
                ]
            )
            for each in types
            if (permitted := self._permitted(each)) is not None
        }
        cursor = await self.connection.cursor(_DELETIONS, list(criteria), since, until)
        while rows := await cursor.fetch(_DELETED_AT_ONCE):
            deleted = [
                DeletedResource(row["type"], row["id"], row["updated"], row["content"].encode())
                for row in rows
            ]
            found += await asyncio.to_thread(partial(self._concerning, deleted, criteria))
            while len(found) >= _PART:
                await self._add_deletions(found[:_PART])
                del found[:_PART]
        if found:
            await self._add_deletions(found)

    def _concerning(
        self, deleted: Sequence[DeletedResource], criteria: dict[str, Criterion]
    ) -> list[str]:
        patients = None if self.request.patients is None else frozenset(self.request.patients)
        return [
            f"{each.type}/{each.id}"
            for each in deleted
            if concerns(
                each,
                criteria[each.type],
                base=self.context.base,
                of_patients=self.request.level != "system",
                patients=patients,
            )
        ]

    async def _add_deletions(self, references: Sequence[str]) -> None:
        self.parts += 1
        self.selected += len(references)
        await self.connection.execute(_ADD_DELETIONS, self.export, self.parts, references)
