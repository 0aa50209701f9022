"""The calls of a run as the timetable plans them, and where the calls of its real time are."""

from collections.abc import Sequence

from mobilite.passages.domain.passage import RunInfo, RunName
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule


class PlannedCalls:
    """The planned calls of a run; of a run outside the timetable, those it makes.

    The calls of a run that replaces one of the timetable, or that a detour modifies, are at the
    positions of the calls they stand for. Those at other stops have none.
    """

    __slots__ = ("arrivals", "departures", "info", "places", "stop_ids")

    def __init__(self, schedule: FeedSchedule, key: RunKey, trip: RunTrip, run: Run | None) -> None:
        """`run`: with its update, if it has one."""
        self.stop_ids: list[str]
        """Ids in the feed, by planned call; so are the other lists."""
        self.arrivals: list[int | None]
        self.departures: list[int | None]
        """POSIX seconds; None where nothing is planned."""
        self.places: Sequence[int]
        """By call of the run, the position of the planned call; -1 if there is none."""
        positions = range(len(trip))
        if key.trip >= 0:
            calls = schedule.run_calls(key.trip, key.day)
            self.info = timetable_run(schedule, key)
            self.stop_ids = [*calls.stop_ids]
            self.arrivals, self.departures = [*calls.arrivals], [*calls.departures]
            planned = schedule.timetable.call_stop[schedule.timetable.calls_of(key.trip)].tolist()
            own = trip.outside_timetable or trip.modified
            stops = [trip.stop(position) for position in positions]
            self.places = _places(schedule, planned, stops) if own else positions
        else:
            self.info = _added_run(schedule, key, trip, run)
            self.stop_ids = [schedule.stop_id(trip.stop(position)) for position in positions]
            self.arrivals = [None] * len(positions)
            self.departures = [None] * len(positions)
            self.places = positions

    def __len__(self) -> int:
        return len(self.stop_ids)


def timetable_run(schedule: FeedSchedule, key: RunKey) -> RunInfo:
    """A run of the timetable."""
    timetable = schedule.timetable
    calls, route = timetable.calls_of(key.trip), int(timetable.trip_route[key.trip])
    return RunInfo(
        RunName(key.day, timetable.trip_ids[key.trip], schedule.start_of(key.trip)),
        timetable.route_ids[route],
        int(timetable.route_type[route]),
        int(timetable.trip_direction[key.trip]),
        calls.stop - calls.start,
    )


def _added_run(schedule: FeedSchedule, key: RunKey, trip: RunTrip, run: Run | None) -> RunInfo:
    timetable, start = schedule.timetable, trip.start
    if start is None:
        start = 0 if run is None else run.departures[0] - schedule.day_start(key.day)
    return RunInfo(
        RunName(key.day, trip.trip_id, start),
        trip.route_id,
        int(timetable.route_type[trip.route]) if trip.route >= 0 else -1,
        trip.direction,
        len(trip),
    )


def _places(schedule: FeedSchedule, planned: list[int], stops: list[int]) -> list[int]:
    """For each stop (a row) of a run, the position of the planned call that it stands for, in
    order, at the same stop or station; -1 if there is none."""
    found, first = list[int](), 0
    for stop in stops:
        station = schedule.listed_stop(stop)
        place = next(
            (at for at in range(first, len(planned)) if _same(schedule, planned[at], station)), -1
        )
        found.append(place)
        first = place + 1 if place >= 0 else first
    return found


def _same(schedule: FeedSchedule, stop: int, station: int) -> bool:
    return schedule.listed_stop(stop) == station
