"""Journeys over HTTP, through the gateway, compared with OpenTripPlanner.

A demo of each size; 200 pairs of its stops, drawn with a fixed seed, from 08:00 of the next day,
one hour of departures. First one request at a time; then 50 a second, as they come, on cores that
the gateway, the service and the callers share. The target there is p95 under 60 ms. Each request
differs from all others, so that no cache answers it.
"""

import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
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
"""Turns of all pairs before the peer is measured."""
ZONE: Final = "Europe/Paris"

Pair = tuple[str, str]
Request = tuple[str, str, bytes | None]
"""Method, target, body."""


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    notes = [
        f"{PAIRS} pairs of stops, {MINUTES} minutes of departures; journeys: of all answers",
        f"{RATE}/s: {SECONDS} s, each pair again a minute later; failed: any answer but 2xx",
        "OpenTripPlanner without streets and without real time",
    ]
    for scale in options.scales:
        with TemporaryDirectory() as folder:
            rows += _rows(Path(folder), scale, notes)
    Report("journeys_http", "Journeys over HTTP", rows, notes).show()


def _rows(folder: Path, scale: int, notes: list[str]) -> list[dict[str, Cell]]:
    """The rows of one size; a note if the peer is not measured."""
    schedule = folder / "gtfs.zip"
    with demo(folder / "demo", "--without-pilots", "--scale", str(scale)) as platform:
        schedule.write_bytes(_read(platform.address + "/mobilite/v1/gtfs.zip"))
        pairs, at = _pairs(platform.address), _tomorrow()
        alone = _alone(platform.address, [_own(pair, at) for pair in pairs], _own_journeys)
        later = [at + timedelta(minutes=turn) for turn in range(1, RATE * SECONDS // PAIRS + 1)]
        targets = [_own(pair, instant)[1] for instant in later for pair in pairs]
        loaded = load_of(platform.address, targets, seconds=SECONDS, rate=RATE)
    rows = [
        _row(scale, "own, one at a time", alone),
        _row(scale, f"own, {RATE}/s", loaded),
    ]
    try:
        rows.append(_row(scale, "OpenTripPlanner, one at a time", _peer(folder, pairs, at)))
    except StartError as error:
        notes.append(f"OpenTripPlanner is not measured: {error}")
    for row in rows:
        row["× own p50"] = float(row["p50 ms"]) / float(rows[0]["p50 ms"])
    return [measured("journeys_http", row) for row in rows]


def _row(scale: int, case: str, seen: Mapping[str, Any]) -> dict[str, Cell]:
    row: dict[str, Cell] = {"scale": scale, "case": case, "requests": seen["requests"]}
    row |= {f"{share} ms": seen[f"{share}_ms"] for share in ("p50", "p95")}
    return row | {"failed": seen["failed"], "journeys": seen.get("journeys", "")}


def _peer(folder: Path, pairs: Sequence[Pair], at: datetime) -> dict[str, Any]:
    """The peer's times. Raises StartError if it cannot run here."""
    home = folder / "peer"
    home.mkdir()
    with open_trip_planner(folder / "gtfs.zip", home, ZONE) as address:
        requests = [("POST", PATH, question(*pair, at, MINUTES)) for pair in pairs]
        for _ in range(WARM_UP):  # Java compiles what it runs often
            _alone(address, requests, journeys_in)
        return _alone(address, requests, journeys_in)


def _alone(
    address: str, requests: Sequence[Request], count: Callable[[bytes], int]
) -> dict[str, Any]:
    """The times of requests one after the other, on one connection. `count`: of their journeys."""
    parts, times, found, failed = urlsplit(address), [], 0, 0
    headers = {"Content-Type": "application/json", **house_key()}
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    for method, target, body in requests:
        start = perf_counter()
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        times.append(perf_counter() - start)
        if answer.status == http.client.OK:
            found += count(content)
        else:
            failed += 1
    connection.close()
    shares = {f"p{share}_ms": percentile(times, share / 100) * 1000 for share in (50, 95)}
    return {"requests": len(times), "failed": failed, "journeys": found, **shares}


def _own(pair: Pair, at: datetime) -> Request:
    query = {"from": pair[0], "to": pair[1], "at": at.isoformat(), "window": MINUTES}
    return "GET", f"/mobilite/v1/journeys?{urlencode(query)}", None


def _own_journeys(answer: bytes) -> int:
    return len(json.loads(answer)["journeys"])


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
