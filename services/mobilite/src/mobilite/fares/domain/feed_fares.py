"""The fares of one feed, of whichever version of GTFS Fares it uses."""

from collections.abc import Sequence

from mobilite.fares.domain.fare import Fare, FareRide, UnknownFare
from mobilite.fares.domain.fares_v1 import FaresV1
from mobilite.fares.domain.fares_v2 import FaresV2
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.timetable import Timetable


class FeedFares:
    """The fares of one version of a feed. With both versions of fares, v2 counts."""

    def __init__(self, timetable: Timetable) -> None:
        """Reads the tables of the timetable: less than a second for 100,000 rules."""
        self._fares: FaresV1 | FaresV2 | None = None
        if timetable.notes.has("incomplete_fares"):
            return  # without what was dropped at import, other rows can apply too widely
        if timetable.notes.has("fare_leg_rules"):
            self._fares = FaresV2(timetable)
        elif timetable.notes.has("fare_attributes"):
            self._fares = _fares_v1(timetable)

    def price(self, rides: Sequence[FareRide], *, adjacent: Sequence[int]) -> Fare | None:
        """What the rides of a journey in this feed cost; None if unknown.

        `adjacent`: how many of them follow each other, between rides in other feeds. Whether a
        ticket is still good after a ride elsewhere is not stated: if that matters, the price is
        unknown.
        """
        if self._fares is None:
            return None
        try:
            fare = self._fares.price(rides)
            if len(adjacent) > 1:
                start, apart = 0, []
                for size in adjacent:
                    apart.append(self._fares.price(rides[start : start + size]).amount)
                    start += size
                if sum(apart) != fare.amount:
                    return None
        except UnknownFare:
            return None
        return fare


def _fares_v1(timetable: Timetable) -> FaresV1:
    rows = timetable.notes.rows
    agencies = {
        route: agency_id(timetable, agency) if agency >= 0 else ""
        for route, agency in zip(timetable.route_ids, timetable.route_agency.tolist(), strict=True)
    }
    return FaresV1(
        rows("fare_attributes"),
        rows("fare_rules"),
        zones={row.get("stop_id", ""): row["zone_id"] for row in rows("fare_zones")},
        agencies=agencies,
    )
