"""Consuming: what each way a handler may end leads to, and what is committed."""

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

import pytest

from socle.bus import FrozenConsumer, Limits, TopicSpec, ensure_topics
from socle.errors import Refusal, Retry
from socle.events import Tombstone
from socle.kafka import Outgoing
from socle.telemetry import current_trace, use_trace
from socle.testing import TEST_LIMITS, until

pytestmark = pytest.mark.usefixtures("broker")

PATIENCE = 60.0  # seconds, an upper bound only


@asynccontextmanager
async def consuming(bus, event_type, handle, *, group=None, time_limit=30.0):
    """A member at work inside the block."""
    group = group or f"group-of-{event_type.topic}"
    task = asyncio.create_task(
        bus.consume(event_type, group=group, handle=handle, time_limit=time_limit)
    )
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def texts(seen):
    return [received.data.text for received in seen]


async def test_each_record_once_in_order_and_committed(make_bus, new_notes):
    Note = await new_notes(partitions=2)
    bus = await make_bus()
    await bus.publish(*(Note(name=f"k{i % 5}", text=str(i)) for i in range(100)))
    seen = []

    async def handle(received):
        seen.append(received)

    async with consuming(bus, Note, handle):
        await until(lambda: len(seen) == 100)
        assert bus.why_not() is None
    by_key = defaultdict(list)
    for received in seen:
        by_key[received.key].append(int(received.data.text))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert {received.source for received in seen} == {"test"}

    # Whoever comes next in the group is given what was not yet settled, and no more.
    async with consuming(bus, Note, handle):
        await bus.publish(Note(name="new", text="new"))
        await until(lambda: len(seen) > 100)
    assert texts(seen[100:]) == ["new"]


async def test_a_poison_record_becomes_a_dead_letter_and_the_rest_goes_on(
    make_bus, new_notes, read_all
):
    Note = await new_notes()
    bus = await make_bus()
    headers = (("ce_id", b"1"), ("x-mine", b"\xff\x00"))
    await bus.publish(Note(name="a", text="before"))
    await bus.send([Outgoing(Note.topic, b"a", b"{not json", headers)])
    await bus.publish(Note(name="a", text="after"))
    seen = []

    async def handle(received):
        seen.append(received)

    async with consuming(bus, Note, handle, group="poisoned-" + Note.topic):
        await until(lambda: len(seen) == 2)
    assert texts(seen) == ["before", "after"]

    (dead,) = await read_all(f"poisoned-{Note.topic}.dlq")
    assert (dead.key, dead.value) == (b"a", b"{not json")
    assert dead.headers[:2] == headers
    why = {name: value.decode() for name, value in dead.headers[2:]}
    assert why["dlq_category"] == "undecodable"
    assert why["dlq_topic"] == Note.topic
    assert (why["dlq_partition"], why["dlq_offset"]) == ("0", "1")
    assert "UTF-8" in why["dlq_reason"]


async def test_a_refusal_becomes_a_dead_letter(make_bus, new_notes, read_all):
    Note = await new_notes()
    bus = await make_bus()
    await bus.publish(Note(name="a", text="no"), Note(name="a", text="yes"))
    seen = []

    async def handle(received):
        if received.data.text == "no":
            raise Refusal("conflict", "Déjà vu", current=3)
        seen.append(received)

    async with consuming(bus, Note, handle, group="g-" + Note.topic):
        await until(lambda: seen)
    (dead,) = await read_all(f"g-{Note.topic}.dlq")
    why = dict(dead.headers)
    assert why["dlq_category"] == b"conflict"
    assert why["dlq_reason"].decode() == "Déjà vu {'current': 3}"
    assert dead.value == b'{"name":"a","text":"no"}'


async def test_without_its_dead_letter_nothing_is_committed(
    make_bus, new_notes, read_all, kafka_address
):
    Note = await new_notes()
    bus = await make_bus()
    group = "g-" + Note.topic
    narrow = TopicSpec(f"{group}.dlq", partitions=1, kind="fact", max_record_bytes=200)
    await ensure_topics(kafka_address, [narrow])
    await bus.publish(Note(name="a", text="x" * 500))

    async def refuse(received):
        raise Refusal("invalid", "Non")

    async with consuming(bus, Note, refuse, group=group) as member:
        with pytest.raises(Refusal) as error:
            await asyncio.wait_for(member, PATIENCE)
        assert error.value.category == "too_large"
    assert await read_all(f"{group}.dlq") == []

    wide = TopicSpec(f"{group}.dlq", partitions=1, kind="fact")
    await ensure_topics(kafka_address, [wide])
    seen = []

    async def handle(received):
        seen.append(received)

    async with consuming(bus, Note, handle, group=group):
        await until(lambda: seen)


async def test_a_retry_holds_its_partition_and_no_other(make_bus, new_notes):
    Note = await new_notes(partitions=4)
    bus = await make_bus()
    keys = [f"k{i}" for i in range(12)]
    await bus.publish(*(Note(name=key, text=str(i)) for i in range(3) for key in keys))
    away, attempts = True, 0
    seen, held = defaultdict(list), set()

    async def handle(received):
        nonlocal attempts
        if away and received.key == "k0":
            attempts += 1
            held.add(received.position.partition)
            raise Retry("Le dehors n'est pas là")
        seen[received.position.partition].append((received.key, received.data.text))

    async with consuming(bus, Note, handle):
        # The partition of k0 stops at its first k0; the others go to their end.
        await until(lambda: held and attempts >= 3)
        (partition,) = held
        await until(lambda: all(len(s) % 3 == 0 for p, s in seen.items() if p != partition))
        assert ("k0", "0") not in seen[partition]
        before = len(seen[partition])
        await bus.publish(*(Note(name=key, text="more") for key in keys))
        others = [p for p in seen if p != partition]
        await until(lambda: all("more" in [text for _, text in seen[p]] for p in others))
        assert len(seen[partition]) == before
        away = False
        await until(lambda: sum(map(len, seen.values())) == 48)
    for key in keys:
        order = [text for settled in seen.values() for name, text in settled if name == key]
        assert order == ["0", "1", "2", "more"]


async def test_any_other_error_stops_with_nothing_committed(make_bus, new_notes):
    Note = await new_notes()
    bus = await make_bus()
    await bus.publish(Note(name="a", text="1"), Note(name="a", text="2"))
    seen = []

    async def stumble(received):
        seen.append(received)
        if received.data.text == "2":
            raise ZeroDivisionError

    async with consuming(bus, Note, stumble) as member:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(member, PATIENCE)
    assert texts(seen) == ["1", "2"]

    async def handle(received):
        seen.append(received)

    async with consuming(bus, Note, handle):
        await until(lambda: len(seen) == 3)
    assert texts(seen) == ["1", "2", "2"]


async def test_a_slow_handler_is_cancelled_and_its_record_given_again(make_bus, new_notes):
    Note = await new_notes()
    bus = await make_bus()
    await bus.publish(Note(name="a", text="slow"), Note(name="a", text="quick"))
    started, cancelled, seen = 0, 0, []

    async def handle(received):
        nonlocal started, cancelled
        if received.data.text == "slow":
            started += 1
            if started == 1:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    cancelled += 1
                    raise
        seen.append(received)

    async with consuming(bus, Note, handle, time_limit=0.2):
        await until(lambda: len(seen) == 2)
    assert (started, cancelled, texts(seen)) == (2, 1, ["slow", "quick"])


async def test_a_record_that_is_always_slow_becomes_a_dead_letter(make_bus, new_notes, read_all):
    Note = await new_notes()
    bus = await make_bus()
    await bus.publish(Note(name="a", text="slow"), Note(name="a", text="quick"))
    started, seen = 0, []

    async def handle(received):
        nonlocal started
        if received.data.text == "slow":
            started += 1
            await asyncio.Event().wait()
        seen.append(received)

    async with consuming(bus, Note, handle, group="g-" + Note.topic, time_limit=0.1):
        await until(lambda: seen)
    assert started == TEST_LIMITS.slow_attempts
    (dead,) = await read_all(f"g-{Note.topic}.dlq")
    assert dict(dead.headers)["dlq_category"] == b"too_slow"


async def test_the_trace_goes_on(make_bus, new_notes):
    Note = await new_notes()
    bus = await make_bus()
    with use_trace(None) as published:
        await bus.publish(Note(name="a"))
    traces = []

    async def handle(received):
        traces.append(current_trace())

    async with consuming(bus, Note, handle):
        await until(lambda: traces)
    assert traces[0].trace_id == published.trace_id
    assert traces[0].parent_id == published.span_id


async def test_a_table_consumed_gives_its_tombstones(make_bus, new_notes):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(Note(name="a", text="1"), Tombstone(Note, "a"))
    # As an operator's tool would write it: no attribute at all.
    await bus.send([Outgoing(Note.topic, b"b", None, ())])
    seen = []

    async def handle(received):
        seen.append((received.key, received.data and received.data.text))

    async with consuming(bus, Note, handle):
        await until(lambda: len(seen) == 3)
    assert seen == [("a", "1"), ("a", None), ("b", None)]


# At two seconds the second look finds it frozen for long already.
@pytest.mark.parametrize("watch", [0.2, 2.0])
async def test_a_frozen_member_is_not_ready_then_stops(make_bus, new_notes, watch):
    Note = await new_notes()
    bus = await make_bus(limits=Limits(watch=watch, frozen=0.5, poll=0.2, grace=0.2))
    await bus.publish(Note(name="a"))
    released = asyncio.Event()

    async def handle(received):
        while not released.is_set():
            # What no handler should do: it swallows its own cancellation.
            with suppress(asyncio.CancelledError):
                await released.wait()

    async with consuming(bus, Note, handle, time_limit=0.1) as member:
        try:
            await until(lambda: "figé" in (bus.why_not() or ""))
            with pytest.raises(FrozenConsumer):
                await asyncio.wait_for(member, PATIENCE)
        finally:
            released.set()
