"""What holds for every journey, whatever the network and its real time."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import Region, region_of, stop_id
from naive_answers import NaiveAnswers
from naive_journeys import NaiveCall
from random_hubs import hub_cases
from random_journeys import JourneyCase, cases_with_detours, journey_cases
from random_seats import seat_cases

from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from socle.testing import sized

HOUR = 3600
cases = (
    journey_cases(live=False)
    | journey_cases(live=True)
    | hub_cases(live=True)
    | cases_with_detours()
    | seat_cases(live=True)
)
campaign = settings(
    max_examples=sized(30, deep=200), deadline=None, suppress_health_check=[*HealthCheck]
)


@pytest.mark.deep
@campaign
@given(cases, st.sampled_from([0, HOUR]))
def test_every_leg_takes_place_and_follows_the_one_before(case: JourneyCase, window: int) -> None:
    region, answers = region_of(case), NaiveAnswers(case)
    leaving = region.leaving(case.origin, case.destination, case.at, window)
    arriving = region.arriving(case.origin, case.destination, case.at, window)
    for journey in (*leaving, *arriving):
        check(region, answers, journey)
    assert all(case.at <= each.departure for each in leaving)
    assert all(each.arrival <= case.at for each in arriving)


def check(region: Region, answers: NaiveAnswers, journey: Journey) -> None:
    """A run that takes place, boarding and alighting allowed, changes long enough. Who stays seated
    does so from the last call to the first."""
    before: RideLeg | None = None
    reached: list[NaiveCall] = []
    time = journey.departure
    for leg, following in zip(journey.legs, (*journey.legs[1:], None), strict=True):
        stays_on = isinstance(following, RideLeg) and following.stays_seated
        assert time <= leg.departure <= leg.arrival
        time = leg.arrival
        if isinstance(leg, WalkLeg):
            assert POINT in (leg.from_stop, leg.to_stop) or before is not None
            continue
        start, end = (stop_id(region.network, stop) for stop in (leg.from_stop, leg.to_stop))
        assert leg.board < leg.alight
        rides = [
            (calls[leg.board], calls[leg.alight])
            for calls in answers.single
            if len(calls) > leg.alight
            and (calls[leg.board].stop, calls[leg.board].departure) == (start, leg.departure)
            and (calls[leg.alight].stop, calls[leg.alight].arrival) == (end, leg.arrival)
            and (leg.board == 0 if leg.stays_seated else calls[leg.board].boardable)
            and (leg.alight == len(calls) - 1 if stays_on else calls[leg.alight].alightable)
        ]
        assert rides
        if before is not None and not leg.stays_seated:
            changes = [
                answers.ways[one.place, other.place]
                for one, (other, _) in product(reached, rides)
                if (one.place, other.place) in answers.ways
            ]
            assert before.arrival + min(changes) <= leg.departure
        before, reached = leg, [alight for _, alight in rides]
    assert before is not None
    first = next(leg for leg in journey.legs if isinstance(leg, RideLeg))
    start, end = (stop_id(region.network, stop) for stop in (first.from_stop, before.to_stop))
    assert journey.departure == first.departure - answers.case.origin[start]
    assert journey.arrival == before.arrival + answers.case.destination[end]


@pytest.mark.deep
@campaign
@given(cases)
def test_searches_by_departure_and_by_arrival_agree(case: JourneyCase) -> None:
    region = region_of(case)
    for journey in region.leaving(case.origin, case.destination, case.at):
        back = region.arriving(case.origin, case.destination, journey.arrival)
        same = [each for each in back if each.rides <= journey.rides]
        latest = max(each.departure for each in same)
        assert latest >= journey.departure
        again = region.leaving(case.origin, case.destination, latest)
        assert min(each.arrival for each in again) <= journey.arrival


@pytest.mark.deep
@campaign
@given(journey_cases(live=False), st.data())
def test_one_more_trip_never_makes_the_best_arrival_later(
    case: JourneyCase, data: st.DataObject
) -> None:
    region = region_of(case)
    lines = case.files["stop_times.txt"].split("\n")[1:-1]
    trips = sorted({line.split(",")[0] for line in lines})
    fewer = data.draw(st.lists(st.sampled_from(trips), max_size=len(trips) - 1, unique=True))
    remaining = [line for line in lines if line.split(",")[0] not in fewer]
    head = case.files["stop_times.txt"].split("\n")[0]
    rows = case.files["trips.txt"].split("\n")
    files = {
        **case.files,
        "stop_times.txt": "\n".join([head, *remaining, ""]),
        "trips.txt": "\n".join(row for row in rows if row.split(",")[0] not in fewer),
    }
    less = Region.of(files, longest=case.longest)
    before = less.leaving(case.origin, case.destination, case.at)
    after = region.leaving(case.origin, case.destination, case.at)
    for journey in before:
        assert any(
            each.arrival <= journey.arrival and each.rides <= journey.rides for each in after
        )
