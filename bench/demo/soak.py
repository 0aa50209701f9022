"""`python -m bench soak`: runs the accelerated demo for a long time, under load, with listeners.

Memory, disk, matching and responses are sampled every few seconds; the streams are checked all the
time (`soak_streams.py`). Progress is printed every minute; at the end come tables with slopes, and
a verdict. It uses the entire machine, so it is not part of `make bench`. To judge memory, simulate
more than a day, from one morning peak to the next: `--at …T06:30:00+01:00 --minutes 75`.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from bench.demo.soak_report import answers_note, disk_rows, memory_rows, stream_rows, verdict
from bench.demo.soak_samples import Load, Sample, take_sample
from bench.demo.soak_streams import Followed, compare
from bench.measuring.house_key import house_key
from bench.measuring.report import Report
from bench.measuring.running import Demo, demo

_API = "/mobilite/v1"
_STOPS = 40
"""Number of stops whose boards are requested and followed."""
_SAMPLE_PERIOD = 15.0
"""Seconds."""
_CONNECT_INTERVAL = 0.1
"""Seconds between the connections of two listeners."""
_SEARCHES = ("gare", "centre", "place", "mairie", "hopital", "lycee", "pont", "rue")
_PAGES = ("/", "/perturbations", f"{_API}/alerts", f"{_API}/vehicles.geojson", f"{_API}/feeds")


@dataclass(frozen=True, slots=True)
class Soak:
    """The options of the command line."""

    minutes: float
    """Duration of the soak, in real minutes."""
    speed: float
    """How many seconds the platform's clock advances per second."""
    scale: int
    """Size of the demo region, from 1 to 16."""
    listeners: int
    """Number of streams followed."""
    rate: float
    """Requests per second."""
    data: Path | None
    """The demo's data folder; a temporary one if None."""
    broker: str
    """`embedded` or `kafka`."""
    at: str | None
    """The platform's first instant (RFC 3339); now if None."""


def main(words: list[str]) -> None:
    """Run the soak; print and save its tables (`bench/results/soak*.json`).

    `words`: the command-line arguments after `soak`.
    """
    soak = _parse(words)
    with tempfile.TemporaryDirectory() as folder:
        data = soak.data or Path(folder) / "demo"
        options = ["--speed", f"{soak.speed:g}", "--scale", str(soak.scale)]
        options += ["--broker", soak.broker]
        options += [] if soak.at is None else ["--at", soak.at]
        with demo(data, *options) as platform:
            print(f"Ready in {platform.seconds:.0f} s, data in {data}", flush=True)
            uvloop.run(_run(soak, platform, data))


def _parse(words: list[str]) -> Soak:
    parser = argparse.ArgumentParser(prog="bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--speed", type=float, default=20.0, help="of the platform's clock")
    parser.add_argument("--scale", type=int, default=1, help="of the demo region")
    parser.add_argument("--listeners", type=int, default=300)
    parser.add_argument("--rate", type=float, default=5.0, help="requests a second")
    parser.add_argument("--data", type=Path, help="the demo's folder; a temporary one by default")
    parser.add_argument("--broker", choices=("embedded", "kafka"), default="embedded")
    parser.add_argument("--at", help="the platform's first instant; now by default")
    return Soak(**vars(parser.parse_args(words)))


async def _run(soak: Soak, platform: Demo, data: Path) -> None:
    limit = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(
        platform.address, timeout=limit, headers=house_key()
    ) as session:
        stops = await _find_stops(session)
        followed = _create_streams(stops, soak.listeners)
        boards = [f"{_API}/stops/{stop}/departures?limit=5" for stop in stops]
        load = Load([*boards, *_PAGES], soak.rate)
        tasks = [asyncio.create_task(load.run(session))]
        for each in followed:
            tasks.append(asyncio.create_task(each.follow(platform.address)))
            await asyncio.sleep(_CONNECT_INTERVAL)
        samples: list[Sample] = []
        try:
            await _watch(soak, platform, data, session, samples, followed, load)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
    _print_report(soak, samples, followed, load)


async def _watch(
    soak: Soak,
    platform: Demo,
    data: Path,
    session: aiohttp.ClientSession,
    samples: list[Sample],
    followed: list[Followed],
    load: Load,
) -> None:
    """Append a sample every few seconds, until the time is over or the platform has ended."""
    started = time.perf_counter()
    vehicles = [each for each in followed if each.stream_type == "vehicles"]
    period = min(_SAMPLE_PERIOD, soak.minutes * 60 / 8)
    while (time.perf_counter() - started) < soak.minutes * 60:
        await asyncio.sleep(period)
        try:
            samples.append(await take_sample(session, platform.launcher, data, started))
            one = vehicles[len(samples) % len(vehicles)]
            if problem := await compare(one, platform.address):
                one.problems[problem] += 1
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            load.problems[f"look: {type(error).__name__}"] += 1
            if not _is_running(platform.launcher):
                return
            continue
        if len(samples) % max(1, round(60 / period)) == 0:
            _progress(samples[-1], followed, load)


def _is_running(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def _progress(sample: Sample, followed: list[Followed], load: Load) -> None:
    problems = sum((each.problems for each in followed), Counter[str]()) + load.problems
    print(
        f"{sample.at / 60:5.1f} min  {sample.platform_time}  "
        f"PSS {sum(each.pss for each in sample.memory.values()):.0f} MB  "
        f"disk {sum(sample.disk.values()):.0f} MB  {dict(sample.counts)}  "
        f"failing {','.join(sample.failing) or 'none'}  "
        f"{sum(each.events for each in followed):,} events, {len(load.times):,} answers  "
        f"problems {dict(problems)}",
        flush=True,
    )


def _print_report(soak: Soak, samples: list[Sample], followed: list[Followed], load: Load) -> None:
    title = (
        f"{soak.minutes:g} minutes at {soak.speed:g}×, region {soak.scale}×, {soak.broker} broker"
    )
    Report("soak", f"Soak: {title}", memory_rows(samples), [answers_note(load)]).show()
    Report("soak_disk", "What it wrote", disk_rows(samples)).show()
    held = verdict(samples, followed, load)
    notes = [f"{'ok' if good else 'NO'}  {sentence}" for sentence, good in held]
    notes.append("Passed." if all(good for _, good in held) else "Failed: see NO.")
    Report("soak_streams", "Its streams", stream_rows(followed), notes).show()


async def _find_stops(session: aiohttp.ClientSession) -> list[str]:
    """Ids of stops of several networks: the first results of each search."""
    found: dict[str, None] = {}
    for word in _SEARCHES:
        async with session.get(f"{_API}/stops", params={"q": word, "limit": "20"}) as answer:
            found |= dict.fromkeys(each["id"] for each in (await answer.json())["stops"])
    return list(found)[:_STOPS]


def _create_streams(stops: list[str], listeners: int) -> list[Followed]:
    """In each ten streams: six boards, two pages, one list of vehicles, one of alerts."""
    streams = []
    for number in range(listeners):
        stop = stops[number % len(stops)]
        if number % 10 == 0:
            streams.append(Followed("vehicles", f"{_API}/vehicles/stream"))
        elif number % 10 == 1:
            streams.append(Followed("alerts", f"{_API}/alerts/stream"))
        elif number % 10 < 4:
            streams.append(Followed("page", f"/arrets/{stop}/flux"))
        else:
            streams.append(Followed("board", f"{_API}/stops/{stop}/departures/stream?limit=10"))
    return streams
