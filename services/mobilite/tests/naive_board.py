"""The rules of the board written a second time, the slow and obvious way.

Nothing of the service is used: GTFS is read as text, the FeedMessage by its own classes. Every run
of every day around is made, its updates are applied, and the list is sorted. The rules are those
of the GTFS-Realtime reference and, where it leaves room, of docs/decisions/0007.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

from naive_updates import Said, resolve

HOUR, DAY = 3600, 86_400
Row = dict[str, str]


@dataclass
class NaiveRun:
    """One run of one trip on one day: its place among the runs, and its calls in order."""

    trip: Row
    day: date
    start: int | None
    order: tuple[int, int]
    stops: list[str]
    sequences: list[int]
    arrivals: list[int]
    departures: list[int]
    boards: list[bool]
    exact: bool = True
    said: list[Said] = field(default_factory=list)


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * HOUR + int(minutes) * 60 + int(rest)


class NaiveCity:
    """A feed as text, and every run of it around an instant."""

    TOLD = (
        "trip_id",
        "start_date",
        "start_time",
        "stop_id",
        "stop_sequence",
        "scheduled",
        "predicted",
        "delay",
        "state",
    )

    def __init__(self, files: Mapping[str, str], around: datetime) -> None:
        self.files = {
            name: list(csv.DictReader(StringIO(dedent(text)))) for name, text in files.items()
        }
        self.zone = ZoneInfo(self.files["agency.txt"][0]["agency_timezone"])
        self.parents = {
            row["stop_id"]: row.get("parent_station") or "" for row in self.rows("stops")
        }
        names = sorted(self.rows("routes"), key=lambda row: int(row["route_short_name"]))
        self.ranks = {row["route_id"]: rank for rank, row in enumerate(names)}
        self.runs = list(self._runs(around.astimezone(self.zone).date()))

    def rows(self, name: str) -> list[Row]:
        return self.files.get(f"{name}.txt", [])

    def _runs(self, today: date) -> Iterator[NaiveRun]:
        for place, trip in enumerate(self.rows("trips")):
            calls = [row for row in self.rows("stop_times") if row["trip_id"] == trip["trip_id"]]
            calls.sort(key=lambda row: int(row["stop_sequence"]))
            starts = sorted(self._starts(trip["trip_id"]).items()) or [(None, True)]
            for ahead in range(-6, 12):
                day = today + timedelta(days=ahead)
                if self._runs_on(trip["service_id"], day):
                    for nth, (start, exact) in enumerate(starts):
                        yield self._run(trip, calls, day, start, exact, (place, nth))

    def _starts(self, trip_id: str) -> dict[int | None, bool]:
        found: dict[int | None, bool] = {}
        for row in self.rows("frequencies"):
            if row["trip_id"] == trip_id:
                begin, end = seconds(row["start_time"]), seconds(row["end_time"])
                for start in range(begin, end, int(row["headway_secs"])):
                    found.setdefault(start, row["exact_times"] == "1")
        return found

    def _runs_on(self, service: str, day: date) -> bool:
        text = f"{day:%Y%m%d}"
        for row in self.rows("calendar_dates"):
            if (row["service_id"], row["date"]) == (service, text):
                return row["exception_type"] == "1"
        weekday = f"{day:%A}".lower()
        return any(
            row["service_id"] == service
            and row["start_date"] <= text <= row["end_date"]
            and row[weekday] == "1"
            for row in self.rows("calendar")
        )

    def _run(
        self,
        trip: Row,
        calls: list[Row],
        day: date,
        start: int | None,
        exact: bool,
        order: tuple[int, int],
    ) -> NaiveRun:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).timestamp()
        zero = int(noon) - 12 * HOUR
        if start is not None:
            zero += start - seconds(calls[0]["departure_time"])
        boards = [row.get("pickup_type", "") != "1" for row in calls]
        boards[-1] = False
        return NaiveRun(
            trip,
            day,
            start,
            order,
            stops=[row["stop_id"] for row in calls],
            sequences=[int(row["stop_sequence"]) for row in calls],
            arrivals=[zero + seconds(row["arrival_time"]) for row in calls],
            departures=[zero + seconds(row["departure_time"]) for row in calls],
            boards=boards,
            exact=exact,
        )

    def hear(self, said: list[Said]) -> None:
        """Give each update to the run it is about, if there is one."""
        for each in said:
            run = self._meant(each)
            if run is not None:
                run.said.append(each)

    def _meant(self, said: Said) -> NaiveRun | None:
        if said.relationship not in ("SCHEDULED", "CANCELED", "DELETED", "UNSCHEDULED"):
            return None
        runs = [run for run in self.runs if run.trip["trip_id"] == said.trip_id]
        if any(run.start is not None for run in runs):
            runs = self._started(runs, said)
        if said.start_date is not None:
            runs = [run for run in runs if f"{run.day:%Y%m%d}" == said.start_date]
            return runs[0] if len(runs) == 1 else None
        near = [(said.distance(run), run.day, run) for run in runs]
        near = [each for each in near if each[0] <= 12 * HOUR]
        return min(near, key=lambda each: each[:2])[2] if near else None

    @staticmethod
    def _started(runs: list[NaiveRun], said: Said) -> list[NaiveRun]:
        """The runs of a frequency that start at (or, approximately, around) the time said."""
        starts = sorted({run.start for run in runs if run.start is not None})
        if said.start_time is None:
            return runs if len(starts) == 1 else []
        nearest = min(starts, key=lambda start: abs(start - said.start_time))
        gap = abs(nearest - said.start_time)
        found = [run for run in runs if run.start == nearest]
        headways = [abs(other - nearest) for other in starts if other != nearest]
        if gap and (found[0].exact or gap > min(headways, default=HOUR)):
            return []
        return found

    def board(self, stop: str, *, at: datetime, age: int, limit: int) -> list[Any]:
        """The first `limit` lines; `age` of the feed in seconds."""
        group = {stop, *(child for child, parent in self.parents.items() if parent == stop)}
        start = int(at.timestamp())
        lines = []
        for run in self.runs:
            for order, line in self._lines(run, group, stale=age > 300):
                if start <= order[0] < start + 7 * DAY:
                    lines.append((order, line))
        return [line for _, line in sorted(lines, key=lambda each: each[0])[:limit]]

    def _lines(self, run: NaiveRun, group: set[str], *, stale: bool) -> Iterator[Any]:
        said = max(run.said, key=lambda each: each.seen_at, default=None)
        if (said is not None and said.relationship == "DELETED") or not group & {*run.stops}:
            return
        told = resolve(run, said, self.parents)
        for position, stop in enumerate(run.stops):
            if stop not in group or not run.boards[position]:
                continue
            state, predicted = told[position]
            if stale and state in ("predicted", "no_data"):
                state, predicted = "stale", None
            scheduled = run.departures[position]
            effective = scheduled if predicted is None else predicted
            rank = self.ranks[run.trip["route_id"]]
            order = (effective, rank, *run.order, position, run.day)
            yield (
                order,
                {
                    "trip_id": f"f:{run.trip['trip_id']}",
                    "start_date": f"{run.day:%Y%m%d}",
                    "start_time": None if run.start is None else clock(run.start),
                    "stop_id": f"f:{stop}",
                    "stop_sequence": run.sequences[position],
                    "scheduled": self._local(scheduled),
                    "predicted": None if predicted is None else self._local(predicted),
                    "delay": None if predicted is None else predicted - scheduled,
                    "state": state,
                },
            )

    def _local(self, instant: int) -> str:
        return datetime.fromtimestamp(instant, UTC).astimezone(self.zone).isoformat()


def clock(start: int) -> str:
    return f"{start // HOUR:02}:{start % HOUR // 60:02}:{start % 60:02}"
