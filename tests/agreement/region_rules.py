"""The expected boards, from a feed's GTFS as text and its FeedMessages: independent
rules, without code of the service, over a network of real size.

The rules of one run are those of `naive_runs` and `naive_updates`; here they are evaluated once for
each change, and the lines of each stop are stored in order.
"""

import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt
from gtfs_text import GtfsText
from naive_runs import HOUR, NaiveRun, Row, claimed, cut_short, left_out, made, reschedule
from naive_updates import NaiveUpdate, resolve, words_of

STALE = 300
"""Age in seconds past which predictions are not rendered."""
RENDERED = (
    *("trip_id", "start_date", "start_time", "stop_id", "scheduled_stop_id", "stop_sequence"),
    *("scheduled", "predicted", "delay", "state", "outside_timetable", "pickup", "headsign"),
)
"""The fields of a departure that are compared."""
PICKUPS = ("regular", "none", "phone_agency", "coordinate_with_driver")
RunName = tuple[str, date, int | None]


@dataclass(frozen=True)
class Line:
    """A line of a board: its place, its run, and its content."""

    order: tuple[int, ...]
    run: RunName
    rendered: tuple[Any, ...]


@dataclass
class OneTrip:
    """The feed as the rules of runs read it for one trip."""

    text: GtfsText
    trips: list[Row]
    runs: list[NaiveRun]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.text, name)

    def rows(self, name: str) -> list[Row]:
        return self.trips if name == "trips" else self.text.rows(name)

    def meant(self, statement: NaiveUpdate) -> NaiveRun | None:
        """The run of the trip on the day it names: the region's operators always say it."""
        runs = [run for run in self.runs if f"{run.day:%Y%m%d}" == statement.start_date]
        return runs[0] if len(runs) == 1 else None


@dataclass
class Received:
    """What an update came to: the run of the timetable it speaks of, and its lines by stop."""

    content: bytes
    about: RunName | None
    lines: list[tuple[str, Line]] = field(default_factory=list)


class RegionRules:
    """One feed's boards. `receive` its messages, then read."""

    def __init__(self, feed_id: str, text: GtfsText) -> None:
        self.feed_id, self.text = feed_id, text
        self._planned: dict[str, list[Line]] = defaultdict(list)
        for runs in text.runs.values():
            for run in runs:
                for stop, line in self._lines(run, None, stale=False):
                    self._planned[stop].append(line)
        self._groups = {stop: (stop,) for stop in text.parents}
        for stop, parent in text.parents.items():
            if parent:
                self._groups[parent] += (stop,)
        for stop, group in self._groups.items():
            if len(group) > 1:
                self._planned[stop] = [line for each in group for line in self._planned[each]]
        for found in self._planned.values():
            found.sort(key=lambda line: line.order)
        self._stale = False
        self._received: dict[str, Received] = {}
        self._live: dict[str, list[Line]] = {}
        self._spoken: frozenset[RunName | None] = frozenset()

    def receive(self, body: bytes, *, received: int) -> int:
        """Take the last message an address gave, at `received`. Returns its age in seconds."""
        message = gtfs_rt.FeedMessage.FromString(body)
        age = received - message.header.timestamp
        stale = age > STALE
        before = self._received if stale == self._stale else {}
        received_updates: dict[str, Received] = {}
        for entity in message.entity:
            if entity.HasField("trip_update"):
                content = entity.trip_update.SerializeToString()
                known = before.get(entity.id)
                if known is None or known.content != content:
                    statement = NaiveUpdate(
                        entity.trip_update, entity.trip_update.timestamp or received
                    )
                    known = self._understood(statement, content, stale=stale)
                received_updates[entity.id] = known
        self._received, self._stale = received_updates, stale
        self._live = defaultdict(list)
        for each in received_updates.values():
            for stop, line in each.lines:
                self._live[stop].append(line)
        self._spoken = frozenset(each.about for each in received_updates.values())
        return age

    def _understood(self, statement: NaiveUpdate, content: bytes, *, stale: bool) -> Received:
        trip = self.text.trips.get(statement.trip_id)
        view = OneTrip(self.text, [trip] if trip else [], self.text.runs.get(statement.trip_id, []))
        about = claimed(view, statement)
        assert about is not None, f"{self.feed_id}: about no run: {statement.update.trip}"
        planned = about if isinstance(about, NaiveRun) else None
        name = None if planned is None else name_of(planned)
        if statement.relationship == "DELETED":
            return Received(content, name)
        run = planned
        if run is None or statement.relationship == "REPLACEMENT":
            run = made(view, statement, about)
            assert run is not None
            run.instead_of = planned
        run.matched = words_of(run, statement, self.text.parents)
        if run.made_by is statement and run.words is None:
            reschedule(run)
        lines = [*self._lines(run, statement, stale=stale), *self._lines_left_out(run)]
        return Received(content, name, lines)

    def _lines_left_out(self, run: NaiveRun) -> Iterator[tuple[str, Line]]:
        """What the timetable's run would do and the one in its place does not."""
        missing = left_out(run, self.text.parents)
        if run.instead_of is None or not missing:
            return
        state = RENDERED.index("state")
        for stop, line in self._lines(run.instead_of, None, stale=False):
            if line.order[-2] in missing:
                rendered = (*line.rendered[:state], "skipped", *line.rendered[state + 1 :])
                yield stop, Line(line.order, line.run, rendered)

    def board(self, stop: str, *, at: int, limit: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The first lines of a stop's board, each with the instant that gives it its place."""
        planned, group = self._planned[stop], self._groups[stop]
        # A train moved to another platform of its station is listed under both.
        live = {line.order: line for place in group for line in self._live.get(place, ())}
        lines = sorted(
            (line for line in live.values() if line.order[0] >= at), key=lambda line: line.order
        )
        index = bisect_left(planned, (at,), key=lambda line: line.order)
        for _ in range(limit):
            while index < len(planned) and planned[index].run in self._spoken:
                index += 1
            if index < len(planned) and (not lines or planned[index].order < lines[0].order):
                line, index = planned[index], index + 1
            elif lines:
                line = lines.pop(0)
            else:
                return
            yield line.order[0], line.rendered

    def _lines(
        self, run: NaiveRun, statement: NaiveUpdate | None, *, stale: bool
    ) -> Iterator[tuple[str, Line]]:
        rendered = resolve(run, statement, run.matched)
        last = len(run.stops) - (not cut_short(run, self.text.parents))
        for position, stop in enumerate(run.stops[:last]):
            if run.pickups[position] == 1:
                continue
            state, predicted = rendered[position]
            if stale and state in ("predicted", "no_data"):
                state, predicted = "stale", None
            elif run.own and state in ("predicted", "no_data"):
                state = "added"
            scheduled = run.departures[position]
            effective = scheduled if predicted is None else predicted
            rank = self.text.ranks.get(run.trip["route_id"], len(self.text.ranks))
            served = self._served(stop, run.matched.get(position))
            words = (
                f"{self.feed_id}:{run.trip['trip_id']}",
                f"{run.day:%Y%m%d}",
                None if run.start is None else _clock(run.start),
                f"{self.feed_id}:{served}",
                None if served == stop else f"{self.feed_id}:{stop}",
                run.sequences[position],
                self._local(scheduled),
                None if predicted is None else self._local(predicted),
                None if predicted is None else predicted - scheduled,
                state,
                run.own,
                PICKUPS[run.pickups[position]],
                self._headsign(run),
            )
            line = Line((effective, rank, *_tie(run, position)), name_of(run), words)
            for place in {stop, served}:
                yield place, line

    def _served(self, planned: str, word: Any) -> str:
        """The platform really served, which an operator may assign within the station."""
        named = "" if word is None else word.stop_time_properties.assigned_stop_id
        return str(named) or planned

    def _headsign(self, run: NaiveRun) -> str:
        own = "" if run.made_by is None else run.made_by.update.trip_properties.trip_headsign
        return str(own) or self.text.trips[run.trip["original"]]["trip_headsign"]

    def _local(self, instant: int) -> str:
        return datetime.fromtimestamp(instant, UTC).astimezone(self.text.zone).isoformat()


def name_of(run: NaiveRun) -> RunName:
    return run.trip["trip_id"], run.day, run.start


def _tie(run: NaiveRun, position: int) -> tuple[int, ...]:
    """Runs outside the timetable first, by position, day and a number of their name; then the
    order of the timetable."""
    if run.own:
        start = "" if run.start is None else f"\n{run.start}"
        name = f"{run.trip['trip_id']}{start}".encode()
        return (0, position, run.day.toordinal(), zlib.crc32(name))
    return (1, *run.order, position, run.day.toordinal())


def _clock(start: int) -> str:
    return f"{start // HOUR:02}:{start % HOUR // 60:02}:{start % 60:02}"
