"""The store and its searches on a database of their own."""

import json
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from search_population import BASE, Json
from search_reference import Stored

import esante
from esante.access.domain.access_filter import access_filter
from esante.access.domain.smart_scopes import access_of
from esante.core.domain.permissions import Access
from esante.core.domain.resource import format_instant
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.domain.indexing import index
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.ports import SearchPage
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import PostgresResources
from esante.store.ports import Change
from socle.clock import ManualClock
from socle.outbox import Outbox
from socle.postgres import Pool, open_pool

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
CONTEXT = SearchContext(BASE, NOW)
_MIGRATIONS = Path(esante.__file__).parent / "migrations" / "versions"
ALL = access_of(["system/*.rs"], role="integrator", patient=None)
ALL_TYPES = partial(access_filter, access=ALL, context=CONTEXT)


@dataclass(slots=True)
class SearchWorld:
    """`resources`: what is there, each with its version."""

    pool: Pool
    store: PostgresResources
    searches: PostgresSearches
    resources: dict[str, tuple[Json, int]] = field(default_factory=dict)

    async def put(self, resource: Json, *, at: timedelta = timedelta()) -> None:
        """Create it, or its next version."""
        local = f"{resource['resourceType']}/{resource['id']}"
        _, version = self.resources.get(local, (None, 0))
        change = changed(resource, over=version, updated=NOW + at)
        if version:
            state = await self.store.find(resource["resourceType"], resource["id"])
            change = replace(change, replaced_digests=state.index_digests)
        await self.store.write([change])
        self.resources[local] = resource, version + 1

    async def delete(self, local: str) -> None:
        """Write its deletion."""
        resource, version = self.resources.pop(local)
        change = changed(resource, over=version, updated=NOW)
        await self.store.write([replace(change, interaction="delete", text=None, indexed=None)])

    async def stored(self) -> list[Stored]:
        """Everything, as the reference reads it."""
        rows = await self.pool.fetch("SELECT type, id, born, updated FROM resource")
        return [
            Stored(self.resources[f"{row['type']}/{row['id']}"][0], row["updated"], row["born"])
            for row in rows
        ]

    async def search(
        self,
        scope: Scope,
        pairs: Sequence[tuple[str, str]],
        *,
        access: Access = ALL,
        context: SearchContext = CONTEXT,
    ) -> tuple[Query, SearchPage]:
        query = parse_query(pairs, scope, context=context)
        return query, await self.searches.search(query, access=access, context=context)

    async def locals(
        self, scope: Scope | str, *pairs: tuple[str, str], access: Access = ALL
    ) -> list[str]:
        """Type/id of everything found, page after page."""
        where = Scope(scope) if isinstance(scope, str) else scope
        found: list[str] = []
        page_pairs = list(pairs)
        while True:
            _, page = await self.search(where, page_pairs, access=access)
            found += [f"{each.type}/{each.id}" for each in page.matches]
            if page.next_cursor is None:
                return found
            page_pairs = [*pairs, ("_cursor", page.next_cursor)]


def changed(resource: Json, *, over: int, updated: datetime) -> Change:
    """The version after `over`, as the flows write it, without their checks."""
    meta = {"versionId": str(over + 1), "lastUpdated": format_instant(updated)}
    stamped = resource | {"meta": resource.get("meta", {}) | meta}
    return Change(
        stamped["resourceType"],
        stamped["id"],
        over + 1,
        updated,
        "update" if over else "create",
        written(stamped).encode(),
        index(stamped, base=BASE),
        over,
    )


def written(value: Any) -> str:
    """JSON with decimals as they are."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


async def open_search_world(url: str, stack: AsyncExitStack) -> SearchWorld:
    """An empty one on that database."""
    pool = await stack.enter_async_context(
        open_pool(url, application_name="esante", settings=POOL_SETTINGS, statement_timeout=60.0)
    )
    store = PostgresResources(pool, Outbox("esante", ManualClock(NOW)), OutboxNotifier(pool))
    return SearchWorld(pool, store, PostgresSearches(pool, access_filter, seconds=60.0))


async def return_to_version(version: str, pool: Pool) -> None:
    """Drop the tables and sequences that later migrations create, so that these run again."""
    for file in sorted(_MIGRATIONS.glob("[0-9]*.py")):
        if file.name[:4] > version:
            text = file.read_text("utf-8").replace(" IF NOT EXISTS", "")
            created = re.findall(r"CREATE (TABLE|SEQUENCE) (\w+)", text)
            for kind, name in created:
                await pool.execute(f"DROP {kind} {name} CASCADE")
    await pool.execute("UPDATE esante_version SET version_num = $1", version)
