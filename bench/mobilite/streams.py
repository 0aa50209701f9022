"""The delay of a live board's update, and the cost of thousands of listeners.

For each size: an operator's message changes at random instants, and a listener waits for the event
with that change (`from the write`; `from the fetch` leaves out the wait for the poll, every
250 ms). Then 5,000 listeners connect, over 500 stops, directly and through the gateway, and one
change of the entire network is sent to all. Targets: p99 under 1 s from the write; on Apache Kafka
under 300 ms from the fetch.
"""

import asyncio
import resource
import tempfile
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
import uvloop

from bench.measuring.crowd import CrowdAway, crowd
from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.processes import memory_of
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.running import Demo, processor_seconds, variable
from bench.measuring.sse import Event, listen
from bench.mobilite.operator import FEED, Operator, house_of, operator

WRITES = 60
LISTENERS = 5000
STOPS = 500
_SHARE = 0.05  # of the runs, changed at each write
_QUIET = 10.0
_PATIENCE = 10.0
_AHEAD = timedelta(minutes=8)


def main(options: Options) -> None:
    """Print both tables."""
    # Twice as many connections at the gateway, which inherits the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rows: list[dict[str, Cell]] = []
    crowds: list[dict[str, Cell]] = []
    for scale in options.scales:
        uvloop.run(_house(scale, "embedded", rows, crowds))
    for scale in options.scales:
        uvloop.run(_house(scale, "kafka", rows, None))
    notes = [f"{WRITES} writes a row, {_SHARE:.0%} of the runs changed by each; poll every 250 ms"]
    Report("latency", "From an operator's message to a listener's event", rows, notes).show()
    notes = [
        f"{LISTENERS:,} listeners of {STOPS} boards; CPU and memory are those of the process that "
        "answers (api directly, the gateway through it)",
        "sent to all: from the poll's fetch of one change of every run to each listener's event",
    ]
    Report("listeners", "Listeners of server-sent events", crowds, notes).show()


async def _house(
    scale: int, broker: str, rows: list[dict[str, Cell]], crowds: list[dict[str, Cell]] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        async with operator(scale) as played:
            house_to_be = house_of(played, Path(folder), "--broker", broker)
            house = await asyncio.to_thread(stack.enter_context, house_to_be)
            try:
                rows.append(measured("latency", await _latency(played, house, scale, broker)))
                if crowds is not None:
                    for way, name in (("direct", "mobilite api"), ("gateway", "gateway gateway")):
                        row = await _crowd(played, house, scale, way, name)
                        crowds.append(measured("listeners", row))
            finally:
                await asyncio.to_thread(stack.close)


async def _latency(played: Operator, house: Demo, scale: int, broker: str) -> dict[str, Cell]:
    random = Random(1)
    seen: dict[int, float] = {}
    waiting = asyncio.Event()

    def receive(event: Event) -> None:
        for late in lates:
            if late not in seen and f'"delay":{late},'.encode() in event.data:
                seen[late] = event.at
                waiting.set()

    lates = [60 + number for number in range(WRITES)]
    most = lates[-1] + 1
    message = played.write(late=most, of=_SHARE)
    await asyncio.sleep(3)
    stop = await _stop(played, house, most)
    listener = await listen(house.address, _stream(stop), receive)
    await listener.opened
    from_write, from_fetch = [], []
    for late in lates:
        await asyncio.sleep(0.3 + random.random() * 0.25)
        waiting.clear()
        message = played.write(late=late, of=_SHARE)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting.wait(), _PATIENCE)
        if late in seen:
            from_write.append(seen[late] - played.written[played.version])
            from_fetch.append(seen[late] - played.fetched[played.version])
    listener.transport.abort()
    return {
        "size": f"{scale}×",
        "broker": broker,
        "runs": message.runs,
        "stop updates": message.stop_updates,
        "from the write p50 ms": percentile(from_write, 0.5) * 1000,
        "p99 ms": percentile(from_write, 0.99) * 1000,
        "from the fetch p50 ms": percentile(from_fetch, 0.5) * 1000,
        "p99 ms ": percentile(from_fetch, 0.99) * 1000,
        "unheard": WRITES - len(from_write),
    }


async def _stop(played: Operator, house: Demo, late: int) -> str:
    """A stop whose board goes on showing a late run while it is measured: at a busy one, ten
    departures leave before it does. Raises LookupError."""
    assert played.message is not None
    async with aiohttp.ClientSession(headers=house_key()) as session:
        for stop in played.message.late_at:
            async with session.get(house.address + _board(stop)) as answer:
                board = await answer.json()
            for each in board["departures"]:
                ahead = datetime.fromisoformat(each["scheduled"]) - played.now()
                if each["delay"] == late and ahead > _AHEAD:
                    return stop
    raise LookupError(f"no board shows a run {late} s late")


async def _crowd(played: Operator, house: Demo, scale: int, way: str, name: str) -> dict[str, Cell]:
    gateway, api = house.process("gateway", "gateway"), house.process("mobilite", "api")
    direct = variable(gateway, "GATEWAY_MOBILITE").rstrip("/")
    address, answering = (direct, api) if way == "direct" else (house.address, gateway)
    stops = played.write(late=45, of=1.0).late_at[:STOPS]
    await asyncio.sleep(3)
    before, cpu_time = memory_of(house.launcher)[name].pss, processor_seconds(answering)
    with crowd(address, LISTENERS) as listeners:
        listeners.send(targets=[_stream(stop) for stop in stops])
        came = await listeners.answer()
        to_come = processor_seconds(answering) - cpu_time
        cpu_time = processor_seconds(answering)
        await asyncio.sleep(_QUIET)
        quiet = (processor_seconds(answering) - cpu_time) / _QUIET
        after = memory_of(house.launcher)[name].pss
        cpu_time = processor_seconds(answering)
        delays, cut = await _publish_all(played, listeners)
        cpu_of_changes = processor_seconds(answering) - cpu_time
    await asyncio.sleep(2)
    return {
        "size": f"{scale}×",
        "through": way,
        "to come s": came["seconds"],
        "first board p99 ms": came["first_p99"] * 1000,
        "CPU ms each": to_come / LISTENERS * 1000,
        "kB each": (after - before) * 1024 / LISTENERS,
        "CPU at rest": f"{quiet:.0%}",
        "to half s": percentile(delays, 0.5),
        "to all s": max(delays),
        "CPU s": cpu_of_changes,
        "lost": LISTENERS - len(delays) + cut,
    }


async def _publish_all(played: Operator, listeners: CrowdAway) -> tuple[list[float], int]:
    """Seconds from the fetch of one change of everything to each listener's event, and how many
    listeners were cut off."""
    late = 1234
    listeners.send(mark=f'"delay":{late},')
    await listeners.answer()
    played.write(late=late, of=1.0)
    listeners.send(received=True)
    received = await listeners.answer()
    fetched = played.fetched[played.version]
    return [at - fetched for at in received["at"]], received["cut"]


def _board(stop: str, more: str = "") -> str:
    return f"/mobilite/v1/stops/{FEED}:{stop}/departures{more}?limit=10"


def _stream(stop: str) -> str:
    return _board(stop, "/stream")
