"""A change and its announcement in one transaction; a record and its effect in another.

    async with transaction(pool) as connection:           # the writer
        await connection.execute("UPDATE …")
        await outbox.announce(connection, ResourceChangedV1(…))
    await relay(pool, bus)                                # one task of the same service

    async def handle(received):                           # the reader
        async with transaction(pool) as connection:
            if await accept(connection, "esante.subscriptions", received):
                await connection.execute("INSERT …")

The relay publishes at least once, with the same event id each time; `accept` drops the second.
"""

from datetime import timedelta
from typing import Any

import orjson

from socle.bus.envelope import Envelope
from socle.clock import Clock
from socle.events import Event, Received, Tombstone
from socle.kafka import Outgoing
from socle.outbox.relay import CHANNEL, relay
from socle.postgres import Connection, Pool

__all__ = ["DDL_V1", "Outbox", "accept", "relay", "tidy_inbox", "wake_relay"]

# For a service's first migration: `run_sql(outbox.DDL_V1)`. A later version is a separate DDL_V2.
DDL_V1 = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
CREATE TABLE inbox (
    consumer_group text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, source, event_id)
);
CREATE INDEX inbox_accepted ON inbox (accepted_at);
"""


class Outbox:
    """Stores the events of `source` for the relay."""

    def __init__(self, source: str, clock: Clock) -> None:
        self._envelope = Envelope(source, clock)

    async def announce(self, connection: Connection, *items: Event | Tombstone) -> None:
        """Store the items in the caller's transaction; they are published after its commit.

        Order is preserved by key if the transactions that announce a key exclude one another: lock
        or write the key's row first. Raises `Refusal` for an item that no broker would accept.
        """
        for row in self.sealed(*items):
            await connection.execute(
                "INSERT INTO outbox (topic, key, headers, value)"
                " VALUES ($1, $2, $3::text::jsonb, $4)",
                *row,
            )
        # PostgreSQL notifies at commit, once for a transaction.
        await wake_relay(connection)

    def sealed(self, *items: Event | Tombstone) -> list[tuple[str, str, str, bytes | None]]:
        """The rows of the items (topic, key, headers as JSON, value), for a service that writes
        them in a statement of its own and then calls `wake_relay`. What `announce` documents on
        order holds here too. Raises `Refusal` for an item that no broker would accept."""
        return [_row(self._envelope.seal(item)) for item in items]


async def wake_relay(connection: Connection | Pool) -> None:
    """Wake the relay at once; inside a transaction, at its commit."""
    await connection.execute(f"NOTIFY {CHANNEL}")


def _row(record: Outgoing) -> tuple[str, str, str, bytes | None]:
    assert record.key is not None
    headers = [[name, value.decode()] for name, value in record.headers]
    return record.topic, record.key.decode(), orjson.dumps(headers).decode(), record.value


async def accept(connection: Connection, group: str, received: Received[Any]) -> bool:
    """Record the event for `group` in the caller's transaction; whether it is the first time."""
    first = await connection.fetchval(
        "INSERT INTO inbox (consumer_group, source, event_id) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING RETURNING true",
        group,
        received.source,
        received.id,
    )
    return first is not None


async def tidy_inbox(connection: Connection, *, older_than: timedelta) -> int:
    """Delete the events accepted earlier than `older_than` ago, and return how many.

    `older_than`: longer than the retention of any topic.
    """
    status = await connection.execute(
        "DELETE FROM inbox WHERE accepted_at < now() - $1::interval", older_than
    )
    return int(status.removeprefix("DELETE "))
