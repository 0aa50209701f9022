"""What holds for the lanes of a day, by the schedule or patched: order, and every run once."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from journeys import region_of
from random_journeys import JourneyCase, cases_with_detours, journey_cases
from random_seats import seat_cases

from mobilite.journeys.domain.day_network import DayNetwork
from socle.testing import sized


@pytest.mark.deep
@settings(max_examples=sized(40, deep=200), deadline=None, suppress_health_check=[*HealthCheck])
@given(
    journey_cases(live=False)
    | journey_cases(live=True)
    | cases_with_detours()
    | seat_cases(live=True)
)
def test_no_run_of_a_lane_overtakes_another(case: JourneyCase) -> None:
    region = region_of(case)
    changed, region.changed = region.changed, []
    scheduled = region.day(case.at)
    assert sorted(runs_in_lanes(scheduled)) == list(range(len(scheduled.run_trip)))
    region.changed = changed
    day = region.day(case.at)
    for lane in range(len(day.lanes.first)):
        for one, other in pairwise(times_of(day, lane)):
            assert all(before <= after for before, after in zip(one, other, strict=True))
    cancelled = sum(not run.takes_place for run in changed)
    runs = runs_in_lanes(day)
    assert len(runs) == len({*runs})
    assert len(scheduled.run_trip) - cancelled <= len(runs) + len(changed)


def runs_in_lanes(day: DayNetwork) -> list[int]:
    """The runs of all lanes but those of chains; neighbours that are one run count once."""
    found = []
    for first, count in zip(day.lanes.first.tolist(), day.lanes.size.tolist(), strict=True):
        runs = day.lanes.slot_run[first : first + count].tolist()
        found += [run for place, run in enumerate(runs) if place == 0 or run != runs[place - 1]]
    return [run for run in found if run >= 0]


def times_of(day: DayNetwork, lane: int) -> list[list[int]]:
    """Every arrival and departure of each run of a lane."""
    lanes, result = day.lanes, []
    length = int(lanes.stop_first[lane + 1] - lanes.stop_first[lane])
    first = int(lanes.first[lane])
    for slot in range(first, first + int(lanes.size[lane])):
        call, zero = int(lanes.slot_call[slot]), int(lanes.slot_zero[slot])
        live = call < 0
        rows = slice(~call, ~call + length) if live else slice(call, call + length)
        arrivals = (lanes.live_arrival if live else lanes.arrival)[rows] + zero
        departures = (lanes.live_departure if live else lanes.departure)[rows] + zero
        result.append([*arrivals.tolist(), *departures.tolist()])
    return result
