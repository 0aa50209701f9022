"""A route whose trips differ has one list of stops."""

from cities import AGENCY, DAILY, ROUTES, timetable_from_text

from mobilite.routes.domain.route_directions import directions_of
from mobilite.timetable.domain.feed_schedule import FeedSchedule


def directions(*trips: str, stops: str = "abcdefg") -> list[list[tuple[str, int]]]:
    """The stops of each direction of a line whose trips call at those letters; a trip that begins
    with "-" runs the other way."""
    timetable = timetable_from_text(
        {
            "agency.txt": AGENCY,
            "routes.txt": ROUTES,
            "calendar.txt": DAILY,
            "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
            "G,Gare,47,1,1,\n"
            + "".join(
                f"{stop},{stop},47.{place},1,0,{'G' if stop.isupper() else ''}\n"
                for place, stop in enumerate(stops)
            ),
            "trips.txt": "route_id,service_id,trip_id,direction_id\n"
            + "".join(f"r,daily,{i},{int(t[0] == '-')}\n" for i, t in enumerate(trips)),
            "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
            + "".join(
                f"{i},08:0{n}:00,08:0{n}:00,{stop},{n}\n"
                for i, trip in enumerate(trips)
                for n, stop in enumerate(trip.strip("-"))
            ),
        }
    )
    return [
        [(timetable.stop_ids[each.stop], each.trips) for each in result.stops]
        for result in directions_of(FeedSchedule(timetable), 0)
    ]


def test_the_usual_pattern_gives_the_order_and_others_fill_in() -> None:
    assert directions("abd", "abd", "abcd", "bde") == [
        [("a", 3), ("b", 4), ("c", 1), ("d", 4), ("e", 1)]
    ]


def test_each_direction_has_its_own_stops() -> None:
    assert directions("abc", "-cba") == [
        [("a", 1), ("b", 1), ("c", 1)],
        [("c", 1), ("b", 1), ("a", 1)],
    ]


def test_a_loop_comes_back_to_its_first_stop() -> None:
    assert directions("abca") == [[("a", 1), ("b", 1), ("c", 1), ("a", 1)]]


def test_platforms_of_a_station_are_one_stop() -> None:
    assert directions("aXb", "aYb", stops="aXYb") == [[("a", 2), ("G", 2), ("b", 2)]]
