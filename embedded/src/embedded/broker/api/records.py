"""Records: produce, fetch, find offsets, delete the oldest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from embedded.broker.batches import check_incoming
from embedded.broker.broker import Broker, Client
from embedded.broker.codes import BrokerError, Code
from embedded.broker.partition import Partition, Slice
from embedded.broker.wire import Fields

_MAX_FETCH = 8 << 20  # bytes of one response, whatever the client accepts
_LATEST, _EARLIEST = -1, -2  # instead of a timestamp in ListOffsets


def _find(broker: Broker, topic: str, partition: int) -> Partition:
    found = broker.store.find(topic, partition)
    if found is None or found.closed:
        raise BrokerError(Code.UNKNOWN_TOPIC_OR_PARTITION)
    return found


async def produce(broker: Broker, client: Client, request: Fields) -> Fields | None:
    """Append one batch to each partition; None (no response) for `acks=0`.

    A batch that the response acknowledges survives a SIGKILL of the broker.
    """
    acks = request["required_acks"]
    refused = Code.NONE
    if acks not in (-1, 0, 1):
        refused = Code.INVALID_REQUIRED_ACKS
    elif request["transactional_id"] is not None:
        refused = Code.INVALID_REQUEST
    topics = [
        {
            "topic": topic["topic"],
            "partitions": [
                _append(broker, topic["topic"], part, refused) for part in topic["partitions"]
            ],
        }
        for topic in request["topics"]
    ]
    return None if acks == 0 else {"topics": topics}


def _append(broker: Broker, topic: str, part: Fields, refused: Code) -> Fields:
    answer = {"partition": part["partition"], "timestamp": -1}
    try:
        if refused:
            raise BrokerError(refused)
        partition = _find(broker, topic, part["partition"])
        batch: bytes = part["messages"] or b""
        if len(batch) > partition.config.max_batch_bytes:
            raise BrokerError(Code.MESSAGE_TOO_LARGE)
        header = check_incoming(batch, keyed=partition.config.compact)
        offset = partition.append(header, batch)
    except BrokerError as error:
        return {**answer, "error_code": error.code, "offset": -1, "log_start_offset": -1}
    start = partition.start_offset
    return {**answer, "error_code": Code.NONE, "offset": offset, "log_start_offset": start}


@dataclass(slots=True)
class _Plan:
    """The batches that a fetch would return now. They are read only when they are sent."""

    parts: list[tuple[Fields, Slice | None]] = field(default_factory=list)
    """The response of each requested partition, and its batches, if any."""
    partitions: list[Partition] = field(default_factory=list)
    """Those without an error, whose next append can wake the fetch."""
    size: int = 0
    """Bytes of all batches."""
    failed: bool = False
    """Whether a partition has an error, with which the fetch is answered at once."""

    def add(self, broker: Broker, topic: str, part: Fields, max_bytes: int) -> None:
        answer = {"partition": part["partition"], "aborted_transactions": []}
        try:
            partition = _find(broker, topic, part["partition"])
            room = min(part["max_bytes"], max_bytes - self.size)
            found = partition.find_batches(part["offset"], room, at_least_one=self.size == 0)
        except BrokerError as error:
            self.failed = True
            unknown = {"highwater_offset": -1, "last_stable_offset": -1}
            self.parts.append(({**answer, **unknown, "error_code": error.code}, None))
            return
        end = partition.end_offset
        known = {"highwater_offset": end, "last_stable_offset": end, "error_code": Code.NONE}
        self.partitions.append(partition)
        self.parts.append(({**answer, **known}, found))
        self.size += found.length if found is not None else 0


async def fetch(broker: Broker, client: Client, request: Fields) -> Fields:
    """Batches from the requested offsets; waits up to `max_wait_time` ms for `min_bytes`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + request["max_wait_time"] / 1000
    max_bytes = min(request["max_bytes"], _MAX_FETCH)
    while True:
        plan = _Plan()
        for topic in request["topics"]:
            for part in topic["partitions"]:
                plan.add(broker, topic["topic"], part, max_bytes)
        timeout = deadline - loop.time()
        if plan.failed or plan.size >= request["min_bytes"] or timeout <= 0:
            break
        await _any_append(plan.partitions, timeout)
    parts = iter([{**fields, "message_set": s.read() if s else b""} for fields, s in plan.parts])
    topics = [
        {"topics": topic["topic"], "partitions": [next(parts) for _ in topic["partitions"]]}
        for topic in request["topics"]
    ]
    return {"topics": topics}


async def _any_append(partitions: Sequence[Partition], timeout: float) -> None:
    """Return when one of the partitions grows or closes, or after `timeout` seconds."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(timeout, _wake, waiter)
    for partition in partitions:
        partition.waiters.add(waiter)
    try:
        await waiter
    finally:
        timer.cancel()
        for partition in partitions:
            partition.waiters.discard(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def list_offsets(broker: Broker, client: Client, request: Fields) -> Fields:
    """The first, the last, or the first offset at a timestamp (-1 where there is none)."""
    topics = [
        {
            "topic": topic["topic"],
            "partitions": [_offset(broker, topic["topic"], part) for part in topic["partitions"]],
        }
        for topic in request["topics"]
    ]
    return {"topics": topics}


def _offset(broker: Broker, topic: str, part: Fields) -> Fields:
    wanted = part["timestamp"]
    code, timestamp, offset = Code.NONE, -1, -1
    try:
        partition = _find(broker, topic, part["partition"])
        if wanted == _LATEST:
            offset = partition.end_offset
        elif wanted == _EARLIEST:
            offset = partition.start_offset
        elif wanted < 0:
            raise BrokerError(Code.UNSUPPORTED_VERSION)
        else:
            timestamp, offset = partition.find_timestamp(wanted) or (-1, -1)
    except BrokerError as error:
        code = error.code
    answer = {"partition": part["partition"], "error_code": code}
    return {**answer, "timestamp": timestamp, "offset": offset}


async def delete_records(broker: Broker, client: Client, request: Fields) -> Fields:
    """Delete the records before an offset; refused for compacted topics."""
    topics = [
        {
            "name": topic["name"],
            "partitions": [_delete_before(broker, topic["name"], p) for p in topic["partitions"]],
        }
        for topic in request["topics"]
    ]
    return {"topics": topics}


def _delete_before(broker: Broker, topic: str, part: Fields) -> Fields:
    code, start = Code.NONE, -1
    try:
        partition = _find(broker, topic, part["partition_index"])
        if not partition.config.delete:
            raise BrokerError(Code.POLICY_VIOLATION)
        start = partition.delete_before(part["offset"])
    except BrokerError as error:
        code = error.code
    number = part["partition_index"]
    return {"partition_index": number, "low_watermark": start, "error_code": code}
