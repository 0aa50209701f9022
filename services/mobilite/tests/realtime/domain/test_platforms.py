"""Rule 11 and the rest of what changes at a stop: its platform, its headsign, who may board."""

from typing import Any

import pytest
from boards import City, clock, paris, update
from cities import LINE

TODAY = 'trip_id: "t" start_date: "20260302"'
STATION = {
    **LINE,
    "stops.txt": """\
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code
    gare,Gare,47.9,1.9,1,,
    a,Gare,47.9,1.9,0,gare,A
    b,Gare,47.9,1.9,0,gare,B
    c,Gare,47.9,1.9,0,gare,C
    porte,Gare,47.9,1.9,2,gare,
    parc,Parc,47.92,1.9,1,,
    p,Parc,47.92,1.9,0,parc,1
    lac,Lac,47.95,1.95,0,,
    """,
    "stop_times.txt": """\
    trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type
    t,08:00:00,08:00:00,a,1,0
    t,08:20:00,08:20:00,p,2,1
    t,08:30:00,08:30:00,lac,3,0
    """,
}


@pytest.fixture
def city() -> City:
    city = City(now=paris("07:30:00"))
    city.schedule(STATION)
    return city


def lines(city: City, stop: str) -> list[Any]:
    """Today's lines of a board."""
    board = city.departures(f"f:{stop}", at=paris("00:00:00"))
    return [line for line in board if line["start_date"] == "20260302"]


def source(city: City) -> dict[str, Any]:
    result: dict[str, Any] = city.feeds()["f"]["real_time"][0]
    return result


def moved_to(platform: str, named: str = "stop_sequence: 1") -> str:
    return (
        f"stop_time_update {{ {named} departure {{ delay: 60 }} "
        f'stop_time_properties {{ assigned_stop_id: "{platform}" }} }}'
    )


SAME_MOVE = pytest.mark.parametrize(
    "content",
    [
        moved_to("b"),
        moved_to("b", 'stop_id: "a"'),
        moved_to("b", 'stop_sequence: 1 stop_id: "b"'),
        'stop_time_update { stop_sequence: 1 stop_id: "b" departure { delay: 60 } }',
        'stop_time_update { stop_id: "b" departure { delay: 60 } }',
    ],
    ids=["by sequence", "by stop", "both", "another platform named", "by that platform alone"],
)


@SAME_MOVE
@pytest.mark.parametrize("board", ["a", "b", "gare", "porte"])
def test_a_call_moved_to_another_platform_is_reported_on_both_and_once_at_the_station(
    city: City, content: str, board: str
) -> None:
    city.publish(update(TODAY, content))
    (line,) = lines(city, board)
    assert (line["stop_id"], line["platform_code"]) == ("f:b", "B")
    assert (line["scheduled_stop_id"], line["scheduled_platform_code"]) == ("f:a", "A")
    assert clock(line) == "08:01:00"
    assert lines(city, "c") == []
    assert (source(city)["mismatched"], source(city)["misassigned"]) == (0, 0)


def test_it_comes_back_with_the_next_word(city: City) -> None:
    city.publish(update(TODAY, moved_to("b")))
    city.publish(update(TODAY, moved_to("c")))
    assert lines(city, "b") == []
    assert lines(city, "c")[0]["scheduled_stop_id"] == "f:a"
    city.publish(update(TODAY, moved_to("a")))
    assert lines(city, "c") == []
    assert lines(city, "a")[0]["scheduled_stop_id"] is None
    city.publish("")
    assert lines(city, "a")[0]["state"] == "scheduled"


@pytest.mark.parametrize("elsewhere", ["p", "lac", "gare", "porte", "x"])
def test_a_stop_that_is_no_platform_of_the_station_is_ignored_and_counted(
    city: City, elsewhere: str
) -> None:
    city.publish(update(TODAY, moved_to(elsewhere)))
    (line,) = lines(city, "a")
    assert (line["stop_id"], line["scheduled_stop_id"]) == ("f:a", None)
    assert clock(line) == "08:01:00"
    assert source(city)["misassigned"] == 1


def test_a_platform_of_a_station_called_at_twice_names_no_call() -> None:
    loop = STATION["stop_times.txt"].replace(",lac,3", ",c,3") + "    t,08:40:00,08:40:00,lac,4,0\n"
    city = City(now=paris("07:30:00"))
    city.schedule({**STATION, "stop_times.txt": loop})
    city.publish(update(TODAY, 'stop_time_update { stop_id: "b" departure { delay: 60 } }'))
    assert [line["state"] for line in lines(city, "gare")] == ["no_data", "no_data"]
    assert source(city)["mismatched"] == 1


def test_a_move_outlives_the_silence_of_its_feed(city: City) -> None:
    """A platform is a decision, like a cancellation."""
    city.publish(update(TODAY, moved_to("b")))
    city.wait(seconds=301)
    (line,) = lines(city, "b")
    assert (line["state"], line["stop_id"], line["predicted"]) == ("stale", "f:b", None)


def properties(content: str, sequence: int = 1) -> str:
    return f"stop_time_update {{ stop_sequence: {sequence} departure {{ delay: 0 }} {content} }}"


def test_a_stops_own_headsign_and_how_full_the_vehicle_is(city: City) -> None:
    content = 'stop_time_properties { stop_headsign: "Lac direct" } '
    city.publish(
        update(TODAY, properties(content + "departure_occupancy_status: STANDING_ROOM_ONLY"))
    )
    (line,) = lines(city, "a")
    assert (line["headsign"], line["occupancy"]) == ("Lac direct", "standing_room_only")
    city.publish(update(TODAY, properties("departure_occupancy_status: NO_DATA_AVAILABLE")))
    (line,) = lines(city, "a")
    assert (line["headsign"], line["occupancy"]) == ("Lac", None)


def test_a_boarding_taken_away_is_reported_and_one_given_appears(city: City) -> None:
    assert lines(city, "p") == []
    taken, given = (
        f"stop_time_properties {{ pickup_type: {word} }}" for word in ("NONE", "REGULAR")
    )
    city.publish(update(TODAY, properties(taken) + properties(given, 2)))
    assert [line["pickup"] for line in lines(city, "a")] == ["none"]
    assert [line["pickup"] for line in lines(city, "p")] == ["regular"]
