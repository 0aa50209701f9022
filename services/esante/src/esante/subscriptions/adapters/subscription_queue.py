"""Subscriptions and their events in PostgreSQL. Implements `SubscriptionQueue`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg

from esante.core.flows.call_batcher import CallBatcher
from esante.subscriptions.adapters.queue_sql import (
    ACQUIRE,
    ADD_EVENTS,
    FIND_STATE,
    GET_REVISION,
    LIST_CHANGED,
    LIST_EVENTS,
    LIST_STREAMS,
    MEASURE,
    READ_VERSIONS,
    RECORD,
    RECORD_FAILURE,
    RELEASE,
    TIDY,
    TIDY_STREAMS,
    WAKE_ENDED,
)
from esante.subscriptions.adapters.subscription_rows import author_of
from esante.subscriptions.domain.subscription import Channel, Event, Matchable
from esante.subscriptions.ports import (
    ChangedVersion,
    DeliveryState,
    Due,
    Limits,
    MatchedEvent,
    StreamState,
)
from socle.errors import Retry
from socle.postgres import Pool, reachable

LEASE: Final = timedelta(seconds=30)
STREAM_EVENTS: Final = 10_000
"""Events of an event stream that stay stored."""
_LOADED_AT_ONCE: Final = 500
_AT_ONCE: Final = 128
"""Calls of deliveries that are one statement."""
_READ_BYTES: Final = 4 * 1024 * 1024
"""Bytes of the versions that one statement returns; a larger one is returned alone."""


class PostgresSubscriptionQueue:
    """The subscriptions of the service's own database. `lease`: how long a replica that no longer
    runs has its leases."""

    def __init__(self, pool: Pool, *, lease: timedelta = LEASE) -> None:
        self._pool, self._lease = pool, lease
        self._list_events = CallBatcher(self._select_events, most=_AT_ONCE)
        self._record = CallBatcher(self._record_deliveries, most=_AT_ONCE)

    async def get_revision(self) -> int:
        with reachable():
            return int(await self._pool.fetchval(GET_REVISION))

    async def read_versions(
        self, versions: Sequence[tuple[str, str, int]]
    ) -> tuple[Sequence[ChangedVersion], int]:
        types, ids, numbers = zip(*versions, strict=True)
        with reachable():
            rows = await self._pool.fetch(READ_VERSIONS, types, ids, numbers, _READ_BYTES)
        return [_changed_version(row) for row in rows], rows[0]["revision"]

    async def list_changed(self, since: int) -> Sequence[tuple[int, str, Matchable | None]]:
        with reachable():
            rows = await self._pool.fetch(LIST_CHANGED, since, _LOADED_AT_ONCE)
        return [(row["revision"], row["id"], _matchable(row)) for row in rows]

    async def add_events(self, found: Sequence[MatchedEvent], *, limit: int) -> tuple[int, int]:
        pairs = [
            (subscription_id, revision, place)
            for place, each in enumerate(found, 1)
            for subscription_id, revision in each.subscriptions.items()
        ]
        events = [
            (
                each.event.type,
                each.event.id,
                each.event.version,
                each.event.interaction,
                each.event.at,
            )
            for each in found
        ]
        try:
            with reachable():
                row = await self._pool.fetchrow(
                    ADD_EVENTS, *zip(*pairs, strict=True), *zip(*events, strict=True), limit
                )
        except asyncpg.UniqueViolationError as error:
            # Another member of the group adds the same event.
            raise Retry("Cet événement est ajouté au même moment.") from error
        assert row is not None
        return row["added"], row["changed"]

    async def acquire(
        self, replica: str, running: Collection[Due], limits: Limits
    ) -> Sequence[Due]:
        failing = [each.failures > 0 for each in running]
        with reachable():
            rows = await self._pool.fetch(
                ACQUIRE,
                replica,
                self._lease,
                [each.origin for each in running],
                [each.author.account for each in running],
                failing,
                limits.failing - sum(failing),
                limits.of_origin,
                limits.of_account,
                limits.failing_of_account,
                limits.at_once - len(running),
                limits.of_origin_and_account,
            )
        return [_due(row) for row in rows]

    async def wake_ended(self, now: datetime) -> None:
        with reachable():
            await self._pool.execute(WAKE_ENDED, now)

    async def list_events(
        self, subscription_id: str, *, after: int, until: int | None, count: int
    ) -> Sequence[Event]:
        return await self._list_events((subscription_id, after, until, count))

    async def _select_events(
        self, calls: Sequence[tuple[str, int, int | None, int]]
    ) -> Sequence[Sequence[Event]]:
        with reachable():
            rows = await self._pool.fetch(LIST_EVENTS, *zip(*calls, strict=True))
        found: list[list[Event]] = [[] for _ in calls]
        for place, *event in rows:
            found[place - 1].append(Event(*event))
        return found

    async def record_delivery(
        self, due: Due, replica: str, *, delivered: int, sent: bool
    ) -> Literal["lost", "done", "more"]:
        return await self._record((due.id, replica, delivered, sent))

    async def _record_deliveries(
        self, calls: Sequence[tuple[str, str, int, bool]]
    ) -> Sequence[Literal["lost", "done", "more"]]:
        with reachable():
            rows = await self._pool.fetch(RECORD, *zip(*calls, strict=True), self._lease)
        more = {row["id"]: row["more"] for row in rows}
        outcome: dict[bool | None, Literal["lost", "done", "more"]]
        outcome = {None: "lost", False: "done", True: "more"}
        return [outcome[more.get(each[0])] for each in calls]

    async def record_failure(
        self, due: Due, replica: str, *, error: str, pause: timedelta, now: datetime
    ) -> None:
        with reachable():
            await self._pool.execute(RECORD_FAILURE, due.id, replica, error, pause, now)

    async def release(self, replica: str, subscription_id: str | None = None) -> None:
        with reachable():
            await self._pool.execute(RELEASE, replica, subscription_id)

    async def find_state(self, subscription_id: str) -> DeliveryState | None:
        with reachable():
            row = await self._pool.fetchrow(FIND_STATE, subscription_id)
        return None if row is None else DeliveryState(**row)

    async def list_streams(self, subscription_ids: Sequence[str]) -> Mapping[str, StreamState]:
        with reachable():
            rows = await self._pool.fetch(LIST_STREAMS, subscription_ids)
        return {
            row["id"]: StreamState(
                row["status"],
                row["topic"],
                row["content"] or "id-only",
                row["account"],
                row["started"],
                row["events"],
            )
            for row in rows
        }

    async def tidy(self, older_than: timedelta) -> None:
        with reachable():
            for statement in TIDY:
                await self._pool.execute(statement, older_than)
            await self._pool.execute(TIDY_STREAMS, STREAM_EVENTS)

    async def measure(self) -> Mapping[str, int]:
        with reachable():
            rows = await self._pool.fetch(MEASURE)
        found = {row["status"]: row["subscriptions"] for row in rows}
        return found | {"waiting": sum(int(row["waiting"]) for row in rows)}


def _changed_version(row: asyncpg.Record) -> ChangedVersion:
    text, tokens = row["content"], row["tokens"]
    keys = None if tokens is None else (frozenset(tokens), frozenset(row["refs"]))
    return ChangedVersion(None if text is None else text.encode(), keys)


def _matchable(row: asyncpg.Record) -> Matchable | None:
    if not row["matched"]:
        return None
    return Matchable(row["id"], row["revision"], row["criteria"], author_of(row["author"]))


def _due(row: asyncpg.Record) -> Due:
    return Due(
        id=row["id"],
        status=row["status"],
        topic=row["topic"],
        origin=row["origin"],
        channel=Channel(
            row["endpoint"],
            tuple(row["headers"]),
            row["payload"],
            row["content"],
            row["heartbeat"],
            row["timeout"],
            row["max_count"],
        ),
        author=author_of(row["author"]),
        ends=row["ends"],
        activated=row["activated"],
        events=row["events"],
        delivered=row["delivered"],
        failures=row["failures"],
        failing_since=row["failing_since"],
    )
