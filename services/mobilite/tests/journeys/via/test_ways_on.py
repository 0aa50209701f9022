"""Journeys that wait for the same vehicle at a place on the way share what is searched from there.

Three buses reach the station before the first train, and two trams leave before the next arrives.
"""

from collections import Counter

import pytest
from boards import paris
from valley import BUS, HOSPITAL, TRAIN, VILLAGE, Valley

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes
from mobilite.journeys.flows.places import get_place
from mobilite.journeys.flows.via.stages import Stages

_EARLY = {
    **BUS,
    "trips.txt": BUS["trips.txt"] + "b,daily,b6,Gare\nb,daily,b7,Gare\nt,daily,a3,Hôpital\n",
    "stop_times.txt": BUS["stop_times.txt"]
    + "".join(
        f"b{n},07:{10 * n - 30}:00,07:{10 * n - 30}:00,bourg,1\n"
        f"b{n},07:{10 * n - 15}:00,07:{10 * n - 15}:00,gare,2\n"
        for n in (6, 7)
    )
    + "a3,09:15:00,09:15:00,parvis,1\na3,09:30:00,09:30:00,hopital,2\n",
}


class _Counted(JourneySearch):
    """Counts the searches of one ride."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.searches = Counter[tuple[object, ...]]()

    def earliest(self, origin: Access, destination: Access, at: int) -> Journey | None:
        self.searches[*origin.stops.tolist(), None, *destination.stops.tolist(), at] += 1
        return super().earliest(origin, destination, at)

    def latest(self, origin: Access, destination: Access, by: int) -> Journey | None:
        self.searches[*origin.stops.tolist(), None, *destination.stops.tolist(), by] += 1
        return super().latest(origin, destination, by)


@pytest.mark.parametrize("arrive_by", [False, True])
async def test_no_way_on_is_searched_twice(arrive_by: bool) -> None:
    valley = Valley(files={"train": TRAIN, "bus": _EARLY})
    await valley.refresh()
    planning, wishes = valley.networks.get(), Wishes()
    names = (VILLAGE, "bus:gare", "train:ville", HOSPITAL)
    places = [get_place(planning, name, "via") for name in names]
    search, stages = _Counted(planning, wishes), Stages(planning, places, wishes)
    first, last = (int(paris(clock).timestamp()) for clock in ("07:00:00", "11:00:00"))
    find = stages.arriving if arrive_by else stages.leaving
    found = find(search, last if arrive_by else first, last - first)
    assert len(found) >= 2
    assert max(search.searches.values()) == 1
