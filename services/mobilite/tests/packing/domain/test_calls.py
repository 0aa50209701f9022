"""stop_times.txt: order, missing times, wrong times, rows that lead nowhere."""

import numpy as np
import pytest
from cities import LINE, imported, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.packing.domain.interpolate import fill_times

HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"


def times_of(rows: str, head: str = HEAD) -> list[tuple[int, int]]:
    timetable = timetable_from_text({**LINE, "stop_times.txt": f"{head}\n{rows}"})
    calls = timetable.calls_of(0)
    arrivals, departures = timetable.call_arrival[calls], timetable.call_departure[calls]
    return list(zip(arrivals.tolist(), departures.tolist(), strict=True))


def at(h: int, m: int, s: int = 0) -> tuple[int, int]:
    return (h * 3600 + m * 60 + s,) * 2


def test_times_beyond_midnight_and_short_hours() -> None:
    assert times_of("t,9:59:00,9:59:00,s1,1\nt,25:10:00,25:10:00,s2,2\n") == [
        at(9, 59),
        at(25, 10),
    ]


def test_rows_come_in_any_order() -> None:
    assert times_of("t,08:20:00,08:20:00,s3,30\nt,08:00:00,08:00:00,s1,7\n") == [
        at(8, 0),
        at(8, 20),
    ]


def test_missing_times_lie_in_proportion_to_the_way() -> None:
    # s1–s4 are evenly spaced in a line.
    rows = "t,08:00:00,08:00:00,s1,1\nt,,,s2,2\nt,,,s3,3\nt,08:30:00,08:30:00,s4,4\n"
    assert times_of(rows) == [at(8, 0), at(8, 10), at(8, 20), at(8, 30)]


def test_shape_distance_is_believed_before_straight_lines() -> None:
    rows = "t,08:00:00,08:00:00,s1,1,0\nt,,,s2,2,1\nt,,,s3,3,2\nt,08:30:00,08:30:00,s4,4,10\n"
    assert times_of(rows, f"{HEAD},shape_dist_traveled") == [
        at(8, 0),
        at(8, 3),
        at(8, 6),
        at(8, 30),
    ]


def test_stops_at_one_place_share_the_time_evenly() -> None:
    rows = "t,08:00:00,08:00:00,s1,1\nt,,,s1,2\nt,,,s1,3\nt,08:30:00,08:30:00,s1,4\n"
    assert times_of(rows) == [at(8, 0), at(8, 10), at(8, 20), at(8, 30)]


def test_one_time_of_two_is_both() -> None:
    assert times_of("t,,08:00:00,s1,1\nt,08:10:00,,s2,2\n") == [at(8, 0), at(8, 10)]


def test_an_interpolated_time_is_no_timepoint() -> None:
    rows = f"{HEAD},timepoint\nt,08:00:00,08:00:00,s1,1,\nt,,,s2,2,1\nt,08:30:00,08:30:00,s4,4,0\n"
    timetable = timetable_from_text({**LINE, "stop_times.txt": rows})
    assert timetable.call_timepoint.tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("rows", "expected", "code"),
    [
        (
            "t,23:50:00,23:50:00,s1,1\nt,00:05:00,00:06:00,s2,2\nt,0:20:00,0:20:00,s3,3\n",
            [at(23, 50), (86_700, 86_760), at(24, 20)],
            "past_midnight",
        ),
        (
            "t,23:50:00,23:50:00,s1,1\nt,23:59:00,00:01:00,s2,2\nt,0:20:00,0:20:00,s3,3\n",
            [at(23, 50), (86_340, 86_460), at(24, 20)],
            "past_midnight",
        ),
        (
            "t,08:00:00,08:00:00,s1,1\nt,18:10:00,18:10:00,s2,2\nt,08:20:00,08:20:00,s3,3\n",
            [at(8, 0), at(8, 10), at(8, 20)],
            "backward_time",
        ),
        (
            "t,08:00:00,08:00:00,s1,1\nt,08:10:00,08:10:00,s2,2\nt,07:20:00,07:20:00,s3,3\n",
            [at(8, 0), at(8, 10), at(8, 10)],
            "backward_time",
        ),
        (
            "t,08:00:00,08:00:00,s1,1\nt,08:10:00,08:09:00,s2,2\nt,08:20:00,08:20:00,s3,3\n",
            [at(8, 0), at(8, 10), at(8, 20)],
            "backward_time",
        ),
        (
            "t,08:00:00,08:00:00,s1,1\nt,midi,8h10,s2,2\nt,08:20:00,08:20:00,s3,3\n",
            [at(8, 0), at(8, 10), at(8, 20)],
            "wrong_time",
        ),
        (
            "t,,,s1,1\nt,08:10:00,08:10:00,s2,2\nt,08:20:00,08:20:00,s3,3\nt,,,s4,4\n",
            [at(8, 10), at(8, 20)],
            "untimed_end",
        ),
    ],
)
def test_wrong_times_are_mended_and_reported(
    rows: str, expected: list[tuple[int, int]], code: str
) -> None:
    assert times_of(rows) == expected
    _, report = imported({**LINE, "stop_times.txt": f"{HEAD}\n{rows}"})
    assert report["stop_times.txt", code].samples


def test_rows_that_lead_nowhere_are_left_out_and_counted() -> None:
    rows = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,08:00:00,08:00:00,s1,1
t,08:05:00,08:05:00,lost,2
t,08:10:00,08:10:00,s2,3
t,08:11:00,08:11:00,s3,3
t,08:12:00,08:12:00,s3,x
ghost,08:00:00,08:00:00,s1,1
u,08:00:00,08:00:00,s1,1
"""
    timetable, report = imported(
        {
            **LINE,
            "trips.txt": "trip_id,route_id,service_id\n"
            "t,r,daily\nu,r,daily\nv,r,daily\nw,z,daily\n",
            "stop_times.txt": rows,
        }
    )
    assert list(timetable.trip_ids) == ["t"]
    assert timetable.call_sequence.tolist() == [1, 3]
    found = {key: (line.count, line.samples) for key, line in report.items()}
    assert found == {
        ("trips.txt", "unknown_route"): (1, ("w",)),
        ("stop_times.txt", "wrong_number"): (1, ("stop_sequence=x",)),
        ("stop_times.txt", "unknown_trip"): (1, ("ghost",)),
        ("stop_times.txt", "unknown_stop"): (1, ("lost",)),
        ("stop_times.txt", "wrong_sequence"): (1, ("t",)),
        ("stop_times.txt", "duplicate_call"): (1, ("t",)),
        ("trips.txt", "trip_without_calls"): (2, ("u", "v")),
    }


TIMES = st.lists(
    st.tuples(st.integers(-1, 100_000), st.integers(-1, 100_000)), min_size=0, max_size=8
)


@given(trips=st.lists(TIMES, max_size=4), data=st.data())
def test_filled_times_never_go_back(trips, data) -> None:
    trip = np.repeat(np.arange(len(trips)), [len(calls) for calls in trips]).astype(np.int32)
    rows = [call for calls in trips for call in calls]
    arrival = np.array([a if a >= 0 else d for a, d in rows], dtype=np.int32)
    departure = np.array([d if d >= 0 else a for a, d in rows], dtype=np.int32)
    distance = data.draw(
        st.lists(st.floats(0, 1e4) | st.just(np.nan), min_size=len(rows), max_size=len(rows))
    )
    place = np.array(
        data.draw(st.lists(st.floats(-80, 80), min_size=len(rows), max_size=len(rows)))
    )
    filled = fill_times(
        trip=trip,
        arrival=arrival,
        departure=departure,
        distance=np.array(distance, dtype=np.float32),
        lat=place,
        lon=place,
    )
    retained = ~filled.untimed_end
    flat = np.stack([filled.arrival[retained], filled.departure[retained]], axis=1)
    assert (flat >= 0).all()
    for number in range(len(trips)):
        mine = flat[trip[retained] == number].ravel()
        assert (np.diff(mine) >= 0).all()
    # Every call between the first and last known time of its trip is retained.
    known = arrival >= 0
    for number in range(len(trips)):
        of_trip = np.flatnonzero((trip == number) & known)
        assert not len(of_trip) or retained[of_trip[0] : of_trip[-1] + 1].all()


@given(trips=st.lists(st.lists(st.integers(0, 90_000), min_size=2, max_size=6), max_size=4))
def test_times_in_order_are_left_alone(trips: list[list[int]]) -> None:
    trip = np.repeat(np.arange(len(trips)), [len(calls) for calls in trips]).astype(np.int32)
    times = np.array([time for calls in trips for time in sorted(calls)], dtype=np.int32)
    nowhere = np.full(len(times), np.nan)
    filled = fill_times(
        trip=trip,
        arrival=times,
        departure=times,
        distance=nowhere.astype(np.float32),
        lat=nowhere,
        lon=nowhere,
    )
    assert np.array_equal(filled.arrival, times)
    assert not (filled.backward | filled.past_midnight | filled.interpolated).any()
