"""The bus: facts are consumed, tables are followed (decision 0001).

async with open_bus("127.0.0.1:9092", source="mobilite", clock=clock) as bus:
    await bus.publish(event, Tombstone(TripUpdateV1, key))
    await bus.consume(ResourceChangedV1, group="esante.subscriptions", handle=notify)
    table = bus.follow(TripUpdateV1, into=state.apply)
    await table.run()
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from socle.bus import metrics
from socle.bus.consumption import Consumption
from socle.bus.dead_letters import DeadLetters
from socle.bus.envelope import Envelope
from socle.bus.limits import Limits
from socle.bus.partition_worker import Handle, HandleBatch, Job
from socle.bus.stall_detector import FrozenConsumer
from socle.bus.table import Into, Table, Unreadable
from socle.clock import Clock
from socle.events import Event, EventT, Received, Tombstone
from socle.kafka import Outgoing, Publisher, TopicChange, TopicSpec, ensure_topics

__all__ = [
    "Bus",
    "FrozenConsumer",
    "Handle",
    "HandleBatch",
    "Into",
    "Limits",
    "Table",
    "TopicChange",
    "TopicSpec",
    "Unreadable",
    "ensure_topics",
    "open_bus",
]


class Bus:
    """A service's connection to the bus; created by `open_bus`."""

    def __init__(
        self, bootstrap: str, publisher: Publisher, *, source: str, clock: Clock, limits: Limits
    ) -> None:
        self._bootstrap = bootstrap
        self._publisher = publisher
        self._source = source
        self._clock = clock
        self._limits = limits
        self._envelope = Envelope(source, clock)
        self._consumptions: list[Consumption[Any]] = []

    async def publish(self, *items: Event | Tombstone) -> None:
        """Write the items; return when all are acknowledged. Order is preserved by key.

        Raises `Refusal` for an item that no broker would accept (nothing is written), `Retry` when
        the broker does not acknowledge in time: some items may then have arrived, or still arrive.
        A change that must be published if and only if it is stored goes through `socle.outbox`.
        """
        await self.send([self._envelope.seal(item) for item in items])

    async def send(self, records: Sequence[Outgoing], *, patient: bool = False) -> None:
        """Write sealed records; like `publish`. `patient`: without a time limit."""
        limit = None if patient else self._limits.publish
        await self._publisher.send(records, time_limit=limit)
        for record in records:
            metrics.PUBLISHED.labels(record.topic).inc()

    async def consume(
        self,
        event_type: type[EventT],
        *,
        group: str,
        handle: Handle[EventT],
        time_limit: float = 30.0,
    ) -> None:
        """Handle a share of the topic's records, with the other members of `group`, until
        cancelled. Partitions progress concurrently, the records of one partition in order.

        `handle`: must be idempotent, since a record can be delivered twice.
        `socle.bus.partition_worker` documents what it can raise and what follows.
        `time_limit`: seconds for one record.

        Raises what `handle` raised when it is neither a `Refusal` nor a `Retry`, and
        `FrozenConsumer`.
        """

        async def handle_one(received: Sequence[Received[EventT]]) -> None:
            await handle(received[0])

        await self.consume_batches(
            event_type, group=group, handle=handle_one, batch=1, time_limit=time_limit
        )

    async def consume_batches(
        self,
        event_type: type[EventT],
        *,
        group: str,
        handle: HandleBatch[EventT],
        batch: int,
        time_limit: float = 30.0,
    ) -> None:
        """Like `consume`, with several records of a partition at once, in their order.

        `handle`: what it raises for several records is not judged; it receives each of them alone
        then. `batch`: records at once, at most; as many are handled again after a crash.
        `time_limit`: seconds for one call.
        """
        job = Job(
            event_type=event_type,
            group=group,
            handle=handle,
            time_limit=time_limit,
            batch=batch,
            dead_letters=DeadLetters(group, self.send, self._clock),
            limits=self._limits,
        )
        consumption = Consumption(self._bootstrap, job, client_id=self._source)
        self._consumptions.append(consumption)
        try:
            await consumption.run()
        finally:
            self._consumptions.remove(consumption)

    def follow(
        self, event_type: type[EventT], *, into: Into[EventT], unreadable: Unreadable = "skipped"
    ) -> Table[EventT]:
        """The topic as a table: `run()` it as a task.

        `into`: receives batches of records, in order by key; a tombstone has the `data` None. After
        a topic is recreated, or the position is lost, it receives records again from the first
        stored one.
        `unreadable`: with "deleted", an unreadable record deletes its key, for tables whose
        previous value must not stay valid.
        """
        return Table(
            self._bootstrap,
            event_type,
            into,
            client_id=self._source,
            limits=self._limits,
            unreadable=unreadable,
        )

    def why_not(self) -> str | None:
        """A readiness check: None when every `consume` in progress receives records, else a French
        sentence."""
        sentences = [c.why_not() for c in self._consumptions]
        return next((sentence for sentence in sentences if sentence is not None), None)


@asynccontextmanager
async def open_bus(
    bootstrap: str,
    *,
    source: str,
    clock: Clock,
    limits: Limits | None = None,
    lazy: bool = False,
) -> AsyncIterator[Bus]:
    """Connect to the broker. Raises `Retry` when none answers, unless `lazy`.

    `bootstrap`: addresses of brokers, `host:port[,host:port…]`. `source`: the service's name.
    `lazy`: connect at the first use only, for a service that works without the broker.
    """
    publisher = Publisher(bootstrap, client_id=source)
    if not lazy:
        await publisher.connect()
    try:
        yield Bus(bootstrap, publisher, source=source, clock=clock, limits=limits or Limits())
    finally:
        await publisher.close()
