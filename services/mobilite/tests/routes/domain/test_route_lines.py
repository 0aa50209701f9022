"""The lines of a map: each way of a route once, simplified for a zoom level."""

from typing import Any

import pytest
import shapely
from cities import LINE, timetable_from_text

from mobilite.routes.domain.route_lines import (
    LEVELS,
    RouteLines,
    pixel_degrees,
    route_lines,
    simplified,
)
from mobilite.timetable.domain.feed_schedule import FeedSchedule

# A street of 20 km from south to north, with a corner at each hundredth of a degree.
STREET = [(47.90 + step / 100, 1.90 + (step % 2) / 2000) for step in range(20)]
BRANCH = [*STREET[:10], *((47.99, 1.91 + step / 100) for step in range(10))]


def lines_of(**shapes: Any) -> RouteLines:
    """The lines of a route of three trips of each shape given: points as latitude, longitude."""
    trips = [(name, trip) for name, points in shapes.items() for trip in range(3)]
    rows = [
        f"{name},{lat},{lon},{place}\n"
        for name, points in shapes.items()
        for place, (lat, lon) in enumerate(points)
    ]
    timetable = timetable_from_text(
        {
            **LINE,
            "trips.txt": "route_id,service_id,trip_id,shape_id\n"
            + "".join(f"r,daily,{name}{trip},{name}\n" for name, trip in trips),
            "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
            + "".join(
                f"{name}{trip},08:{n}0:00,08:{n}0:00,s{n},{n}\n"
                for name, trip in trips
                for n in (1, 2)
            ),
            "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + "".join(rows),
        }
    )
    return route_lines(FeedSchedule(timetable))


def points(lines: RouteLines, row: int = 0) -> list[tuple[float, float]]:
    return [(x, y) for x, y in shapely.get_coordinates(lines.lines[row]).round(4).tolist()]


def test_both_directions_of_a_street_are_one_line() -> None:
    back = [(lat, lon + 0.0004) for lat, lon in reversed(STREET)]
    lines = lines_of(out=STREET, back=back)
    assert len(lines.lines) == 1
    assert points(lines) == [(round(lon, 4), round(lat, 4)) for lat, lon in STREET]


def test_of_a_branch_only_its_own_way_is_added() -> None:
    lines = lines_of(main=STREET, other=BRANCH)
    assert len(lines.lines) == 2
    assert points(lines, 1)[-1] == (2.0, 47.99)
    # It begins on the main way.
    assert shapely.distance(lines.lines[0], shapely.Point(points(lines, 1)[0])) < 0.0001
    assert shapely.length(lines.lines[1]) < 0.13


def test_a_route_without_shape_goes_from_stop_to_stop() -> None:
    lines = route_lines(FeedSchedule(timetable_from_text(LINE)))
    assert points(lines) == [(1.9, 47.9), (1.9, 47.91), (1.9, 47.92), (1.9, 47.93)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_simplified_line_is_within_half_a_pixel(level: int) -> None:
    complete = lines_of(main=STREET)
    found = simplified(complete, level)
    off = shapely.hausdorff_distance(complete.lines[0], found.lines[0])
    assert off <= pixel_degrees(level + 1) / 2
    assert len(points(found)) <= len(STREET)


def test_the_coarsest_level_has_few_points_and_no_dots() -> None:
    assert len(points(simplified(lines_of(main=STREET), 7))) == 2
    assert len(simplified(lines_of(main=STREET[:4]), 5).lines) == 0


def test_lines_of_a_box_are_those_that_meet_it() -> None:
    lines = lines_of(main=STREET)
    assert lines.within(1.8, 47.0, 2.0, 47.95).tolist() == [0]
    assert lines.within(1.8, 47.0, 2.0, 47.8).tolist() == []
    # From 170° east to 2° east, across the antimeridian.
    assert lines.within(170.0, 47.0, 2.0, 48.0).tolist() == [0]
    assert lines.within(170.0, 47.0, -170.0, 48.0).tolist() == []
