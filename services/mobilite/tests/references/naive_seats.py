"""Runs in which people stay seated one after the other, the slow and obvious way.

Each run is compared with each other one by the rows and blocks of the feed. What can be ridden from
one run to another is a run too, with the calls of all: people board in the first one and alight in
the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from naive_board import NaiveCity
from naive_journeys import NO_BOARDING, Calls, distance
from naive_runs import HOUR, NaiveRun, seconds

MOST_PARTS = 4


def seated_runs(city: NaiveCity, usable: Mapping[int, Calls]) -> list[Calls]:
    """The runs made of several. `usable`: the calls of those that take place, by the number of the
    run in the city."""
    planned = [run.instead_of or run for run in city.runs]
    scheduled = [place for place, run in enumerate(planned) if not run.own and run.start is None]
    feed = NaiveLinks(city, [planned[place] for place in scheduled])
    after: dict[int, list[int]] = {}
    for one in scheduled:
        for other in scheduled:
            if feed.goes_on_as(planned[one], planned[other]):
                after.setdefault(one, []).append(other)
    return [_joined(parts) for start in scheduled for parts in _paths([start], after, usable)]


def _paths(
    path: list[int], after: Mapping[int, list[int]], usable: Mapping[int, Calls]
) -> Iterator[list[Calls]]:
    """Every way on from a run, as far as the vehicle arrives before it leaves."""
    if len(path) > 1:
        yield [usable[run] for run in path]
    if len(path) < MOST_PARTS and path[-1] in usable:
        for run in after.get(path[-1], ()):
            if run in usable and usable[path[-1]][-1].arrival <= usable[run][0].departure:
                yield from _paths([*path, run], after, usable)


def _joined(parts: Iterable[Calls]) -> Calls:
    result: Calls = []
    for number, calls in enumerate(parts):
        for place, call in enumerate(calls):
            boardable = call.boardable and number == 0 and place < len(calls) - 1
            alightable = call.alightable and number > 0 and place > 0
            result.append(replace(call, boardable=boardable, alightable=alightable))
    return result


class NaiveLinks:
    """What a feed says of which run goes on as which."""

    def __init__(self, city: NaiveCity, runs: list[NaiveRun]) -> None:
        self.city = city
        self.stops = {row["stop_id"]: row for row in city.rows("stops")}
        trips = {run.trip["trip_id"] for run in runs}
        rows: dict[str, set[tuple[str, str]]] = {"4": set(), "5": set()}
        for row in city.rows("transfers"):
            pair = row.get("from_trip_id", ""), row.get("to_trip_id", "")
            if row["transfer_type"] in rows and trips >= {*pair}:
                rows[row["transfer_type"]].add(pair)
        self.apart, self.in_seat = rows["5"], rows["4"] - rows["5"]
        self.blocks: dict[tuple[str, Any], list[NaiveRun]] = {}
        for run in sorted(runs, key=lambda run: (run.departures[0], run.order)):
            if run.trip.get("block_id"):
                self.blocks.setdefault((run.trip["block_id"], run.day), []).append(run)

    def goes_on_as(self, one: NaiveRun, other: NaiveRun) -> bool:
        pair = one.trip["trip_id"], other.trip["trip_id"]
        stop = other.departures[0] - one.arrivals[-1]
        if pair in self.in_seat:
            ends = [self.city.calls_of(trip) for trip in pair]
            last, first = ends[0][-1]["arrival_time"], ends[1][0]["departure_time"]
            later = seconds(first) < seconds(last)
            return (other.day - one.day).days == later and 0 <= stop <= 12 * HOUR
        in_rows = any(pair[0] == each[0] or pair[1] == each[1] for each in self.in_seat)
        block = self.blocks.get((one.trip.get("block_id", ""), one.day), [])
        follows = any(before is one and after is other for before, after in pairwise(block))
        return (
            follows
            and not in_rows
            and pair not in self.apart
            and 0 <= stop <= HOUR
            and self._near(one.stops[-1], other.stops[0])
            and self._worth(one, other)
        )

    def _place(self, stop: str) -> str:
        row = self.stops[stop]
        return self.stops[row["parent_station"] or stop]["stop_name"]

    def _near(self, one: str, other: str) -> bool:
        metres = distance(self.stops[one], self.stops[other])
        return self._place(one) == self._place(other) or metres <= 200

    def _worth(self, one: NaiveRun, other: NaiveRun) -> bool:
        """Whether somebody who boards in the first reaches something by staying only."""
        before, after = (self._rules(run) for run in (one, other))
        for place, (board, can_board, _) in enumerate(before[:-1]):
            sooner = [stop for stop, _, can_alight in before[place + 1 :] if can_alight]
            for target, (alight, _, can_alight) in enumerate(after):
                later = [stop for stop, can, _ in after[:target] if can]
                useful = alight not in (*sooner, board) and board not in later
                if can_board and target and can_alight and useful:
                    return True
        return False

    def _rules(self, run: NaiveRun) -> list[tuple[str, bool, bool]]:
        rows = self.city.calls_of(run.trip["trip_id"])
        return [
            (
                self._place(row["stop_id"]),
                int(row.get("pickup_type") or 0) != NO_BOARDING,
                int(row.get("drop_off_type") or 0) != NO_BOARDING,
            )
            for row in rows
        ]
