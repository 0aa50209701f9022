"""An idempotent producer, acknowledged by all replicas, that preserves the order of each key.

aiokafka never expires an idempotent batch: it repeats it until the broker answers. So when a
caller's time is up its records stay queued, in order, and may still arrive; the next caller first
waits for them. Order is preserved, and an outage queues no more than each caller's last attempt.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed
from aiokafka.structs import RecordMetadata

from socle.errors import Retry
from socle.kafka import limits
from socle.kafka.errors import translated
from socle.kafka.partitioner import Partitioner
from socle.kafka.records import Outgoing

log = logging.getLogger(__name__)


class Publisher:
    """Writes records. It connects at the first one, or by `connect`; `close` ends it."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._overdue: set[asyncio.Future[RecordMetadata]] = set()
        self._starting = asyncio.Lock()

    async def connect(self) -> None:
        """Connect now. Raises `Retry` when no broker answers."""
        await self._started()

    async def send(self, records: Sequence[Outgoing], *, time_limit: float | None) -> None:
        """Write the records and return when all are acknowledged; order is preserved by key.

        Raises `Retry` when the broker did not acknowledge within `time_limit` seconds (None: no
        limit) or no longer knows this producer; some of the records may have arrived or still
        arrive. Raises `Refusal` for a record that is too large.
        """
        try:
            async with asyncio.timeout(time_limit):
                await self._await_overdue()
                await self._send(records)
        except TimeoutError as error:
            raise Retry("Kafka n'a pas acquitté les messages à temps") from error

    async def close(self) -> None:
        """Wait a few seconds for queued records, then close every connection."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _stop(producer)

    async def _send(self, records: Sequence[Outgoing]) -> None:
        producer = await self._started()
        sent: list[asyncio.Future[RecordMetadata]] = []
        try:
            for record in records:
                with translated(f"écriture dans {record.topic}"):
                    future = await producer.send(
                        record.topic,
                        value=record.value,
                        key=record.key,
                        headers=list(record.headers),
                    )
                future.add_done_callback(_retrieve_exception)
                sent.append(future)
            if sent:
                await asyncio.wait(sent)
        finally:
            self._overdue.update(future for future in sent if not future.done())
        error = next((e for e in (future.exception() for future in sent) if e is not None), None)
        if error is not None:
            await self._abandon(producer, error)
            with translated("écriture"):
                raise error

    async def _abandon(self, producer: AIOKafkaProducer, error: BaseException) -> None:
        # A batch that failed leaves a gap in its partition's sequence: the broker would refuse
        # whatever this producer sends there next.
        if producer is self._producer:
            log.error("producer failed and is replaced by a new one: %r", error)
            self._producer = None
            await _stop(producer)

    async def _await_overdue(self) -> None:
        """Wait for the records of callers whose time was up, so that order is preserved."""
        if self._overdue:
            waiting = set(self._overdue)
            await asyncio.wait(waiting)
            self._overdue -= waiting

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                self._overdue.clear()
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    partitioner=Partitioner(),
                    max_request_size=limits.MAX_REQUEST_BYTES,
                    max_batch_size=128 * 1024,
                    request_timeout_ms=limits.ms(limits.REQUEST_SECONDS),
                    retry_backoff_ms=limits.ms(limits.RETRY_BACKOFF_SECONDS),
                    metadata_max_age_ms=limits.ms(limits.METADATA_SECONDS),
                )
                try:
                    with translated("ouverture"):
                        async with asyncio.timeout(limits.REQUEST_SECONDS):
                            await producer.start()
                except BaseException:
                    await _stop(producer)
                    raise
                self._producer = producer
            return self._producer


def _retrieve_exception(future: "asyncio.Future[RecordMetadata]") -> None:
    """Consume a late failure: its caller has already received `Retry`."""
    if not future.cancelled():
        future.exception()


async def _stop(producer: AIOKafkaProducer) -> None:
    """Flush and close; if the broker does not answer in time, drop queued records and close."""
    try:
        async with asyncio.timeout(limits.CLOSE_SECONDS):
            await producer.stop()
    except TimeoutError:
        # `stop` waits for the queue while the broker is unreachable, and cannot be called twice:
        # what it would have stopped next is stopped here, through aiokafka's internals.
        log.warning("producer closed with records unacknowledged")
        producer._message_accumulator.fail_all(ProducerClosed())
        task = producer._sender.sender_task
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=limits.CLOSE_SECONDS)
        await producer.client.close()
