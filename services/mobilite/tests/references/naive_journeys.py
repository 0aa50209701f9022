"""Journeys found the slow and obvious way: every run is tried from every stop, ride by ride.

Nothing of the service is used. Runs with their real time come from `naive_board`. There are no
patterns and no lanes, and nothing is pruned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

from naive_board import NaiveCity
from naive_runs import NaiveRun
from naive_updates import resolved_times

Place = str | tuple[str, str, str]
"""A stop; with rules of one route or trip, a stop, a route and a trip."""
Ways = Mapping[tuple[Any, Any], int]
"""Seconds on foot between two places; a change at one stop is a way to itself."""
Stops = Mapping[str, Mapping[str, str]]
"""The rows of stops.txt by their ids."""
Near = Mapping[str, int]
"""Stops near a place, and the seconds to each."""
NO_BOARDING = 1
SPEED = 1.25
"""Metres a second on foot."""


@dataclass(frozen=True)
class NaiveCall:
    """One call of a run, as people can use it."""

    stop: str
    arrival: int
    departure: int
    boardable: bool
    alightable: bool
    line: tuple[str, str] | None = None
    """Route and trip, where there are rules of them."""

    @property
    def place(self) -> Place:
        return self.stop if self.line is None else (self.stop, *self.line)


Calls = list[NaiveCall]


def usable_runs(city: NaiveCity) -> dict[int, Calls]:
    """The calls of every run that takes place, by its number in the city."""
    by_line = any(map(is_narrow, city.files.get("transfers.txt", ())))
    found = {place: _calls(city, run, by_line) for place, run in enumerate(city.runs)}
    return {place: calls for place, calls in found.items() if calls}


def _calls(city: NaiveCity, run: NaiveRun, by_line: bool) -> Calls:
    content = run.believed
    times = [time for pair in zip(run.arrivals, run.departures, strict=True) for time in pair]
    states = ["scheduled"] * len(run.stops)
    if content is not None:
        if content.relationship in ("CANCELED", "DELETED"):
            return []
        states, times = resolved_times(run, content, run.matched)
    calls = []
    for position, stop in enumerate(run.stops):
        word = run.matched.get(position)
        drop_off = _drop_offs(city, run)[position]
        if word is not None and word.stop_time_properties.HasField("drop_off_type"):
            drop_off = int(word.stop_time_properties.drop_off_type)
        served = states[position] != "skipped"
        calls.append(
            NaiveCall(
                city._moved(stop, word),
                times[2 * position],
                times[2 * position + 1],
                served and city._pickup(run, position, word) != NO_BOARDING,
                served and drop_off != NO_BOARDING,
                (run.trip["route_id"], run.trip["trip_id"]) if by_line else None,
            )
        )
    return calls


def _drop_offs(city: NaiveCity, run: NaiveRun) -> list[int]:
    """Of the timetable's calls; a run made of stop updates, and a replacement stop, allow all."""
    if run.own and run.words is not None:
        return [0] * len(run.stops)
    rows = city.calls_of(run.trip["original"])
    planned = [int(row.get("drop_off_type") or 0) for row in rows]
    if run.modifications is None:
        return planned
    return [0 if origin is None else planned[origin] for origin in run.origins]


def earliest_arrivals(
    runs: Iterable[Calls],
    ways: Ways,
    origin: Near,
    destination: Near,
    at: int,
    rides: int,
    *,
    waiting: bool = True,
) -> list[int | None]:
    """The earliest arrival with at most 1, 2… rides; None if there is none. Without `waiting` the
    first ride leaves its stop as soon as people are there."""
    everything = list(runs)
    places = {call.place: call.stop for calls in everything for call in calls}
    ready = {place: at + origin[stop] for place, stop in places.items() if stop in origin}
    reached: dict[Place, int] = {}
    best = []
    for ride in range(rides):
        for calls in everything:
            aboard = False
            for call in calls:
                if aboard and call.alightable:
                    reached[call.place] = min(call.arrival, reached.get(call.place, call.arrival))
                if call.boardable and call.place in ready:
                    waits = call.departure - ready[call.place]
                    aboard |= waits == 0 if ride == 0 and not waiting else waits >= 0
        if ride == 0 and not waiting:
            ready = {}
        for (start, end), seconds in ways.items():
            if start in reached:
                time = reached[start] + seconds
                ready[end] = min(time, ready.get(end, time))
        arrivals = [
            time + destination[places[place]]
            for place, time in reached.items()
            if places[place] in destination
        ]
        best.append(min(arrivals, default=None))
    return best


def latest_departures(
    runs: Iterable[Calls], ways: Ways, origin: Near, destination: Near, by: int, rides: int
) -> list[int | None]:
    """The latest departure that arrives in time, with at most 1, 2… rides."""
    mirrored = [[_mirrored(call) for call in reversed(calls)] for calls in runs]
    back = {(end, start): seconds for (start, end), seconds in ways.items()}
    found = earliest_arrivals(mirrored, back, destination, origin, -by, rides)
    return [None if time is None else -time for time in found]


def _mirrored(call: NaiveCall) -> NaiveCall:
    times = -call.departure, -call.arrival
    return NaiveCall(call.stop, *times, call.alightable, call.boardable, call.line)


def best_journeys(
    runs: Iterable[Calls],
    ways: Ways,
    origin: Near,
    destination: Near,
    window: tuple[int, int],
    rides: int,
) -> set[tuple[int, int, int]]:
    """(departure, arrival, rides) of every journey that leaves in the window (both ends included)
    and that no other beats: one that leaves no earlier, arrives no later and rides no more."""
    everything = list(runs)
    departures = {
        call.departure - origin[call.stop]
        for calls in everything
        for call in calls
        if call.boardable and call.stop in origin
    }
    found = set()
    for at in departures:
        if window[0] <= at <= window[1]:
            best = earliest_arrivals(
                everything, ways, origin, destination, at, rides, waiting=False
            )
            found |= {(at, end, n) for n, end in enumerate(best, 1) if end is not None}
    return {
        one
        for one in found
        if not any(
            other != one and other[0] >= one[0] and other[1] <= one[1] and other[2] <= one[2]
            for other in found
        )
    }


def ways_of(files: Mapping[str, Any], *, longest: int) -> dict[Any, int]:
    """The ways between stops by the rules of `footpaths`, from the rows of the GTFS files."""
    stops = {row["stop_id"]: row for row in files["stops.txt"]}
    served = {row["stop_id"] for row in files["stop_times.txt"]}
    platforms = {stop: platforms_of(stops, stop) for stop in stops}
    ways: dict[tuple[str, str], int] = {}
    for one in served:
        for other in served:
            metres = 1.3 * distance(stops[one], stops[other])
            if one == other or metres <= longest:
                ways[one, other] = ceil(metres / SPEED)
    for children in (platforms[stop] for stop in stops if stops[stop]["location_type"] == "1"):
        for one in children:
            for other in children:
                ways[one, other] = ceil(1.3 * distance(stops[one], stops[other]) / SPEED)
    ranked: dict[tuple[str, str], tuple[int, int]] = {}
    for row in files.get("transfers.txt", ()):
        if is_narrow(row) or row["transfer_type"] in ("4", "5"):
            continue
        ends = row["from_stop_id"], row["to_stop_id"]
        rank = sum((stops[end]["location_type"] or "0") != "1" for end in ends)
        for one in platforms[ends[0]]:
            for other in platforms[ends[1]]:
                seconds = row_seconds(row, 1.3 * distance(stops[one], stops[other]) / SPEED)
                ranked[one, other] = max((rank, seconds), ranked.get((one, other), (0, -3)))
    for ends, (_, seconds) in ranked.items():
        ways[ends] = seconds
    return {ends: seconds for ends, seconds in ways.items() if seconds >= 0}


def is_narrow(row: Mapping[str, str]) -> bool:
    """Whether a row of transfers.txt is a change that names a route or a trip."""
    return row["transfer_type"] not in ("4", "5") and any(
        row.get(f"{end}_{name}_id") for end in ("from", "to") for name in ("route", "trip")
    )


def platforms_of(stops: Stops, stop: str) -> list[str]:
    """The platforms of a station, or the stop."""
    return [
        each
        for each, row in stops.items()
        if (row.get("location_type") or "0") == "0" and stop in (each, row["parent_station"])
    ]


def row_seconds(row: Mapping[str, str], walk: float) -> int:
    """The seconds of a change by a row; negative if it is forbidden."""
    if row["transfer_type"] == "3":
        return -2
    given = row.get("min_transfer_time")
    if given:
        return int(given)
    return 0 if row["transfer_type"] == "1" else ceil(walk)


def distance(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """Metres in a straight line."""
    lat, lon, lat2, lon2 = (
        radians(float(place[name])) for place in (one, other) for name in ("stop_lat", "stop_lon")
    )
    chord = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(chord))
