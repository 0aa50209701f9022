"""The delay of a live board's update, and the cost of thousands of listeners.

For each size: an operator's message changes at random instants, and a listener waits for the event
with that change. The delay is measured from the write of the message, and from its fetch by the
poll, every 250 ms. Then 5,000 listeners of 500 stops connect, directly and through the gateway, and
one change of the entire network is sent to all. Targets: p99 under 1 s from the write; on Apache
Kafka under 300 ms from the fetch.
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

from bench.measuring.crowd import CrowdProcess, crowd
from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.processes import memory_of
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.running import Demo, cpu_seconds_of, variable
from bench.measuring.sse import Event, listen
from bench.mobilite.operator import FEED, Operator, demo_of_operator, operator

WRITES = 60
LISTENERS = 5000
STOPS = 500
_CHANGED_SHARE = 0.05
"""The share of the runs that each write changes."""
_REST_SECONDS = 10.0
"""Duration of the measurement at rest."""
_TIMEOUT_SECONDS = 10.0
"""How long an event is awaited."""
_VISIBLE_FOR = timedelta(minutes=8)
"""How long a measured departure must remain on its board."""
_PROPAGATION_SECONDS = 3.0
"""From a write until boards certainly contain it."""


def main(options: Options) -> None:
    """Measure every size with both brokers; print and save both tables."""
    # The gateway inherits the limit; it has two connections per listener.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rows: list[dict[str, Cell]] = []
    crowds: list[dict[str, Cell]] = []
    for scale in options.scales:
        uvloop.run(_measure_installation(scale, "embedded", rows, crowds))
    for scale in options.scales:
        uvloop.run(_measure_installation(scale, "kafka", rows, None))
    notes = [f"{WRITES} writes a row, each of {_CHANGED_SHARE:.0%} of the runs; poll every 250 ms"]
    Report("latency", "From an operator's message to a listener's event", rows, notes).show()
    notes = [
        f"{LISTENERS:,} listeners of {STOPS} boards; CPU and memory are those of the process that "
        "answers (api directly, the gateway through it)",
        "sent to all: from the poll's fetch of one change of every run to each listener's event",
    ]
    Report("listeners", "Listeners of server-sent events", crowds, notes).show()


async def _measure_installation(
    scale: int, broker: str, rows: list[dict[str, Cell]], crowds: list[dict[str, Cell]] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        async with operator(scale) as simulated:
            starting = demo_of_operator(simulated, Path(folder), "--broker", broker)
            platform = await asyncio.to_thread(stack.enter_context, starting)
            try:
                rows.append(measured("latency", await _latency(simulated, platform, scale, broker)))
                if crowds is not None:
                    for way, name in (("direct", "mobilite api"), ("gateway", "gateway gateway")):
                        row = await _crowd(simulated, platform, scale, way, name)
                        crowds.append(measured("listeners", row))
            finally:
                await asyncio.to_thread(stack.close)


async def _latency(simulated: Operator, platform: Demo, scale: int, broker: str) -> dict[str, Cell]:
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
    message = simulated.write(late=most, of=_CHANGED_SHARE)
    await asyncio.sleep(_PROPAGATION_SECONDS)
    stop = await _stop(simulated, platform, most)
    listener = await listen(platform.address, _stream(stop), receive)
    await listener.opened
    from_write, from_fetch = [], []
    for late in lates:
        await asyncio.sleep(0.3 + random.random() * 0.25)
        waiting.clear()
        message = simulated.write(late=late, of=_CHANGED_SHARE)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting.wait(), _TIMEOUT_SECONDS)
        if late in seen:
            from_write.append(seen[late] - simulated.written[simulated.version])
            from_fetch.append(seen[late] - simulated.fetched[simulated.version])
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


async def _stop(simulated: Operator, platform: Demo, late: int) -> str:
    """A stop whose board shows a late run during the entire measurement.

    `late`: the delay of the late runs, in seconds. A board has ten departures: at a busy stop they
    all leave too early. Raises LookupError if there is no such stop.
    """
    assert simulated.message is not None
    async with aiohttp.ClientSession(headers=house_key()) as session:
        for stop in simulated.message.late_at:
            async with session.get(platform.address + _board(stop)) as answer:
                board = await answer.json()
            for each in board["departures"]:
                ahead = datetime.fromisoformat(each["scheduled"]) - simulated.now()
                if each["delay"] == late and ahead > _VISIBLE_FOR:
                    return stop
    raise LookupError(f"no board shows a run {late} s late")


async def _crowd(
    simulated: Operator, platform: Demo, scale: int, way: str, name: str
) -> dict[str, Cell]:
    gateway, api = platform.process("gateway", "gateway"), platform.process("mobilite", "api")
    direct = variable(gateway, "GATEWAY_MOBILITE").rstrip("/")
    address, answering = (direct, api) if way == "direct" else (platform.address, gateway)
    stops = simulated.write(late=45, of=1.0).late_at[:STOPS]
    await asyncio.sleep(_PROPAGATION_SECONDS)
    before, cpu_time = memory_of(platform.launcher)[name].pss, cpu_seconds_of(answering)
    with crowd(address, LISTENERS) as listeners:
        listeners.send(targets=[_stream(stop) for stop in stops])
        came = await listeners.answer()
        to_come = cpu_seconds_of(answering) - cpu_time
        cpu_time = cpu_seconds_of(answering)
        await asyncio.sleep(_REST_SECONDS)
        quiet = (cpu_seconds_of(answering) - cpu_time) / _REST_SECONDS
        after = memory_of(platform.launcher)[name].pss
        cpu_time = cpu_seconds_of(answering)
        delays, cut = await _publish_all(simulated, listeners)
        cpu_of_changes = cpu_seconds_of(answering) - cpu_time
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


async def _publish_all(simulated: Operator, listeners: CrowdProcess) -> tuple[list[float], int]:
    """Change every run once. Returns the seconds from the fetch of that message to each listener's
    event, and how many listeners were disconnected."""
    late = 1234
    listeners.send(mark=f'"delay":{late},')
    await listeners.answer()
    simulated.write(late=late, of=1.0)
    listeners.send(received=True)
    received = await listeners.answer()
    fetched = simulated.fetched[simulated.version]
    return [at - fetched for at in received["at"]], received["cut"]


def _board(stop: str, suffix: str = "") -> str:
    return f"/mobilite/v1/stops/{FEED}:{stop}/departures{suffix}?limit=10"


def _stream(stop: str) -> str:
    return _board(stop, "/stream")
