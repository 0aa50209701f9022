"""Runs under way by the timetable: between their first departure and their last arrival."""

from datetime import date

import pytest
from boards import paris
from cities import LINE, timetable_from_text

from mobilite.feed_quality.domain.under_way import RunsUnderWay
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable

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
    assert found_at(timetable, time, day) == runs


def test_a_run_that_has_to_be_booked_is_not_under_way() -> None:
    stop_times = LINE["stop_times.txt"].rstrip().splitlines()
    booked = "\n".join(
        (f"{stop_times[0]},pickup_type,drop_off_type", *(f"{each},2,2" for each in stop_times[1:]))
    )
    timetable = timetable_from_text({**LINE, "stop_times.txt": booked + "\n"})
    assert found_at(timetable, "08:10:00", "2026-03-02") == []


def found_at(timetable: Timetable, time: str, day: str) -> list[tuple[str, str]]:
    under_way = RunsUnderWay(FeedSchedule(timetable))
    return [
        (timetable.trip_ids[key.trip], date.fromordinal(key.day).isoformat())
        for key in under_way.at(int(paris(time, day).timestamp()))
    ]
