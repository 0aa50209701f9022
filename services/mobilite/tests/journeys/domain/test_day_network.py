"""Runs of a date in lanes: service days, clock changes, overtaking."""

from datetime import date

import pytest
from cities import LINE
from journeys import Region, rides_in_words

from mobilite.journeys.domain.build_day import build_day

TRIPS = """\
route_id,service_id,trip_id
r,daily,slow
r,daily,fast
r,daily,late
"""
TIMES = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
slow,08:00:00,08:00:00,s1,1
slow,08:50:00,08:50:00,s2,2
fast,08:10:00,08:10:00,s1,1
fast,08:20:00,08:20:00,s2,2
late,24:30:00,24:30:00,s1,1
late,24:40:00,24:40:00,s2,2
"""
CITY = {**LINE, "trips.txt": TRIPS, "stop_times.txt": TIMES}
EIGHT = 1_772_434_800
"""08:00 on Monday 2 March 2026 in Paris, POSIX seconds."""
MIDNIGHT = EIGHT + 16 * 3600


def test_a_run_that_overtakes_has_a_lane_of_its_own() -> None:
    region = Region.of(CITY)
    lanes = region.day(EIGHT).lanes
    assert len(lanes.first) == 2
    (journey,) = region.leaving({"s1": 0}, {"s2": 0}, EIGHT)
    assert rides_in_words(region.network, journey) == [("fast", "s1", "s2")]


@pytest.mark.parametrize("at", [MIDNIGHT - 600, MIDNIGHT + 600])
def test_a_run_past_midnight_is_found_on_both_dates(at: int) -> None:
    region = Region.of(CITY)
    (journey,) = region.leaving({"s1": 0}, {"s2": 0}, at)
    assert rides_in_words(region.network, journey) == [("late", "s1", "s2")]
    assert journey.departure == MIDNIGHT + 1800
    (again,) = region.arriving({"s1": 0}, {"s2": 0}, MIDNIGHT + 3000)
    assert again == journey


def test_on_the_night_clocks_change_times_are_instants() -> None:
    region = Region.of(CITY)
    # 29 March 2026: 24:30 of Saturday is 00:30 on Sunday; 08:00 on Sunday is 06:00 UTC.
    saturday = 1_774_738_800  # 2026-03-29 00:00 in Paris
    (journey,) = region.leaving({"s1": 0}, {"s2": 0}, saturday)
    assert journey.departure == saturday + 1800
    (morning,) = region.leaving({"s1": 0}, {"s2": 0}, saturday + 3600)
    assert morning.departure == saturday + 8 * 3600 + 600 - 3600


def test_the_evening_before_clocks_go_forward_lasts_until_midnight() -> None:
    times = TIMES.replace("24:30", "23:20").replace("24:40", "23:40")
    region = Region.of({**CITY, "stop_times.txt": times})
    before_midnight = 1_774_738_800 - 600  # 2026-03-28 23:50 in Paris
    (journey,) = region.arriving({"s1": 0}, {"s2": 0}, before_midnight)
    assert rides_in_words(region.network, journey) == [("late", "s1", "s2")]


def test_a_date_outside_the_calendar_has_no_run() -> None:
    region = Region.of(CITY)
    day = build_day(region.network, date(2031, 5, 1))
    assert len(day.lanes.first) == 0
    assert region.leaving({"s1": 0}, {"s2": 0}, EIGHT + 6 * 365 * 86_400) == ()


def test_a_run_that_can_come_late_past_midnight_is_included() -> None:
    times = TIMES.replace("24:30", "22:30").replace("24:40", "22:40")
    region = Region.of({**CITY, "stop_times.txt": times})
    day = build_day(region.network, date(2026, 3, 3))
    assert (day.run_day == date(2026, 3, 2).toordinal()).sum() == 1
