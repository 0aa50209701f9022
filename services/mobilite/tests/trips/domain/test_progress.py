"""Where a run is: what is over stays over, and its vehicle knows better than the times."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.realtime.domain.run_calls import RunCall
from mobilite.trips.domain.progress import progress_of


def call(position: int, arrival: int, departure: int, delay: int | None = None) -> RunCall:
    return RunCall(
        position,
        position + 1,
        stop=position,
        scheduled_stop=position,
        arrival=arrival,
        departure=departure,
        predicted_arrival=None if delay is None else arrival + delay,
        predicted_departure=None if delay is None else departure + delay,
        state="scheduled" if delay is None else "predicted",
        planned=True,
        headsign="",
        pickup=0,
        drop_off=0,
        occupancy=None,
    )


CALLS = (call(0, 100, 100), call(1, 200, 210), call(2, 300, 310))


@pytest.mark.parametrize(
    ("now", "status", "previous", "next_"),
    [
        (99, "upcoming", None, 0),
        (100, "running", None, 0),
        (101, "running", 0, 1),
        (210, "running", 0, 1),
        (211, "running", 1, 2),
        (300, "running", 1, 2),
        (301, "completed", 2, None),
    ],
)
def test_by_the_times_alone(now: int, status: str, previous: int | None, next_: int | None) -> None:
    found = progress_of(CALLS, now=now)
    places = [None if each is None else each.position for each in (found.previous, found.next)]
    assert (found.status, *places) == (status, previous, next_)


def test_predictions_count_more_than_the_schedule_and_the_vehicle_more_than_both() -> None:
    late = tuple(replace(each, predicted_departure=each.departure + 60) for each in CALLS)
    assert progress_of(late, now=150).next == late[0]
    assert progress_of(late, now=150, vehicle_at=2).next == late[2]
    assert progress_of(late, now=150, vehicle_at=2).previous == late[1]


def test_a_stop_that_is_left_out_is_never_the_next_one() -> None:
    calls = (CALLS[0], replace(CALLS[1], state="skipped"), CALLS[2])
    found = progress_of(calls, now=150, vehicle_at=1)
    assert (found.previous, found.next) == (calls[0], calls[2])
    cancelled = tuple(replace(each, state="cancelled") for each in CALLS)
    assert progress_of(cancelled, now=150).status == "cancelled"


@given(
    st.lists(st.integers(0, 50), min_size=2, max_size=8),
    st.lists(st.integers(-20, 200), min_size=8, max_size=8),
    st.lists(st.integers(0, 600), min_size=2, max_size=2),
)
def test_a_run_never_goes_back(gaps: list[int], delays: list[int], instants: list[int]) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    calls = [
        call(n, at, at, delay) for n, (at, delay) in enumerate(zip(times, delays, strict=False))
    ]
    places = []
    for now in sorted(instants):
        found = progress_of(calls, now=now)
        places.append(len(calls) if found.next is None else found.next.position)
    assert places == sorted(places)
