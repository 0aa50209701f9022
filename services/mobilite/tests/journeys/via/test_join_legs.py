"""Two journeys as one: what starts at the place where the first ends, starts at its stop."""

from mobilite.journeys.domain.journey import POINT, CycleLeg, Journey, RideLeg
from mobilite.journeys.flows.via.join_legs import joined
from mobilite.realtime.domain.run_matching import RunKey

RIDE = RideLeg(0, RunKey(1, 739_000), 0, 2, 10, 12, 1_000, 1_600)


def test_any_way_after_a_ride_starts_where_people_alight() -> None:
    way = CycleLeg(POINT, 20, 1_600, 1_900, 1_200)
    _, after = joined(Journey((RIDE,)), Journey((way,)), 0).legs
    assert (after.from_stop, after.to_stop) == (RIDE.to_stop, 20)
