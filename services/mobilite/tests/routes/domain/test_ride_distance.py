"""The distance of a ride, along its shape or straight."""

from pathlib import Path

import numpy as np
import pytest
from cities import LINE, timetable_from_text

from mobilite.emissions.domain.emissions import DETOUR
from mobilite.geo.domain.distances import distances
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.report import Report
from mobilite.routes.domain import ride_path
from mobilite.routes.domain.ride_path import metres_along_shape, ride_metres
from mobilite.timetable.domain.timetable import Timetable

DEGREE = float(distances(47.0, 1.9, np.array([48.0]), np.array([1.9]))[0])
"""Metres in a degree of latitude."""
EAST = float(distances(47.9, 1.9, np.array([47.9]), np.array([1.91]))[0])
"""Metres in a hundredth of a degree of longitude at the first stop."""
TRIPS = "route_id,service_id,trip_id,shape_id\nr,daily,t,s\n"


def along(shape: str, **files: str) -> Timetable:
    return timetable_from_text({**LINE, "trips.txt": TRIPS, "shapes.txt": shape, **files})


def shape_of(*points: tuple[float, float]) -> str:
    rows = [f"s,{lat},{lon},{number}" for number, (lat, lon) in enumerate(points)]
    return "\n".join(["shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", *rows, ""])


def metres(timetable: Timetable, trip: int, board: int, alight: int) -> float | None:
    """The distance of a ride between two positions of a trip."""
    calls = timetable.calls_of(trip)
    stops = timetable.call_stop[calls].tolist()
    stated = timetable.call_distance[calls].astype(np.float64)
    along = metres_along_shape(timetable, int(timetable.trip_shape[trip]), stops, stated)
    return ride_metres(timetable, along, stops[board : alight + 1], board)


def test_without_shape_each_straight_line_is_lengthened() -> None:
    timetable = timetable_from_text(LINE)
    assert metres(timetable, 0, 0, 3) == pytest.approx(DETOUR * 0.03 * DEGREE)
    assert metres(timetable, 0, 1, 2) == pytest.approx(DETOUR * 0.01 * DEGREE)


def test_along_a_shape_a_detour_counts_where_it_is() -> None:
    # Between the first and the second stop: to the east and back, a hundredth of a degree each.
    timetable = along(
        shape_of((47.9, 1.9), (47.9, 1.91), (47.91, 1.91), (47.91, 1.9), (47.94, 1.9))
    )
    first = metres(timetable, 0, 0, 1)
    assert first == pytest.approx(0.01 * DEGREE + 2 * EAST, rel=2e-3)
    assert metres(timetable, 0, 1, 3) == pytest.approx(0.02 * DEGREE, rel=2e-3)


def test_a_shape_that_passes_a_stop_twice_is_followed_in_the_order_of_the_calls() -> None:
    # s1 → s3 → back to s2 → s4: the trip calls at s2 on the way back.
    calls = LINE["stop_times.txt"].replace("s2,2", "s3,2").replace("s3,3", "s2,3")
    timetable = along(
        shape_of((47.9, 1.9), (47.92, 1.9), (47.91, 1.9), (47.93, 1.9)), **{"stop_times.txt": calls}
    )
    found = [metres(timetable, 0, board, board + 1) for board in range(3)]
    assert found == pytest.approx([0.02 * DEGREE, 0.01 * DEGREE, 0.02 * DEGREE], rel=2e-3)


def test_stated_distances_locate_the_stops_in_whatever_unit() -> None:
    shape = """\
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
        s,47.9,1.9,0,0
        s,47.9,1.91,1,1
        s,47.94,1.91,2,5
        """
    rows = LINE["stop_times.txt"].splitlines()
    stated = [f"{row},{value}" for row, value in zip(rows[1:], (0, 1, 3, 5), strict=True)]
    calls = "\n".join([f"{rows[0]},shape_dist_traveled", *stated, ""])
    timetable = along(shape, **{"stop_times.txt": calls})
    assert metres(timetable, 0, 0, 1) == pytest.approx(
        0.01 * DEGREE, rel=0.35
    )  # no less than the straight line, to a stop off the shape
    assert metres(timetable, 0, 1, 2) == pytest.approx(0.02 * DEGREE, rel=1e-3)


def test_a_shape_of_another_place_is_not_believed() -> None:
    far = along(shape_of((48.9, 1.9), (48.94, 1.9)))
    assert metres(far, 0, 0, 3) == pytest.approx(DETOUR * 0.03 * DEGREE)


def test_a_shape_drawn_backwards_is_not_believed() -> None:
    # As the shape of the people mover in the train feed of Porto Alegre.
    near = LINE["stops.txt"].replace("47.91", "47.9005").replace("47.92", "47.9006")
    backward = along(
        shape_of((47.9302, 1.9), (47.9, 1.9)),
        **{"stops.txt": near.replace("47.93", "47.9007").replace("47.900,", "47.9,")},
    )
    assert metres(backward, 0, 0, 3) == pytest.approx(DETOUR * 0.0007 * DEGREE, rel=1e-3)


def test_a_stop_without_a_place_has_no_distance() -> None:
    stops = LINE["stops.txt"].replace("s2,Mairie,47.910,1.900", "s2,Mairie,,")
    timetable = timetable_from_text({**LINE, "stops.txt": stops})
    assert metres(timetable, 0, 0, 3) is None
    assert metres(timetable, 0, 2, 3) is not None


@pytest.mark.parametrize(("name", "step"), [("poa_eptc", 120), ("poa_trensurb", 100)])
def test_real_rides_are_as_long_as_their_shapes(real_feeds: Path, name: str, step: int) -> None:
    """The parts of a ride add up to it, and none is shorter than its straight line."""
    path = real_feeds / f"{name}.zip"
    timetable = read_timetable(path, FeedId("f"), Report(), ArchiveLimits())
    for trip in range(0, len(timetable.trip_ids), step):
        last = int(timetable.trip_first[trip + 1] - timetable.trip_first[trip]) - 1
        complete = metres(timetable, trip, 0, last)
        stops = timetable.call_stop[timetable.calls_of(trip)].tolist()
        straight = ride_metres(timetable, None, stops, 0)
        assert complete is not None
        assert straight is not None
        assert 0.9 < complete / straight < 1.4
        middle = last // 2
        first, second = (
            metres(timetable, trip, 0, middle),
            metres(timetable, trip, middle, last),
        )
        assert first is not None
        assert second is not None
        assert first + second == pytest.approx(complete, rel=0.01)


def test_a_shape_that_is_too_long_to_compare_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight = pytest.approx(DETOUR * 0.03 * DEGREE)
    from_pole_to_pole = [(89.0 if number % 2 else -89.0, 1.9) for number in range(1000)]
    assert metres(along(shape_of(*from_pole_to_pole)), 0, 0, 3) == straight
    timetable = along(shape_of((47.9, 1.9), (47.93, 1.9)))
    assert metres(timetable, 0, 0, 3) == pytest.approx(0.03 * DEGREE)
    monkeypatch.setattr(ride_path, "MOST_PAIRS", 100)
    assert metres(timetable, 0, 0, 3) == straight
