"""A timetable as boards read it, from a small city's GTFS text."""

from datetime import date

import numpy as np
from cities import LINE, timetable_from_text

from mobilite.gtfs.domain.service_date import ServiceDate

STATION = {
    **LINE,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,stop_timezone
gare,Gare,47.900,1.900,1,,,Europe/London
s1,Gare,47.900,1.900,0,gare,01,
s2,Mairie,47.910,1.900,0,,,
s3,Parc,47.920,1.900,0,,,
s4,Lac,47.930,1.900,0,,,
""",
}


def test_calls_of_a_trip_and_at_a_stop() -> None:
    timetable = timetable_from_text(LINE)
    calls = timetable.calls_of(0)
    assert [timetable.stop_ids[stop] for stop in timetable.call_stop[calls]] == [
        "s1",
        "s2",
        "s3",
        "s4",
    ]
    assert timetable.call_departure[calls].tolist() == [28800, 29460, 30000, 30600]
    assert timetable.calls_at(1).tolist() == [1]
    assert timetable.headsign(1) == "Lac"
    assert timetable.trip_zone(0).key == "Europe/Paris"


def test_a_station_has_platforms_and_lends_them_its_zone() -> None:
    timetable = timetable_from_text(STATION)
    assert timetable.children_of(0).tolist() == [1]
    assert timetable.stop_parent.tolist() == [-1, 0, -1, -1, -1]
    assert timetable.stop_platform[1] == "01"
    assert timetable.local_zone(1).key == "Europe/London"
    assert timetable.local_zone(2).key == "Europe/Paris"
    # Times are counted in the agency's zone, whatever the stop's.
    assert timetable.trip_zone(0).key == "Europe/Paris"


def test_the_days_a_trip_runs() -> None:
    timetable = timetable_from_text(LINE)
    assert timetable.first_date == date(2026, 1, 1)
    assert timetable.last_date == date(2026, 12, 31)
    assert timetable.runs_on(0, ServiceDate(date(2026, 6, 1)))
    assert not timetable.runs_on(0, ServiceDate(date(2027, 1, 1)))
    assert not timetable.runs_on(0, ServiceDate(date(2025, 12, 31)))


def test_a_headsign_of_a_call_wins_over_the_trips() -> None:
    stop_times = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign
t,08:00:00,08:00:00,s1,1,Parc
t,08:10:00,08:10:00,s2,2,
"""
    timetable = timetable_from_text({**LINE, "stop_times.txt": stop_times})
    assert [timetable.headsign(call) for call in (0, 1)] == ["Parc", "Lac"]


def test_arrays_of_a_service_under_two_zones() -> None:
    timetable = timetable_from_text(
        {
            **LINE,
            "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
a,Un,https://un.example,Europe/Paris
b,Deux,https://deux.example,Europe/London
""",
            "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\nq,b,2,3\n",
            "trips.txt": "route_id,service_id,trip_id\nr,daily,t\nq,daily,u\n",
            "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,08:00:00,08:00:00,s1,1
t,08:10:00,08:10:00,s2,2
u,08:00:00,08:00:00,s1,1
u,08:10:00,08:10:00,s2,2
""",
        }
    )
    assert list(timetable.service_ids) == ["daily", "daily"]
    assert [timetable.trip_zone(trip).key for trip in (0, 1)] == ["Europe/Paris", "Europe/London"]
    assert np.array_equal(timetable.service_days[0], timetable.service_days[1])
