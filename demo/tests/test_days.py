"""What truly happens in a day of the demo region."""

from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from demo.days.announced import announced
from demo.days.dice import seeded_random
from demo.days.operator_day import OperatorDay
from demo.days.truth import start_of
from demo.days.works import works_on
from demo.network.region import region

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
HOUR = 3600
OPERATORS = {operator.id: operator for operator in region(1, 1)}
LIVE = [operator for operator in OPERATORS.values() if any(line.live for line in operator.lines)]


@pytest.mark.parametrize("day", [MONDAY, SUNDAY], ids=["Monday", "Sunday"])
def test_at_any_hour_something_is_late_and_something_cancelled(day: date) -> None:
    days = [
        (OperatorDay(operator, date.fromordinal(day.toordinal() + n), seed=1), n * 24 * HOUR)
        for operator in LIVE
        for n in (0, 1)
    ]
    for hour in range(24):
        runs = [run for one, ahead in days for run in one.published_at(hour * HOUR - ahead)]
        late = [
            run
            for run in runs
            if run.relationship == "scheduled"
            and run.driven.departures[0] - run.planned.departures[0] > 300
        ]
        assert late, hour
        assert any(run.relationship == "cancelled" for run in runs), hour


def test_the_same_seed_gives_the_same_day_in_any_order() -> None:
    one, other = (OperatorDay(OPERATORS["sncf"], MONDAY, seed=1) for _ in range(2))
    list(other.published_at(18 * HOUR))
    assert list(one.published_at(9 * HOUR)) == list(other.published_at(9 * HOUR))
    third = OperatorDay(OPERATORS["sncf"], MONDAY, seed=2)
    assert list(one.published_at(9 * HOUR)) != list(third.published_at(9 * HOUR))


def test_over_a_day_everything_the_standard_knows_befalls_some_run() -> None:
    seen: Counter[str] = Counter()
    for operator in LIVE:
        day = OperatorDay(operator, MONDAY, seed=1)
        for hour in range(5, 24):
            for run in day.published_at(hour * HOUR):
                seen[run.relationship] += 1
                seen["skips"] += bool(run.skipped)
                seen["other platform"] += bool(run.platforms)
                seen["not located"] += not run.located
                seen["early"] += run.driven.departures[0] < run.planned.departures[0]
    relationships = {"scheduled", "cancelled", "deleted", "new", "duplicated", "replacement"}
    assert {*relationships, "skips", "other platform", "not located", "early"} == {*+seen}


def test_delays_grow_and_recover_and_no_vehicle_goes_back_in_time() -> None:
    grown = recovered = 0
    for operator in LIVE:
        for run in OperatorDay(operator, MONDAY, seed=1).published_at(8 * HOUR):
            times = [
                moment
                for pair in zip(run.driven.arrivals, run.driven.departures, strict=True)
                for moment in pair
            ]
            assert times == sorted(times)
            assert all(a < b for a, b in pairwise(run.driven.arrivals[1:]))
            delays = [
                true - plan
                for true, plan in zip(run.driven.arrivals, run.planned.arrivals, strict=True)
            ]
            assert max(delays) <= 46 * 60
            grown += max(delays) > delays[0] + 30
            recovered += delays[-1] < max(delays) - 30
    assert grown > 20
    assert recovered > 20


def test_predictions_are_in_order_and_meet_the_truth() -> None:
    for operator in LIVE:
        for run in OperatorDay(operator, MONDAY, seed=1).published_at(17 * HOUR):
            for now in (run.published_from, 17 * HOUR, run.published_until):
                predicted = announced(run, now, seeded_random(1, run.trip_id, now))
                times = predicted.times
                assert all(a <= d for a, d in zip(times.arrivals, times.departures, strict=True))
                assert all(
                    d < a for d, a in zip(times.departures, times.arrivals[1:], strict=False)
                )
                assert predicted.first + len(times.arrivals) == len(run.planned.arrivals)
            if not run.skipped and run.relationship not in ("cancelled", "deleted"):
                assert times.arrivals[-1] == run.driven.arrivals[-1]


def test_the_tram_of_orleans_is_cut_elsewhere_each_week_and_buses_link_its_ends() -> None:
    places = set()
    for week in range(4):
        works = works_on(OPERATORS["tao"], date.fromordinal(MONDAY.toordinal() + 7 * week))
        assert works is not None
        assert works == works_on(OPERATORS["tao"], date.fromordinal(SUNDAY.toordinal() + 7 * week))
        first, *closed, last = works.stations
        places.add(first.id)
        assert len(closed) == 3
        run = next(run for run in OPERATORS["tao"].runs if run.line is works.line)
        assert len(works.skipped(run)) == 3
        assert not works.closes(run)
        assert {way.headsign for way, _ in works.replacement_buses} == {first.name, last.name}
        assert {len(way.stops) for way, _ in works.replacement_buses} == {5}
    assert len(places) == 4


def test_no_tram_of_tours_runs_after_eight_from_monday_to_thursday() -> None:
    tours = OPERATORS["filbleu"]
    assert works_on(tours, SUNDAY) is None
    evening = list(OperatorDay(tours, MONDAY, seed=1).published_at(21 * HOUR))
    trams = [run for run in evening if run.line.route_type == 0 and run.copied is not None]
    assert trams
    served = [run for run in trams if run.relationship != "cancelled"]
    assert all(run.driven.arrivals[run.served[-1]] < 21 * HOUR for run in served)
    plan_b = [run for run in evening if run.relationship == "new"]
    assert {run.planned.departures[0] % 1800 for run in plan_b} == {13 * 60}
    assert all("palais-des-sports" not in stop for run in plan_b for stop in run.pattern.stops)


def test_a_service_day_starts_at_noon_minus_twelve_hours() -> None:
    change = date(2026, 3, 29)
    start = datetime.fromtimestamp(start_of(change), ZoneInfo("Europe/Paris"))
    assert (start.day, start.hour) == (28, 23)
