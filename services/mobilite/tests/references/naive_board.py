"""The rules of the board written a second time, the slow and obvious way.

Nothing of the service is used: GTFS is read as text, the FeedMessage by its own classes. Every run
of every day around is made, its updates are applied, and the list is sorted. The rules are those
of the GTFS-Realtime reference and, where it leaves room, of docs/decisions/0007.
"""

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

from naive_modifications import NaiveModifications
from naive_runs import (
    REPLACING,
    NaiveRun,
    Name,
    Row,
    claimed,
    cut_short,
    left_out,
    made,
    reschedule,
)
from naive_timetable import NaiveTimetable
from naive_updates import NaiveUpdate, Reported, resolve, words_of

HOUR, DAY = 3600, 86_400


class NaiveCity(NaiveTimetable):
    """A feed as text, and every run of it around an instant."""

    REPORTED = (
        "trip_id",
        "start_date",
        "start_time",
        "stop_id",
        "scheduled_stop_id",
        "stop_sequence",
        "scheduled",
        "predicted",
        "delay",
        "state",
        "outside_timetable",
        "modified",
        "pickup",
        "headsign",
    )

    def __init__(self, files: Mapping[str, str], around: datetime) -> None:
        self.files = {
            name: list(csv.DictReader(StringIO(dedent(text)))) for name, text in files.items()
        }
        self.names = {row["stop_id"]: row["stop_name"] for row in self.rows("stops")}
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
            calls = self.calls_of(trip["trip_id"])
            starts = sorted(self.starts(trip["trip_id"]).items()) or [(None, True)]
            for ahead in range(-6, 12):
                day = today + timedelta(days=ahead)
                if self.runs_on(trip["service_id"], day):
                    for nth, (start, exact) in enumerate(starts):
                        yield self.run(trip, calls, day, start, exact, (place, nth))

    def calls_of(self, trip_id: str) -> list[Row]:
        calls = [row for row in self.rows("stop_times") if row["trip_id"] == trip_id]
        return sorted(calls, key=lambda row: int(row["stop_sequence"]))

    def receive(
        self, content: list[NaiveUpdate], detours: Sequence[NaiveModifications] = ()
    ) -> None:
        """Give each update to the run it is about, if there is one; make the runs they make, and
        the modified ones."""
        modified = self._modified(detours)
        for each in content:
            run = self.meant(each) if each.modifications_id else None
            other = None if run is None else modified.get(id(run))
            named = other is not None and other.modifications.name == each.modifications_id
            if named and each.relationship not in (*REPLACING, "DUPLICATED", "UNSCHEDULED"):
                run.content.append(each)
        content = [each for each in content if not each.modifications_id]
        named: dict[Name, list[NaiveUpdate]] = {}
        copies = [each for each in content if each.relationship == "DUPLICATED"]
        copied = {each.trip_id for each in copies if claimed(self, each) is not None}
        for each in content:
            # NaiveUpdate twice while its operator moves from ADDED to DUPLICATED.
            void = each.relationship == "ADDED" and each.trip_id in copied
            about = None if void else claimed(self, each)
            if isinstance(about, NaiveRun):
                about.content.append(each)
            elif about is not None:
                named.setdefault(about, []).append(each)
        for name, words in named.items():
            for each in sorted(words, key=lambda each: each.seen_at, reverse=True):
                run = made(self, each, name)
                if run is not None:
                    run.content = words
                    self.runs.append(run)
                    break
        for place, run in enumerate(self.runs):
            believed, other = run.believed, modified.get(id(run))
            ended = believed is not None and believed.relationship in ("CANCELED", "DELETED")
            replaced = believed is not None and believed.relationship in REPLACING
            if other is not None and not ended and not replaced:
                self.runs[place] = other
            if not run.own and believed is not None and believed.relationship in REPLACING:
                other = made(self, believed, run)
                assert other is not None
                other.content, other.order, other.instead_of = run.content, run.order, run
                self.runs[place] = other
        for run in self.runs:
            last_update = run.believed
            run.matched = words_of(run, last_update, self.parents)
            if run.made_by is last_update and run.words is None:
                reschedule(run)

    def _modified(self, detours: Sequence[NaiveModifications]) -> dict[int, NaiveRun]:
        """The modified runs by the identity of the original one."""
        found = {}
        for run in self.runs:
            about = [
                each for each in detours if each.selects(run.trip["trip_id"], run.day, run.start)
            ]
            other = about[-1].applied(run, self.parents) if about else None
            if other is not None:
                found[id(run)] = other
        return found

    def meant(self, content: NaiveUpdate) -> NaiveRun | None:
        """The run of the timetable an update is about."""
        runs = [run for run in self.runs if run.trip["trip_id"] == content.trip_id]
        if any(run.start is not None for run in runs):
            runs = self._started(runs, content)
        if content.start_date is not None:
            dated = [run for run in runs if f"{run.day:%Y%m%d}" == content.start_date]
            return dated[0] if len(dated) == 1 else self._of_day_before(runs, content, dated)
        near = [(content.distance(run), run.day, run) for run in runs]
        near = [each for each in near if each[0] <= 12 * HOUR]
        return min(near, key=lambda each: each[:2])[2] if near else None

    def _of_day_before(
        self, runs: list[NaiveRun], content: NaiveUpdate, dated: list[NaiveRun]
    ) -> NaiveRun | None:
        """The run of the day before, where the date is the calendar's and not the service day's."""
        if dated:
            return None
        before = [
            run for run in runs if f"{run.day + timedelta(days=1):%Y%m%d}" == content.start_date
        ]
        if content.ends_without_prediction:
            night = [run for run in before if self._starts_on(run.day + timedelta(days=1), run)]
            return night[0] if len(night) == 1 else None
        for run in before:
            gap = content.predicted_distance(run)
            if gap is not None and gap <= 12 * HOUR:
                return run
        return None

    def _starts_on(self, day: date, run: NaiveRun) -> bool:
        return datetime.fromtimestamp(run.departures[0], self.zone).date() == day

    @staticmethod
    def _started(runs: list[NaiveRun], content: NaiveUpdate) -> list[NaiveRun]:
        """The runs of a frequency that start at (or, approximately, around) the given time."""
        starts = sorted({run.start for run in runs if run.start is not None})
        if content.start_time is None:
            return runs if len(starts) == 1 else []
        nearest = min(starts, key=lambda start: abs(start - content.start_time))
        gap = abs(nearest - content.start_time)
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
        content = run.believed
        if content is not None and content.relationship == "DELETED":
            return
        words = run.matched
        result = resolve(run, content, words)
        if content is not None and run.modifications is not None and not content.modifications_id:
            words, result = self._of_original(run, content)
        for position in left_out(run, self.parents):
            yield from self._lines_left_out(run, position, group)
        goes_on = run.continues or cut_short(run, self.parents)
        last = len(run.stops) - (not goes_on)
        for position, scheduled_stop in enumerate(run.stops[:last]):
            stop = self._moved(scheduled_stop, words.get(position))
            pickup = self._pickup(run, position, words.get(position))
            if not group & {stop, scheduled_stop} or (pickup == run.pickups[position] == 1):
                continue
            state, predicted = result[position]
            if stale and state in ("predicted", "no_data"):
                state, predicted = "stale", None
            elif (run.own and state in ("predicted", "no_data")) or (
                run.origins and run.origins[position] is None and state != "skipped"
            ):
                state = "added"
            scheduled = run.departures[position]
            effective = scheduled if predicted is None else predicted
            order = (effective, self._rank(run), *self._tie(run, position))
            planned = run.planned is None or run.planned[position]
            yield (
                order,
                {
                    "trip_id": f"f:{run.trip['trip_id']}",
                    "start_date": f"{run.day:%Y%m%d}",
                    "start_time": None if run.start is None else clock(run.start),
                    "stop_id": f"f:{stop}",
                    "scheduled_stop_id": None if stop == scheduled_stop else f"f:{scheduled_stop}",
                    "stop_sequence": run.sequences[position],
                    "scheduled": self._local(scheduled),
                    "predicted": None if predicted is None else self._local(predicted),
                    "delay": None if predicted is None or not planned else predicted - scheduled,
                    "state": state,
                    "outside_timetable": run.own,
                    "modified": run.modifications is not None,
                    "pickup": ("regular", "none", "phone_agency", "coordinate_with_driver")[pickup],
                    "headsign": self._headsign(run, words.get(position)),
                },
            )

    def _of_original(
        self, run: NaiveRun, content: NaiveUpdate
    ) -> tuple[dict[int, Any], list[Reported]]:
        """The stop updates and results of the original run, at the calls that both make."""
        assert run.instead_of is not None
        words = words_of(run.instead_of, content, self.parents)
        result = resolve(run.instead_of, content, words)
        return {
            place: words[origin] for place, origin in enumerate(run.origins) if origin in words
        }, [("no_data", None) if origin is None else result[origin] for origin in run.origins]

    def _lines_left_out(self, run: NaiveRun, position: int, group: set[str]) -> Iterator[Any]:
        """A call that the run in the place of the timetable's does not make."""
        planned = run.instead_of
        assert planned is not None
        if planned.stops[position] not in group or planned.pickups[position] == 1:
            return
        ended = run.believed is not None and run.believed.relationship == "CANCELED"
        scheduled = planned.departures[position]
        if position < len(planned.stops) - 1:
            yield (
                (scheduled, self._rank(planned), *self._tie(planned, position)),
                {
                    "trip_id": f"f:{planned.trip['trip_id']}",
                    "start_date": f"{planned.day:%Y%m%d}",
                    "start_time": None if planned.start is None else clock(planned.start),
                    "stop_id": f"f:{planned.stops[position]}",
                    "scheduled_stop_id": None,
                    "stop_sequence": planned.sequences[position],
                    "scheduled": self._local(scheduled),
                    "predicted": None,
                    "delay": None,
                    "state": "cancelled" if ended else "skipped",
                    "outside_timetable": False,
                    "modified": run.modifications is not None,
                    "pickup": ("regular", "none", "phone_agency", "coordinate_with_driver")[
                        planned.pickups[position]
                    ],
                    "headsign": self._headsign(planned, None),
                },
            )

    def _moved(self, scheduled: str, word: Any) -> str:
        """The platform really served: an assigned one, or the one named, of the same station."""
        named = "" if word is None else word.stop_time_properties.assigned_stop_id or word.stop_id
        station = self.parents.get(named, "")
        return named if station and station == self.parents[scheduled] else scheduled

    @staticmethod
    def _pickup(run: NaiveRun, position: int, word: Any) -> int:
        if word is not None and word.stop_time_properties.HasField("pickup_type"):
            return int(word.stop_time_properties.pickup_type)
        return run.pickups[position]

    def _headsign(self, run: NaiveRun, word: Any) -> str:
        """These cities have no headsigns: a stop's, the run's own, or where it ends."""
        content = "" if word is None else word.stop_time_properties.stop_headsign
        if not content and run.made_by is not None:
            content = run.made_by.update.trip_properties.trip_headsign
        end = run.stops[-1]
        if run.modifications is not None:
            return str(content) or self.names[end]
        replaces = run.made_by is None or run.words is None or self._ends_as_planned(run)
        if content or replaces:
            return str(content) or self.names[self._planned_end(run)]
        return "" if run.continues else self.names[self.parents[end] or end]

    def _planned_end(self, run: NaiveRun) -> str:
        """The last stop of the timetable's trip of that name."""
        return self.calls_of(run.trip["original"])[-1]["stop_id"]

    def _ends_as_planned(self, run: NaiveRun) -> bool:
        if not run.trip["original"]:
            return False
        ends = [run.stops[-1], self._planned_end(run)]
        return len({self.parents[end] or end for end in ends}) == 1

    def _rank(self, run: NaiveRun) -> int:
        return self.ranks.get(run.trip["route_id"], len(self.ranks))

    @staticmethod
    def _tie(run: NaiveRun, position: int) -> tuple[int, ...]:
        """Runs outside the timetable and modified ones first, by position, day and a number of
        their name; then the order of the timetable."""
        if run.own or run.modifications is not None:
            start = "" if run.start is None else f"\n{run.start}"
            name = f"{run.trip['trip_id']}{start}".encode()
            return (0, position, run.day.toordinal(), zlib.crc32(name))
        return (1, *run.order, position, run.day.toordinal())

    def _local(self, instant: int) -> str:
        return datetime.fromtimestamp(instant, UTC).astimezone(self.zone).isoformat()


def clock(start: int) -> str:
    return f"{start // HOUR:02}:{start % HOUR // 60:02}:{start % 60:02}"
