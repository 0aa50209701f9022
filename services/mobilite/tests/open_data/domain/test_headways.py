"""Runs go back into frequencies.txt and come out of it again as they were."""

import itertools

from cities import AGENCY, DAILY, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.open_data.domain.headways import headways

RUNS = st.dictionaries(st.integers(0, 100_000), st.integers(0, 1), min_size=1, max_size=30)


@given(RUNS)
def test_the_rows_make_exactly_these_runs(runs: dict[int, int]) -> None:
    starts = sorted(runs)
    rows = list(headways(starts, [runs[start] for start in starts]))
    made = [
        (start, row.exact_times) for row in rows for start in range(row.start, row.end, row.headway)
    ]
    assert made == [(start, runs[start]) for start in starts]
    assert all(before.end <= after.start for before, after in itertools.pairwise(rows))


def test_a_regular_service_is_one_row() -> None:
    (row,) = headways(range(6 * 3600, 9 * 3600, 600), [0] * 18)
    assert (row.start, row.end, row.headway) == (6 * 3600, 9 * 3600, 600)


def test_our_importer_reads_them_back() -> None:
    files = {
        "agency.txt": AGENCY,
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\na,A,47.9,1.9\nb,B,47.8,1.9\n",
        "routes.txt": "route_id,route_short_name,route_type\nr,1,3\n",
        "trips.txt": "route_id,service_id,trip_id\nr,daily,t\n",
        "calendar.txt": DAILY,
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t,06:00:00,06:00:00,a,1\nt,06:10:00,06:10:00,b,2\n",
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n"
        "t,06:00:00,09:00:00,600,1\nt,09:00:00,23:00:00,1100,0\n",
    }
    timetable = timetable_from_text(files)
    rows = headways(timetable.trip_start.tolist(), timetable.trip_exact_times.tolist())
    lines = [
        f"t,{_clock(row.start)},{_clock(row.end)},{row.headway},{row.exact_times}\n" for row in rows
    ]
    again = timetable_from_text(
        {
            **files,
            "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n"
            + "".join(lines),
        }
    )
    assert again.trip_start.tolist() == timetable.trip_start.tolist()
    assert again.trip_exact_times.tolist() == timetable.trip_exact_times.tolist()
    assert again.call_departure.tolist() == timetable.call_departure.tolist()


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
