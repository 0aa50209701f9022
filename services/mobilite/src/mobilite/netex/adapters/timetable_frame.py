"""NETEX_HORAIRE: the journeys and their passing times.

A run of frequencies.txt with exact times is a ServiceJourney; those without are a
TemplateServiceJourney with a HeadwayJourneyGroup for each row.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from mobilite.gtfs.domain.run_ids import run_id
from mobilite.netex.adapters.feed_objects import VERSION, FeedObjects, element
from mobilite.netex.domain.journey_patterns import JourneyPatterns
from mobilite.open_data.domain.headways import headways
from mobilite.timetable.domain.timetable import Timetable

_DAY = 86_400
_NOT_EXACT = 0
"""The exact_times of departures at a headway."""


def timetable_objects(feed: FeedObjects, patterns: JourneyPatterns) -> Iterator[str]:
    """The ServiceJourneys and TemplateServiceJourneys of a feed.

    Their times are those of one zone, the feed's. Journeys of a service in another zone are left
    out.
    """
    timetable = feed.timetable
    zone = int(timetable.agency_zone[0])
    point = _points(feed, patterns)
    runs: Counter[str] = Counter()
    trip = 0
    while trip < len(timetable.trip_ids):
        last = _last_run(timetable, trip)
        if int(timetable.service_zone[int(timetable.trip_service[trip])]) == zone:
            headway = _headway_runs(timetable, trip, last)
            if headway:
                yield _template(feed, patterns, headway, point)
            for run in range(trip, last):
                if run not in headway:
                    local = _local_id(timetable, run)
                    runs[local] += 1
                    # Two rows of frequencies.txt can give the same run.
                    local += f"-{runs[local]}" if runs[local] > 1 else ""
                    yield (
                        feed.start("ServiceJourney", local)
                        + feed.code(_code(timetable, run))
                        + _journey(feed, patterns, run, point)
                        + "</ServiceJourney>"
                    )
        trip = last


def _last_run(timetable: Timetable, trip: int) -> int:
    """The row after the last run of a trip: the runs of a frequency-based trip are adjacent."""
    last = trip + 1
    if timetable.trip_start[trip] >= 0:
        local = timetable.trip_ids[trip]
        while last < len(timetable.trip_ids) and timetable.trip_ids[last] == local:
            last += 1
    return last


def _headway_runs(timetable: Timetable, trip: int, last: int) -> list[int]:
    """The runs (rows) of a trip that only follow a headway."""
    exact = timetable.trip_exact_times[trip:last].tolist()
    return [trip + row for row, value in enumerate(exact) if value == _NOT_EXACT]


def _local_id(timetable: Timetable, run: int) -> str:
    """The local id of a run: its trip's, with the start of one of several."""
    start = int(timetable.trip_start[run])
    return timetable.trip_ids[run] + (f"@{_clock(start)}+{start // _DAY}" if start >= 0 else "")


def _code(timetable: Timetable, run: int) -> str:
    """The id of a run on the platform, without its feed."""
    start = int(timetable.trip_start[run])
    return run_id(timetable.trip_ids[run], start if start >= 0 else None)


def _template(
    feed: FeedObjects, patterns: JourneyPatterns, runs: list[int], point: Callable[[int, int], str]
) -> str:
    """The TemplateServiceJourney of the runs of a trip, with the times of the first one."""
    timetable = feed.timetable
    local = timetable.trip_ids[runs[0]]
    groups = []
    starts = [int(timetable.trip_start[run]) for run in runs]
    for row, group in enumerate(headways(starts, [_NOT_EXACT] * len(starts))):
        last = group.start + (group.end - 1 - group.start) // group.headway * group.headway
        groups.append(
            feed.start("HeadwayJourneyGroup", f"{local}-{row}")
            + element("FirstDepartureTime", _clock(group.start))
            + _offset("FirstDayOffset", group.start)
            + element("LastDepartureTime", _clock(last))
            + _offset("LastDayOffset", last)
            + f"<ScheduledHeadwayInterval>PT{group.headway}S</ScheduledHeadwayInterval>"
            + "</HeadwayJourneyGroup>"
        )
    return (
        feed.start("TemplateServiceJourney", local)
        + feed.code(local)
        + _journey(feed, patterns, runs[0], point)
        + "<TemplateVehicleJourneyType>headway</TemplateVehicleJourneyType>"
        + f"<frequencyGroups>{''.join(groups)}</frequencyGroups></TemplateServiceJourney>"
    )


def _journey(
    feed: FeedObjects, patterns: JourneyPatterns, trip: int, point: Callable[[int, int], str]
) -> str:
    """What a journey and a template contain: days, pattern, line and passing times."""
    timetable = feed.timetable
    calls = timetable.calls_of(trip)
    start = int(timetable.call_departure[calls.start])
    pattern = patterns.of_trip[trip]
    day_type = feed.ref("DayType", timetable.service_ids[int(timetable.trip_service[trip])])
    times = "".join(
        "<TimetabledPassingTime " + VERSION + ">"
        + point(pattern, order)
        + _time("Arrival", arrival)
        + _time("Departure", departure)
        + "</TimetabledPassingTime>"
        for order, (arrival, departure) in enumerate(
            zip(
                timetable.call_arrival[calls].tolist(),
                timetable.call_departure[calls].tolist(),
                strict=True,
            ),
            start=1,
        )
    )  # fmt: skip
    return (
        feed.accessibility(
            "ServiceJourney", _local_id(timetable, trip), int(timetable.trip_wheelchair[trip])
        )
        + element("DepartureTime", _clock(start))
        + _offset("DepartureDayOffset", start)
        + f"<dayTypes>{day_type}</dayTypes>"
        + feed.ref("ServiceJourneyPattern", patterns.patterns[pattern].id)
        + element("PublicCode", timetable.text(int(timetable.trip_short_name[trip])))
        + feed.ref("Line", timetable.route_ids[int(timetable.trip_route[trip])])
        + f"<passingTimes>{times}</passingTimes>"
    )


def _points(feed: FeedObjects, patterns: JourneyPatterns) -> Callable[[int, int], str]:
    """Gives the reference to a point of a pattern: an index of the patterns, and its order."""

    @lru_cache(4096)
    def point(pattern: int, order: int) -> str:
        return feed.ref("StopPointInJourneyPattern", f"{patterns.patterns[pattern].id}-{order}")

    return point


@lru_cache(8192)
def _time(event: str, seconds: int) -> str:
    """The time of an arrival or departure, in seconds of the service day."""
    return element(f"{event}Time", _clock(seconds)) + _offset(f"{event}DayOffset", seconds)


def _clock(seconds: int) -> str:
    """The time of the day: NeTEx counts days apart."""
    minutes = seconds % _DAY // 60
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds % 60:02}"


def _offset(name: str, seconds: int) -> str:
    """The days after the service day; "" for none."""
    return f"<{name}>{seconds // _DAY}</{name}>" if seconds >= _DAY else ""
