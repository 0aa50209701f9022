"""Journeys at the edges of the time that a page covers: nobody is sent around in circles."""

from typing import Any

from cities import DAILY
from valley import Valley, clocks, rides

# A train to the town, and a bus that goes around the station.
AROUND = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,A,https://a.example,"
    "Europe/Paris\n",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon
gare,Gare,47.9000,1.9000
place,Place,47.9300,1.9000
ville,Ville,47.6000,1.3000
""",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nter,a,TER,2\nbus,a,1,3\n",
    "trips.txt": """\
route_id,service_id,trip_id
ter,daily,evening
ter,daily,afternoon
bus,daily,around
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
evening,01:00:00,01:00:00,gare,1
evening,01:30:00,01:30:00,ville,2
around,13:20:00,13:20:00,gare,1
around,13:25:00,13:25:00,place,2
around,13:35:00,13:35:00,gare,3
afternoon,13:50:00,13:50:00,gare,1
afternoon,14:20:00,14:20:00,ville,2
""",
    "calendar.txt": DAILY,
}
# Back at the other end: the bus goes around the town's station after the train.
AFTER = {
    **AROUND,
    "stop_times.txt": AROUND["stop_times.txt"]
    .replace("around,13:20:00,13:20:00,gare", "around,06:20:00,06:20:00,ville")
    .replace("13:25:00,13:25:00", "06:25:00,06:25:00")
    .replace("around,13:35:00,13:35:00,gare", "around,06:35:00,06:35:00,ville"),
}
ENDS = {"from": "n:gare", "to": "n:ville"}


async def test_no_one_rides_around_until_the_train_that_leaves_after_the_window(
    search: Any,
) -> None:
    valley = Valley(files={"n": AROUND})
    page = await search(valley, **ENDS)  # from 07:40; six hours end at 13:40
    assert [rides(each) for each in page["journeys"]] == [["n:afternoon"]]
    assert clocks(page["journeys"][0]) == ("13:50", "14:20")
    # A window that was asked for has every journey that leaves in it.
    explicit = await search(valley, **ENDS, window="360")
    assert [rides(each) for each in explicit["journeys"]] == [["n:around", "n:afternoon"]]


async def test_no_one_leaves_the_day_before_to_ride_around_at_the_destination(
    search: Any,
) -> None:
    by = {"at": "2026-03-02T08:00:00+01:00", "arrive_by": "true"}
    valley = Valley(files={"n": AFTER})
    page = await search(valley, **ENDS, **by)
    assert [rides(each) for each in page["journeys"]] == [["n:evening"]]
    assert clocks(page["journeys"][0]) == ("01:00", "01:30")
