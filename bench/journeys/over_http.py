"""Journeys over HTTP, through the gateway, compared with OpenTripPlanner.

A demo of each size; 200 pairs of its stops, drawn with a fixed seed, from 08:00 of the next day,
one hour of departures. First one request at a time, each program in turn; then 50 a second, as they
come, on cores that the gateway, the service and the callers share. The target there is p95 under
60 ms. No cache answers: each request differs from all before.
"""

import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from bench.journeys.open_trip_planner import PATH, journeys_in, open_trip_planner, question
from bench.measuring.house_key import house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured, percentile
from bench.measuring.running import demo, load_of
from embedded.processes import StartError

PAIRS: Final = 200
MINUTES: Final = 60
RATE: Final = 50
"""Requests per second."""
SECONDS: Final = 20
WARM_UP: Final = 3
"""Rounds of all pairs before the one that is measured: Java compiles what it runs often."""
ZONE: Final = "Europe/Paris"

Pair = tuple[str, str]
Request = tuple[str, str, bytes | None]
"""Method, target, body."""


@dataclass(slots=True)
class _Program:
    """A program that answers, and the seconds that its answers took."""

    name: str
    address: str
    request: Callable[[Pair, datetime], Request]
    count: Callable[[bytes], int]
    """The number of journeys of an answer."""
    times: list[float] = field(default_factory=list)
    journeys: int = 0
    failed: int = 0

    def send(self, pair: Pair, at: datetime) -> None:
        """One request, on a connection of its own."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        headers = {"Content-Type": "application/json", **house_key()}
        start = perf_counter()
        connection.request(*self.request(pair, at), headers)
        answer = connection.getresponse()
        content = answer.read()
        self.times.append(perf_counter() - start)
        connection.close()
        if answer.status == http.client.OK:
            self.journeys += self.count(content)
        else:
            self.failed += 1

    def measures(self) -> dict[str, Any]:
        """As `load_of` returns them."""
        shares = {f"p{share}_ms": percentile(self.times, share / 100) * 1000 for share in (50, 95)}
        return {"requests": len(self.times), "failed": self.failed, **shares}


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    notes = [
        f"{PAIRS} pairs of stops, {MINUTES} minutes of departures",
        f"{RATE}/s: {SECONDS} s, each pair again a minute later; failed: any answer but 2xx",
        "OpenTripPlanner without streets: it walks between stops only; and without real time",
    ]
    for scale in options.scales:
        with TemporaryDirectory() as folder:
            rows += _rows(Path(folder), scale, notes)
    Report("journeys_http", "Journeys over HTTP", rows, notes).show()


def _rows(folder: Path, scale: int, notes: list[str]) -> list[dict[str, Cell]]:
    """The rows of one size; a note if the peer is not measured."""
    with ExitStack() as stack:
        options = "--without-pilots", "--scale", str(scale)
        address = stack.enter_context(demo(folder / "demo", *options)).address
        pairs, at = _pairs(address), _tomorrow()
        programs = [_Program("own", address, _own, _own_journeys)]
        try:
            peer = stack.enter_context(_peer(folder, address))
        except StartError as error:
            notes.append(f"OpenTripPlanner is not measured: {error}")
        else:
            programs.append(_Program("OpenTripPlanner", peer, _question, journeys_in))
        _one_at_a_time(programs, pairs, at)
    rows = [
        _row(scale, f"{each.name}, one at a time", each.measures(), each.journeys)
        for each in programs
    ]
    with demo(folder / "demo", *options) as platform:  # the peer has ended
        rows.insert(1, _row(scale, f"own, {RATE}/s", _load(platform.address, pairs, at), ""))
    for row in rows:
        row["× own p50"] = float(row["p50 ms"]) / float(rows[0]["p50 ms"])
    return [measured("journeys_http", row) for row in rows]


def _row(scale: int, case: str, seen: Mapping[str, Any], journeys: Cell) -> dict[str, Cell]:
    row: dict[str, Cell] = {"scale": scale, "case": case, "requests": seen["requests"]}
    row |= {f"{share} ms": seen[f"{share}_ms"] for share in ("p50", "p95")}
    return row | {"failed": seen["failed"], "journeys": journeys}


def _one_at_a_time(programs: Sequence[_Program], pairs: Sequence[Pair], at: datetime) -> None:
    """Ask every program in turn; the first rounds, of earlier minutes, are not measured."""
    for minute in range(-WARM_UP, 1):
        for program in programs:
            program.times, program.journeys = [], 0
        for pair in pairs:
            for program in programs:
                program.send(pair, at + timedelta(minutes=minute))


def _load(address: str, pairs: Sequence[Pair], at: datetime) -> dict[str, Any]:
    instants = [at + timedelta(minutes=minute) for minute in range(1, RATE * SECONDS // PAIRS + 1)]
    targets = [_own(pair, instant)[1] for instant in instants for pair in pairs]
    return load_of(address, targets, seconds=SECONDS, rate=RATE)


def _own(pair: Pair, at: datetime) -> Request:
    query = {"from": pair[0], "to": pair[1], "at": at.isoformat(), "window": MINUTES}
    return "GET", f"/mobilite/v1/journeys?{urlencode(query)}", None


def _own_journeys(answer: bytes) -> int:
    return len(json.loads(answer)["journeys"])


def _question(pair: Pair, at: datetime) -> Request:
    return "POST", PATH, question(*pair, at, MINUTES)


@contextmanager
def _peer(folder: Path, address: str) -> Iterator[str]:
    """Its base URL, with the schedule of the platform at `address`. Raises StartError."""
    schedule, home = folder / "gtfs.zip", folder / "peer"
    home.mkdir()
    schedule.write_bytes(_read(address + "/mobilite/v1/gtfs.zip"))
    with open_trip_planner(schedule, home, ZONE) as peer:
        yield peer


def _pairs(address: str) -> list[Pair]:
    """Pairs of different stops, the same for the same region."""
    stops = sorted(_stops(address))
    random = Random(1)
    drawn = (random.sample(stops, 2) for _ in range(PAIRS))
    return [(origin, destination) for origin, destination in drawn]


def _stops(address: str) -> Iterator[str]:
    """The ids of all stops, page by page."""
    cursor = None
    while True:
        query = urlencode({"limit": 100} | ({"cursor": cursor} if cursor else {}))
        page = json.loads(_read(f"{address}/mobilite/v1/stops?{query}"))
        yield from (stop["id"] for stop in page["stops"])
        cursor = page["next"]
        if cursor is None:
            return


def _tomorrow() -> datetime:
    """08:00 of the next day."""
    day = datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)
    return day.replace(hour=8, minute=0, second=0, microsecond=0)


def _read(url: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=house_key())) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main(Options((1,)))
