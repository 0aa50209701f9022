"""Runs under way by the timetable: between their first departure and their last arrival."""

from datetime import date

import pytest
from boards import paris
from cities import LINE, timetable_from_text

from mobilite.feed_quality.domain.under_way import RunsUnderWay
from mobilite.timetable.domain.feed_schedule import FeedSchedule

NIGHT = LINE["stop_times.txt"] + (
    "n,23:50:00,23:50:00,s1,1,\nn,25:10:00,25:10:00,s2,2,\n".replace(",\n", "\n")
)
TRIPS = LINE["trips.txt"] + "r,daily,n,Mairie\n"


@pytest.mark.parametrize(
    ("time", "day", "runs"),
    [
        ("07:59:59", "2026-03-02", []),
        ("08:00:00", "2026-03-02", [("t", "2026-03-02")]),
        ("08:29:59", "2026-03-02", [("t", "2026-03-02")]),
        ("08:30:00", "2026-03-02", []),
        ("23:55:00", "2026-03-02", [("n", "2026-03-02")]),
        ("01:09:00", "2026-03-03", [("n", "2026-03-02")]),
        ("01:10:00", "2026-03-03", []),
    ],
)
def test_runs_under_way(time: str, day: str, runs: list[tuple[str, str]]) -> None:
    timetable = timetable_from_text({**LINE, "trips.txt": TRIPS, "stop_times.txt": NIGHT})
    under_way = RunsUnderWay(FeedSchedule(timetable))
    found = [
        (timetable.trip_ids[key.trip], date.fromordinal(key.day).isoformat())
        for key in under_way.at(int(paris(time, day).timestamp()))
    ]
    assert found == runs
