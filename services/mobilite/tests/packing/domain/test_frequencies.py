"""frequencies.txt: one row a run."""

from cities import LINE, imported, timetable_from_text

HEAD = "trip_id,start_time,end_time,headway_secs,exact_times\n"
TRIPS = """\
route_id,service_id,trip_id
r,daily,before
r,daily,t
r,daily,after
"""
STOP_TIMES = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
before,07:00:00,07:00:00,s1,1
before,07:10:00,07:10:00,s2,2
t,00:00:00,00:01:00,s1,1
t,00:10:00,00:11:00,s2,2
after,09:00:00,09:00:00,s1,1
after,09:10:00,09:10:00,s2,2
"""
CITY = {**LINE, "trips.txt": TRIPS, "stop_times.txt": STOP_TIMES}


def test_each_run_is_a_row_where_the_trip_was() -> None:
    timetable = timetable_from_text(
        {**CITY, "frequencies.txt": HEAD + "t,08:00:00,08:30:00,600,1\nt,23:55:00,24:10:00,600,0\n"}
    )
    assert list(timetable.trip_ids) == ["before", *["t"] * 5, "after"]
    starts = [-1, 28800, 29400, 30000, 86100, 86700, -1]
    assert timetable.trip_start.tolist() == starts
    assert timetable.trip_exact_times.tolist() == [-1, 1, 1, 1, 0, 0, -1]
    assert timetable.trip_ids.indexes_of("t").tolist() == [1, 2, 3, 4, 5]
    for trip in range(1, 6):
        calls = timetable.calls_of(trip)
        shift = starts[trip]
        assert timetable.call_departure[calls].tolist() == [shift, shift + 600]
        assert timetable.call_arrival[calls].tolist() == [shift - 60, shift + 540]
        assert timetable.call_trip[calls].tolist() == [trip, trip]


def test_overlapping_rows_give_a_run_once() -> None:
    timetable = timetable_from_text(
        {**CITY, "frequencies.txt": HEAD + "t,08:00:00,08:20:00,600,1\nt,08:10:00,08:25:00,600,1\n"}
    )
    assert timetable.trip_start.tolist() == [-1, 28800, 29400, 30000, -1]


def test_frequencies_that_make_no_sense_are_reported() -> None:
    timetable, report = imported(
        {
            **CITY,
            "frequencies.txt": HEAD
            + "t,08:00:00,09:00:00,0,1\nt,09:00:00,08:00:00,60,\nt,x,08:00:00,60,\n"
            "ghost,08:00:00,09:00:00,60,\n",
        }
    )
    assert timetable.trip_start.tolist() == [-1, -1, -1]
    assert report["frequencies.txt", "wrong_frequency"].count == 3
    assert report["frequencies.txt", "unknown_frequency_trip"].samples == ("ghost",)


def test_a_headway_of_one_second_for_a_year_is_not_expanded() -> None:
    timetable, report = imported(
        {
            **CITY,
            "frequencies.txt": HEAD + "t,00:00:00,999:00:00,1,1\n" + "t,08:00:00,08:10:00,300,1\n",
        }
    )
    assert timetable.trip_start.tolist() == [-1, 28800, 29100, -1]
    assert report["frequencies.txt", "too_many_runs"].samples == ("t",)
