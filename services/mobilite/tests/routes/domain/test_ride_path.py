"""Shapes cut between the stops of a ride."""

from cities import LINE, timetable_from_text

from mobilite.routes.domain.ride_path import metres_along_shape, ride_path
from mobilite.timetable.domain.timetable import Timetable

SHAPE = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"


def with_shape(*points: tuple[float, float]) -> Timetable:
    rows = "".join(f"s,{lat},{lon},{place}\n" for place, (lat, lon) in enumerate(points, start=1))
    trips = "route_id,service_id,trip_id,shape_id\nr,daily,t,s\n"
    return timetable_from_text({**LINE, "trips.txt": trips, "shapes.txt": SHAPE + rows})


def lats(timetable: Timetable, stops: list[int], board: int) -> list[float]:
    """The latitudes of the path of a ride along these stops of the line."""
    along = metres_along_shape(timetable, 0, range(4))
    return [round(lat, 3) for _, lat in ride_path(timetable, 0, along, stops, board)]


def test_the_part_between_two_stops() -> None:
    straight = with_shape(*((47.9 + n * 0.005, 1.9) for n in range(7)))
    assert lats(straight, [0, 1, 2, 3], 0) == [47.9, 47.905, 47.91, 47.915, 47.92, 47.925, 47.93]
    assert lats(straight, [1, 2], 1) == [47.91, 47.915, 47.92]


def test_a_shape_that_passes_a_stop_twice_is_cut_at_the_right_passage() -> None:
    # It goes past the first stop, turns, and comes back to it before the line begins.
    loop = with_shape(
        (47.93, 1.91), (47.9, 1.9001), (47.89, 1.9), (47.9, 1.9), (47.91, 1.9), (47.92, 1.9),
        (47.93, 1.9),
    )  # fmt: skip
    assert lats(loop, [0, 1], 0) == [47.9, 47.91]


def test_without_a_shape_there_are_straight_lines() -> None:
    timetable = timetable_from_text(LINE)
    assert metres_along_shape(timetable, -1, range(4)) is None
    assert ride_path(timetable, -1, None, [0, 2], 0) == ((1.9, 47.9), (1.9, 47.92))
    assert ride_path(timetable, -1, None, [1], 1) == ()


def test_a_shape_of_one_place_is_not_believed() -> None:
    timetable = with_shape((47.9, 1.9), (47.9, 1.9))
    assert lats(timetable, [0, 1], 0) == [47.9, 47.91]
