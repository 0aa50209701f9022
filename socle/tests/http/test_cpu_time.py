"""Processor time is whose step it was: real coroutines, tasks, threads and servers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from time import thread_time_ns

import aiohttp
import pytest
from fastapi.responses import StreamingResponse

from socle.auth import ANONYMOUS
from socle.clock import ManualClock
from socle.http import (
    CPU_TIME_HEADER,
    ASGIApp,
    CpuTime,
    Receive,
    Scope,
    Send,
    attribute_cpu_time,
    make_app,
    read_cpu_time,
    use_cpu_time,
)
from socle.service.cpu_time_meter import CpuTimeMeter
from socle.testing import ServeApp, until

MS = 1_000_000  # nanoseconds
NAME = CPU_TIME_HEADER.decode()


def burn(milliseconds: int) -> None:
    """Keep this thread's processor busy for so long, whoever else has it in between."""
    end = thread_time_ns() + milliseconds * MS
    while thread_time_ns() < end:
        pass


async def work(*milliseconds: int) -> str:
    """Burns, in steps."""
    for each in milliseconds:
        burn(each)
        await asyncio.sleep(0)
    return "done"


async def test_two_at_once_pay_for_their_own_steps() -> None:
    one, other = CpuTime(), CpuTime()

    async def counted(cpu_time: CpuTime, *milliseconds: int) -> str:
        return await cpu_time.of(work(*milliseconds))

    did = await asyncio.gather(counted(one, 3, 3), counted(other, 80, 80), work(80, 80))
    assert did == ["done"] * 3
    # What is more is what steps cost beside, a collection of garbage perhaps: never another's.
    assert 6 * MS <= one.nanoseconds < 80 * MS
    assert 160 * MS <= other.nanoseconds < 240 * MS


async def test_waiting_costs_nothing() -> None:
    cpu_time = CpuTime()
    await cpu_time.of(asyncio.sleep(0.3))
    assert 0 < cpu_time.nanoseconds < 100 * MS


async def test_what_is_raised_or_cancelled_passes_through_both_ways() -> None:
    events: list[str] = []

    async def raising() -> None:
        await asyncio.sleep(0)
        raise KeyError("raised")

    with pytest.raises(KeyError, match="raised"):
        await CpuTime().of(raising())

    async def stubborn() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(10)
        except TimeoutError:
            events.append("late")
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            events.append("cancelled")
            burn(3)
            raise
        return "never"

    async def counted(cpu_time: CpuTime) -> str:
        return await cpu_time.of(stubborn())

    cpu_time = CpuTime()
    task = asyncio.create_task(counted(cpu_time))
    await until(lambda: events)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert events == ["late", "cancelled"]
    assert cpu_time.nanoseconds >= 3 * MS


async def test_an_iterator_left_open_is_closed() -> None:
    closed: list[bool] = []

    async def items() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(10)
        finally:
            closed.append(True)

    async def first() -> int:
        found = items()
        async for each in found:
            await found.aclose()  # type: ignore[attr-defined]
            return each
        return 0

    assert await CpuTime().of(first()) == 1
    left = CpuTime().of(asyncio.sleep(10))
    left.send(None)
    left.close()
    assert closed == [True]


async def test_nothing_is_counted_after_the_end_or_once_left() -> None:
    stopped, left = CpuTime(), CpuTime()

    async def burns_on(cpu_time: CpuTime, *, leave: bool) -> None:
        burn(3)
        if leave:
            cpu_time.leave()
        else:
            cpu_time.stop()
        burn(80)
        await asyncio.sleep(0)
        burn(80)

    await stopped.of(burns_on(stopped, leave=False))
    await left.of(burns_on(left, leave=True))
    assert 3 * MS <= stopped.nanoseconds < 80 * MS
    assert left.nanoseconds == 0


async def test_a_thread_s_time_counts_to_the_exchange_that_started_it() -> None:
    cpu_time = CpuTime()

    async def in_thread() -> None:
        await asyncio.to_thread(attribute_cpu_time(lambda: burn(15)))
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(attribute_cpu_time(lambda: burn(15) or 1 // 0))  # type: ignore[func-returns-value]

    with use_cpu_time(cpu_time):
        await cpu_time.of(in_thread())
    assert cpu_time.nanoseconds >= 30 * MS
    assert attribute_cpu_time(burn) is burn


@pytest.mark.parametrize("value", [b"", b"-1", b"1.5", b" 1", b"\xff", b"1" * 13, b"1, 2"])
def test_what_is_no_number_is_none(value: bytes) -> None:
    assert read_cpu_time([(CPU_TIME_HEADER, value)]) is None
    assert read_cpu_time([(CPU_TIME_HEADER, b"1"), (CPU_TIME_HEADER, b"1")]) is None
    assert read_cpu_time([(b"x", b"1"), (CPU_TIME_HEADER, b"120")]) == 120


def called_by(arms: Mapping[str, str], app: ASGIApp) -> ASGIApp:
    """`app`, as whoever verifies callers hands requests on."""

    async def verified(scope: Scope, receive: Receive, send: Send) -> None:
        scope["regionlab.caller"] = replace(ANONYMOUS, arms=arms)
        await app(scope, receive, send)

    return verified


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """Burns as many milliseconds as the query says before it answers, and 80 after it began."""
    burn(int(scope["query_string"]))
    await asyncio.sleep(0.05)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    burn(80)
    await send({"type": "http.response.body", "body": b"ok"})


async def test_a_framework_s_streams_and_threads_go_on_as_ever(
    serve_app: ServeApp, manual_clock: ManualClock
) -> None:
    app = make_app("Toy", service="toy", clock=manual_clock)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for each in (b"a", b"b"):
                await asyncio.sleep(0.01)
                yield each

        return StreamingResponse(parts())

    @app.get("/thread")
    def thread() -> str:
        return "done"

    address = await serve_app(called_by({"alertes": "prevenu"}, CpuTimeMeter(app)))
    async with aiohttp.ClientSession() as client:
        for path, header, status in (
            ("/stream", "ab", 200),
            ("/thread", '"done"', 200),
            ("/nowhere", "Introuvable", 404),
        ):
            async with client.get(address + path) as answer:
                assert header in await answer.text()
                assert (answer.status, int(answer.headers[NAME]) > 0) == (status, True)


async def test_a_service_reports_cpu_time_only_within_a_pilot(
    serve_app: ServeApp,
) -> None:
    inside = await serve_app(called_by({"alertes": "prevenu"}, CpuTimeMeter(answers)))
    outside = await serve_app(called_by({}, CpuTimeMeter(answers)))
    async with aiohttp.ClientSession() as client:

        async def took(milliseconds: int) -> int:
            async with client.get(f"{inside}/?{milliseconds}") as answer:
                assert (await answer.text(), answer.headers["x-own"]) == ("ok", "1")
                return int(answer.headers[NAME])

        little, much = await asyncio.gather(took(2), took(80))
        assert 2_000 <= little < 80_000
        assert 80_000 <= much < 160_000
        async with client.get(f"{outside}/?2") as answer:
            assert await answer.text() == "ok"
            assert NAME not in answer.headers
