"""Rides on demand in journeys: never outside their zone, window, calendar and booking deadline;
and none is missing that a slow search finds."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from boards import paris
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plateau import VANS, plateau
from travellers import comparable, found_again
from valley import HOSPITAL

from mobilite.journeys.domain.journey import Journey, OnDemandLeg
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.rental.flows.live_rentals import RentalState
from socle.testing import sized

ZONE = ZoneInfo("Europe/Paris")
STATION = "47.6003,1.2003"
"""Where the vans stop."""
WITHOUT = Wishes(frozenset({"rail", "tram", "bus"}))
campaign = settings(
    max_examples=sized(8, deep=80), deadline=None, suppress_health_check=[*HealthCheck]
)


@dataclass(frozen=True)
class Case:
    """Vans to the station, booked by one rule, and a query."""

    opens: int
    """Minutes of the service day; so is `closes`."""
    closes: int
    booking_type: int
    notice: int
    """Minutes."""
    last_day: int
    last_hour: int
    weekdays: str
    """A digit for each, from Monday."""
    factor: float
    offset: int
    lat: float
    lon: float
    now: datetime
    at: datetime
    arrive_by: bool

    @property
    def vans(self) -> dict[str, str]:
        window = f"{_clock(self.opens)},{_clock(self.closes)}"
        return {
            **VANS,
            "trips.txt": "route_id,service_id,trip_id,safe_duration_factor,safe_duration_offset\n"
            f"n,jours,aller,{self.factor},{self.offset}\n",
            "stop_times.txt": "trip_id,location_id,location_group_id,stop_sequence,"
            "start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type,drop_off_type,"
            "pickup_booking_rule_id\n"
            f"aller,plateau,,1,{window},2,1,r\naller,,gare,2,{window},1,2,\n",
            "booking_rules.txt": "booking_rule_id,booking_type,prior_notice_duration_min,"
            "prior_notice_last_day,prior_notice_last_time\n"
            f"r,{self.booking_type},{self.notice},{self.last_day},{self.last_hour}:00:00\n",
            "calendar.txt": VANS["calendar.txt"].replace(
                "semaine,1,1,1,1,1,0,0", ",".join(["jours", *self.weekdays])
            ),
        }

    @property
    def request(self) -> JourneyRequest:
        return JourneyRequest(
            f"{self.lat},{self.lon}",
            HOSPITAL,
            int(self.at.timestamp()),
            arrive_by=self.arrive_by,
            window=4 * 3600,
        )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


MONDAY = paris("00:00:00")
cases = st.builds(
    lambda opens, length, **fields: Case(opens=opens, closes=opens + length, **fields),
    st.integers(5 * 60, 10 * 60),
    st.integers(10, 300),
    booking_type=st.sampled_from([0, 1, 2]),
    notice=st.integers(0, 600),
    last_day=st.integers(0, 4),
    last_hour=st.integers(0, 24),
    weekdays=st.sampled_from(["1111111", "1000000", "0111111", "1111100"]),
    factor=st.sampled_from([1.0, 1.5]),
    offset=st.sampled_from([0, 600]),
    lat=st.floats(47.60, 47.67).map(lambda each: round(each, 4)),
    lon=st.floats(1.04, 1.13).map(lambda each: round(each, 4)),
    now=st.integers(-3 * 24 * 60, 10 * 60).map(lambda each: MONDAY + timedelta(minutes=each)),
    at=st.integers(5 * 60, 11 * 60).map(lambda each: MONDAY + timedelta(minutes=each)),
    arrive_by=st.booleans(),
)


def searched(case: Case) -> tuple[PlanningState, list[Journey]]:
    """The state of the case, and the journeys of its query with a ride on demand."""
    valley = plateau(case.now, vans=case.vans)
    asyncio.run(valley.refresh())
    planning = valley.networks.get()
    page = plan_journeys(planning, case.request, now=case.now)
    return planning, [each for each in page.journeys if isinstance(each.legs[0], OnDemandLeg)]


def in_zone(lat: float, lon: float) -> bool:
    hole = 1.06 < lon < 1.07 and 47.62 < lat < 47.63
    return 1.05 < lon < 1.12 and 47.61 < lat < 47.66 and not hole


def last_booking(case: Case, pick_up: datetime) -> datetime:
    if case.booking_type == 0:
        return pick_up
    if case.booking_type == 1:
        return pick_up - timedelta(minutes=case.notice)
    midnight = pick_up.replace(hour=0, minute=0, second=0)
    closing = midnight - timedelta(days=case.last_day) + timedelta(hours=case.last_hour)
    return min(closing, pick_up)


@campaign
@given(cases)
def test_every_journey_is_rebuilt_as_it_was_found(case: Case) -> None:
    planning, _ = searched(case)
    page = plan_journeys(planning, case.request, now=case.now)
    again = found_again(page, RentalState(), case.now)
    assert [*map(comparable, again)] == [*map(comparable, page.journeys)]


@campaign
@given(cases)
def test_within_zone_window_calendar_and_deadline(case: Case) -> None:
    _, journeys = searched(case)
    for journey in journeys:
        (leg,) = (each for each in journey.legs if isinstance(each, OnDemandLeg))
        start, end = (datetime.fromtimestamp(each, ZONE) for each in (leg.departure, leg.arrival))
        minutes = [(each - MONDAY) / timedelta(minutes=1) % 1440 for each in (start, end)]
        assert in_zone(case.lat, case.lon)
        assert case.opens <= minutes[0] < minutes[1] <= case.closes
        assert case.weekdays[start.weekday()] == "1"
        assert case.now <= last_booking(case, start)
        assert leg.ride.booking(leg.departure).until == last_booking(case, start).timestamp()
        assert end - start >= timedelta(seconds=case.offset + 60)
        times = [instant for each in journey.legs for instant in (each.departure, each.arrival)]
        assert times == sorted(times)
        instant = journey.arrival if case.arrive_by else journey.departure
        first, last = (case.at.timestamp() + hours * 3600 for hours in (-4, 4))
        assert (first <= instant <= case.at.timestamp()) or not case.arrive_by
        assert (case.at.timestamp() <= instant <= last) or case.arrive_by


@campaign
@given(cases, st.integers(60, 90))
def test_every_pick_up_is_answered_as_well_as_a_search_from_the_station(
    case: Case, step: int
) -> None:
    case = replace(case, arrive_by=False)
    planning, journeys = searched(case)
    taken = {each.legs[0].arrival - each.legs[0].departure for each in journeys}
    assert len(taken) <= 1  # From one place to one stop.
    for journey in journeys:
        arrival = arrival_from_station(planning, case, journey.legs[0].arrival)
        assert arrival is not None
        assert arrival <= journey.arrival
    if not journeys:
        return
    at, (ride,) = int(case.at.timestamp()), taken
    for pick_up in range(at, at + 4 * 3600, step * 10):
        start = datetime.fromtimestamp(pick_up, ZONE)
        minutes = (start - MONDAY) / timedelta(minutes=1)
        possible = case.opens <= minutes and minutes + ride / 60 <= case.closes
        if possible and case.now <= last_booking(case, start):
            arrival = arrival_from_station(planning, case, pick_up + ride)
            better = [
                each
                for each in journeys
                if each.departure >= pick_up and arrival is not None and each.arrival <= arrival
            ]
            assert better or arrival is None or arrival - pick_up > 12 * 3600


def arrival_from_station(planning: PlanningState, case: Case, at: int) -> int | None:
    """The earliest arrival from where the vans stop."""
    request = JourneyRequest(STATION, HOSPITAL, at, wishes=WITHOUT, window=0)
    page = plan_journeys(planning, request, now=case.now)
    return page.journeys[0].arrival if page.journeys else None


@pytest.mark.parametrize("arrive_by", [False, True])
def test_the_cases_have_journeys(arrive_by: bool) -> None:
    at = paris("10:30:00" if arrive_by else "06:00:00")
    case = Case(
        360, 600, 1, 30, 0, 0, "1111111", 1.5, 600, 47.65, 1.11, paris("06:00:00"), at, arrive_by
    )
    assert searched(case)[1]
