"""Versions of resources for many tasks at once: those that they read at the same time are one
query."""

from collections.abc import Mapping, Sequence
from typing import Final

from esante.core.flows.call_batcher import CallBatcher
from esante.store.adapters.attached_rows import AttachedRows
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import PostgresResources
from esante.store.ports import ResourceState, ResourceVersion
from socle.outbox import Outbox
from socle.postgres import Pool, reachable

_AT_ONCE: Final = 32
"""Versions of one query: each can be some megabytes."""
# Each is found by its key: OFFSET 0 keeps the planner from joining whole tables.
_SELECT_VERSIONS = """
SELECT v.updated, v.interaction, v.content, r.version AS current, r.updated AS current_updated,
    r.patient, CASE WHEN r.version = w.version THEN v.content ELSE r.content END AS current_content
FROM unnest($1::text[], $2::text[], $3::integer[])
        WITH ORDINALITY AS w(type, id, version, place)
    LEFT JOIN LATERAL (
        SELECT updated, interaction, content FROM version
        WHERE type = w.type AND id = w.id AND version = w.version OFFSET 0
    ) v ON true
    LEFT JOIN LATERAL (
        SELECT version, updated, content, patient FROM resource
        WHERE type = w.type AND id = w.id OFFSET 0
    ) r ON true
ORDER BY w.place"""

_Found = tuple[ResourceVersion, ResourceState] | None


class BatchedResources(PostgresResources):
    """Implements `ResourceStore`. Parameters as in `PostgresResources`."""

    def __init__(
        self,
        pool: Pool,
        outbox: Outbox,
        notifier: OutboxNotifier,
        attached: Mapping[str, AttachedRows] | None = None,
    ) -> None:
        super().__init__(pool, outbox, notifier, attached)
        self._find_versions = CallBatcher(self._select_versions, most=_AT_ONCE)

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[ResourceVersion | None, ResourceState]:
        found = await self._find_versions((resource_type, resource_id, version))
        # One that was deleted, or never existed, is rare.
        return found or await super().find_version(resource_type, resource_id, version)

    async def _select_versions(self, versions: Sequence[tuple[str, str, int]]) -> Sequence[_Found]:
        with reachable():
            rows = await self._pool.fetch(_SELECT_VERSIONS, *zip(*versions, strict=True))
        found: list[_Found] = []
        for identity, row in zip(versions, rows, strict=True):
            if row["current"] is None or row["updated"] is None:
                found.append(None)
                continue
            text, current = row["content"], row["current_content"]
            found.append(
                (
                    ResourceVersion(
                        *identity,
                        row["updated"],
                        row["interaction"],
                        None if text is None else text.encode(),
                    ),
                    ResourceState(
                        row["current"],
                        row["current_updated"],
                        current.encode(),
                        tuple(row["patient"]),
                    ),
                )
            )
        return found
