"""Members coming, leaving and dying: nothing is lost, and no two hold a partition at once."""

import asyncio
import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from socle.testing import TEST_LIMITS, until

pytestmark = pytest.mark.usefixtures("broker")


@asynccontextmanager
async def member(bus, event_type, handle):
    """A member of the topic's group, inside the block."""
    group = f"group-of-{event_type.topic}"
    task = asyncio.create_task(bus.consume(event_type, group=group, handle=handle))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def taking(into, pause=0.0):
    """A handler that notes the partition and text of what it is given."""

    async def handle(received):
        await asyncio.sleep(pause)
        into.append((received.position.partition, received.data.text))

    return handle


async def test_two_members_share_and_one_takes_over(make_bus, new_notes):
    Note = await new_notes(partitions=4)
    bus = await make_bus()
    keys = [f"k{i}" for i in range(16)]
    first, second = [], []
    async with AsyncExitStack() as staying:
        await staying.enter_async_context(member(bus, Note, taking(first)))
        await bus.publish(*(Note(name=key, text=f"1{key}") for key in keys))
        await until(lambda: len(first) == 16)

        async with member(bus, Note, taking(second)):
            rounds = 0

            async def both_at_work():
                nonlocal rounds
                while not (first[16:] and second):
                    rounds += 1
                    await bus.publish(*(Note(name=key, text=f"2{key}") for key in keys))
                    await asyncio.sleep(0.2)

            await asyncio.wait_for(both_at_work(), 120)
            await until(lambda: {t for _, t in first + second} >= {f"2{key}" for key in keys})
            mark = len(first), len(second)
            await bus.publish(*(Note(name=key, text=f"3{key}") for key in keys))
            await until(lambda: {t for _, t in first + second} >= {f"3{key}" for key in keys})
            mine = {p for p, t in first[mark[0] :] if t.startswith("3")}
            others = {p for p, t in second[mark[1] :] if t.startswith("3")}
            assert mine
            assert others
            assert not mine & others

        await bus.publish(*(Note(name=key, text=f"4{key}") for key in keys))
        await until(lambda: {t for _, t in first} >= {f"4{key}" for key in keys})


async def test_a_member_killed_at_work_loses_nothing(make_bus, new_notes, kafka_address):
    Note = await new_notes(partitions=2)
    bus = await make_bus()
    await bus.publish(Note(name="a", text="done"), Note(name="a", text="hang"))
    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("member_program.py")),
        kafka_address,
        Note.topic,
        f"group-of-{Note.topic}",
        stdout=asyncio.subprocess.PIPE,
    )
    assert killed.stdout is not None
    assert await asyncio.wait_for(killed.stdout.readline(), 120) == b"done\n"
    assert await asyncio.wait_for(killed.stdout.readline(), 120) == b"hang\n"
    killed.kill()
    await killed.wait()

    seen = []
    async with member(bus, Note, taking(seen)):
        await bus.publish(Note(name="a", text="after"))
        await until(lambda: len(seen) == 2)
    assert [text for _, text in seen] == ["hang", "after"]


async def test_a_handler_at_work_finishes_and_commits_while_partitions_move(make_bus, new_notes):
    Note = await new_notes(partitions=2)
    bus = await make_bus()
    release, started = asyncio.Event(), asyncio.Event()
    seen = Counter()

    async def slow(received):
        started.set()
        await release.wait()
        seen[received.data.text] += 1

    await bus.publish(*(Note(name=f"k{i}", text=str(i)) for i in range(8)))
    async with member(bus, Note, slow):
        await started.wait()
        other = []
        async with member(bus, Note, taking(other)):
            # The second member waits for the first to let go; its grace is not over yet.
            await asyncio.sleep(0.5)
            release.set()
            await until(lambda: len(seen) + len({t for _, t in other}) == 8)
    assert set(seen.values()) == {1}
    assert Counter(t for _, t in other) == Counter({t for _, t in other})
    assert not seen.keys() & {t for _, t in other}


async def test_a_handler_past_its_grace_is_cancelled_and_its_record_given_again(
    make_bus, new_notes
):
    Note = await new_notes(partitions=1)
    impatient = await make_bus(
        limits=type(TEST_LIMITS)(grace=0.1, poll=0.5, watch=0.5, session=6.0)
    )
    started, cancelled = asyncio.Event(), 0
    seen = []

    async def endless(received):
        nonlocal cancelled
        if cancelled:
            seen.append((0, received.data.text))
            return
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled += 1
            raise

    await impatient.publish(Note(name="a", text="once"))
    async with member(impatient, Note, endless):
        await started.wait()
        # Its grace is production's: what it handled is committed when it leaves, however slowly.
        async with member(await make_bus(), Note, taking(seen)):
            await until(lambda: cancelled and seen)
    assert [text for _, text in seen] == ["once"]
    assert cancelled == 1
