"""The fare of a journey through the networks of several feeds."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from mobilite.fares.domain.fare import Fare, FareRide, total
from mobilite.fares.domain.feed_fares import FeedFares
from mobilite.gtfs.domain.ids import FeedId
from mobilite.timetable.domain.timetable import Timetable


class JourneyFares:
    """Prices journeys. The fares of each feed version are read when they are first needed, which
    blocks for up to a second: call it in a thread."""

    def __init__(self) -> None:
        self._read: dict[FeedId, tuple[Timetable, FeedFares]] = {}

    def price(
        self, rides: Sequence[FareRide], timetables: Mapping[FeedId, Timetable]
    ) -> Fare | None:
        """What the rides of a journey cost: the sum over their feeds. None if it is unknown for
        one of them, or there is no ride. `timetables`: those in service, by feed."""
        fares = []
        for feed in dict.fromkeys(ride.feed for ride in rides):
            timetable = timetables.get(feed)
            if timetable is None:
                return None
            own = [ride for ride in rides if ride.feed == feed]
            runs = groupby(rides, key=lambda ride: ride.feed)
            adjacent = [len([*group]) for name, group in runs if name == feed]
            fare = self._fares(timetable).price(own, adjacent=adjacent)
            if fare is None:
                return None
            fares.append(fare)
        return total(fares)

    def _fares(self, timetable: Timetable) -> FeedFares:
        known = self._read.get(timetable.feed_id)
        if known is None or known[0] is not timetable:
            known = self._read[timetable.feed_id] = (timetable, FeedFares(timetable))
        return known[1]
