"""Runs, and those outside the timetable, the slow and obvious way (see `naive_board`)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt
from naive_modifications import NaiveModifications
from naive_updates import NaiveUpdate

HOUR = 3600
Row = dict[str, str]
Name = tuple[str, date, int | None]
"""A run outside the timetable: its trip id, its day, and its start where the id is not its own."""

REPLACING = ("NEW", "ADDED", "REPLACEMENT")


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
    pickups: list[int]
    exact: bool = True
    content: list[NaiveUpdate] = field(default_factory=list)
    made_by: NaiveUpdate | None = None
    words: list[Any] | None = None
    planned: list[bool] | None = None
    matched: dict[int, Any] = field(default_factory=dict)
    instead_of: "NaiveRun | None" = None
    continues: bool = False
    """Whether it goes on after its last call, to stops that are not known."""

    modifications: "NaiveModifications | None" = None
    """Of a modified run, whose original is `instead_of`."""
    origins: list[int | None] = field(default_factory=list)
    """By call of a modified run, that of the original; None for a replacement stop."""

    @property
    def believed(self) -> NaiveUpdate | None:
        """Of the updates about it, that of the modified trip measured last, else the last."""
        return max(
            self.content, key=lambda each: (bool(each.modifications_id), each.seen_at), default=None
        )

    @property
    def own(self) -> bool:
        """Whether it is outside the timetable."""
        return self.made_by is not None


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * HOUR + int(minutes) * 60 + int(rest)


def claimed(city: Any, content: NaiveUpdate) -> "NaiveRun | Name | None":
    """The run an update is about: of the timetable, or by the name of one outside it."""
    variant = content.relationship
    if variant in ("NEW", "ADDED", "DUPLICATED"):
        return _makes(city, content)
    run: NaiveRun | None = city.meant(content)
    if run is not None:
        unusable = variant == "REPLACEMENT" and made(city, content, run) is None
        return None if unusable else run
    # Of any day: its service may be over.
    several = len(city.starts(content.trip_id)) > 1
    if variant == "REPLACEMENT" or (several and content.start_time is None):
        return None
    if variant == "UNSCHEDULED":
        return _makes(city, content)
    day = _day(city, content) or _date(city, content.seen_at)
    return content.trip_id, day, content.start_time if _known(city, content) else None


def _makes(city: Any, content: NaiveUpdate) -> "NaiveRun | Name | None":
    copies, own = content.relationship == "DUPLICATED", content.update.trip_properties
    if copies and not (_known(city, content) and (own.start_date or content.start_date)):
        return None
    day = _day(city, content)
    if day is None:
        return None
    about: NaiveRun | Name = (
        content.trip_id,
        day,
        content.start if _known(city, content) else None,
    )
    if copies and own.trip_id:
        about = own.trip_id, day, None
    elif not copies:
        same = [
            run
            for run in city.runs
            if (run.trip["trip_id"], run.day) == (content.trip_id, day) and not run.own
        ]
        if content.start is None:
            about = same[0] if len(same) == 1 else about
        else:
            first = [seconds(row["departure_time"]) for row in city.calls_of(content.trip_id)[:1]]
            starts = [first[0] if run.start is None else run.start for run in same]
            about = same[starts.index(content.start)] if content.start in starts else about
    return None if made(city, content, about) is None else about


def made(city: Any, content: NaiveUpdate, about: "NaiveRun | Name") -> NaiveRun | None:
    """The run an update makes, if it does."""
    variant, known = content.relationship, _known(city, content)
    if variant == "DUPLICATED":
        return _copy(city, content, about)
    if variant not in (*REPLACING, "UNSCHEDULED") and (variant != "CANCELED" or known):
        return None
    run = _of_stops(city, content, about)
    short = run is None or len(run.stops) == 1
    if short and variant == "ADDED" and known and isinstance(about, tuple):
        return run if content.start is None else _copy(city, content, about)
    return run


def _of_stops(city: Any, content: NaiveUpdate, about: "NaiveRun | Name") -> NaiveRun | None:
    words = list(content.update.stop_time_update)
    if all(word.HasField("stop_sequence") for word in words):
        words.sort(key=lambda word: word.stop_sequence)
    listed = words
    words = [word for word in words if word.stop_id in city.parents and _times(word)]
    if len(words) < (2 if isinstance(about, NaiveRun) else 1):
        return None
    numbers = [word.stop_sequence for word in words if word.HasField("stop_sequence")]
    if len({*numbers}) < len(words):
        numbers = list(range(1, len(words) + 1))
    run = _empty(city, content, about)
    run.stops = [word.stop_id for word in words]
    run.sequences = numbers
    run.arrivals = [_times(word)[0] for word in words]
    run.departures = [_times(word)[1] for word in words]
    put_in_order(run)
    run.pickups = [0] * len(words)
    run.words = words
    skipped = gtfs_rt.TripUpdate.StopTimeUpdate.SKIPPED
    after = listed[max(place for place, word in enumerate(listed) if word is words[-1]) + 1 :]
    run.continues = any(word.schedule_relationship != skipped for word in after)
    if len(listed) == 1:
        run.continues = bool(words[0].departure.scheduled_time or words[0].departure.time)
    run.planned = [
        bool((word.departure if _content(word.departure) else word.arrival).scheduled_time)
        for word in words
    ]
    return run


def _copy(city: Any, content: NaiveUpdate, about: "NaiveRun | Name") -> NaiveRun:
    run, calls = _empty(city, content, about), city.calls_of(content.trip_id)
    starts = sorted(city.starts(content.trip_id))
    first = seconds(calls[0]["departure_time"])
    start = content.start if content.start is not None else (starts or [first])[0]
    trip = {**run.trip, "original": content.trip_id}
    complete = city.run(trip, calls, run.day, start, True, (0, 0))
    run.stops, run.sequences, run.pickups = complete.stops, complete.sequences, complete.pickups
    run.arrivals, run.departures = complete.arrivals, complete.departures
    return run


def left_out(run: NaiveRun, parents: dict[str, str]) -> list[int]:
    """The calls of the run it stands for, by position, that it makes nowhere in their station; of a
    modified run, those that are replaced."""
    if run.modifications is not None and run.instead_of is not None:
        return [at for at in range(len(run.instead_of.stops)) if at not in run.origins]
    planned = [] if run.instead_of is None else run.instead_of.stops
    made_at = [parents[stop] or stop for stop in run.stops]
    missing = []
    for position, stop in enumerate(planned):
        if (parents[stop] or stop) in made_at:
            made_at.remove(parents[stop] or stop)
        else:
            missing.append(position)
    return missing


def cut_short(run: NaiveRun, parents: dict[str, str]) -> bool:
    """Whether it ends where the run it stands for went on, all of whose later calls it lacks."""
    if run.instead_of is None:
        return False
    if run.modifications is not None:
        return run.origins[-1] is not None and run.origins[-1] < len(run.instead_of.stops) - 1
    missing, stations = left_out(run, parents), [parents[each] or each for each in run.stops]
    planned = [parents[stop] or stop for stop in run.instead_of.stops]
    retained = [at for at in range(len(planned)) if at not in missing]
    # The call the last one of the run stands for: of repeated ones, as many as there are before.
    nth = stations.count(stations[-1]) - 1
    same = [at for at in retained if planned[at] == stations[-1]]
    return nth < len(same) and same[nth] + 1 in missing


def reschedule(run: NaiveRun) -> None:
    """Give a copy the schedule its operator gives for some of its calls."""
    for position, word in run.matched.items():
        for event, times in ((word.arrival, run.arrivals), (word.departure, run.departures)):
            if event.scheduled_time:
                times[position] = int(event.scheduled_time)
    put_in_order(run)


def put_in_order(run: NaiveRun) -> None:
    """Of announced times that go back the earlier call's stands."""
    latest = 0
    for position in range(len(run.stops)):
        for times in (run.arrivals, run.departures):
            times[position] = latest = max(latest, times[position])


def _empty(city: Any, content: NaiveUpdate, about: "NaiveRun | Name") -> NaiveRun:
    """A run without its calls yet: what it is called, its day and its line."""
    rows = [row for row in city.rows("trips") if row["trip_id"] == content.trip_id]
    route = content.update.trip.route_id
    if not route or route not in city.ranks:
        route = rows[0]["route_id"] if rows else route
    if isinstance(about, NaiveRun):
        trip_id, day, start = about.trip["trip_id"], about.day, about.start
    else:
        trip_id, day, start = about
    trip = {"trip_id": trip_id, "route_id": route, "original": content.trip_id if rows else ""}
    return NaiveRun(trip, day, start, (0, 0), [], [], [], [], [], made_by=content)


def _known(city: Any, content: NaiveUpdate) -> bool:
    return any(row["trip_id"] == content.trip_id for row in city.rows("trips"))


def _content(event: Any) -> bool:
    return bool(event.time or event.scheduled_time or event.HasField("delay"))


def _times(word: Any) -> tuple[int, int] | None:
    """When the vehicle is announced to arrive and leave."""
    arrival, departure = (
        event.scheduled_time or event.time or None for event in (word.arrival, word.departure)
    )
    if arrival is None and departure is None:
        return None
    return int(arrival or departure), int(departure or arrival)


def _day(city: Any, content: NaiveUpdate) -> date | None:
    own = content.update.trip_properties.start_date if content.relationship == "DUPLICATED" else ""
    text = own or content.start_date
    if text:
        return datetime.strptime(text, "%Y%m%d").date()
    instant = content.reported_instant
    return None if instant is None else _date(city, instant)


def _date(city: Any, instant: int) -> date:
    return datetime.fromtimestamp(instant, city.zone).date()
