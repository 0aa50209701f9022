"""Propagation held to its rules on any run and any updates."""

from hypothesis import given
from hypothesis import strategies as st

from mobilite.realtime.domain.propagation import (
    PREDICTED,
    SKIPPED,
    UNKNOWN,
    ResolvedCalls,
    propagate,
)
from mobilite.realtime.domain.trip_update import StopTimeEvent, StopTimeUpdate

Run = tuple[list[int], list[int]]
Updates = dict[int, StopTimeUpdate]
NOON = 1_772_450_000

steps = st.integers(0, 900)
delays = st.integers(-600, 3600)
NOTHING = st.none()
"""Absent fields: for a tuple, Hypothesis would generate the fields left out."""


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Arrivals and departures of 2 to 12 calls, never going back."""
    time, arrivals, departures = NOON, [], []
    for _ in range(draw(st.integers(2, 12))):
        time += draw(steps)
        arrivals.append(time)
        time += draw(st.integers(0, 120))
        departures.append(time)
    return arrivals, departures


events = st.one_of(
    st.none(),
    st.builds(StopTimeEvent, NOTHING, delays, NOTHING),
    st.builds(StopTimeEvent, st.integers(NOON - 600, NOON + 15_000), NOTHING, NOTHING),
    st.builds(StopTimeEvent, st.integers(NOON, NOON + 9000), delays, NOTHING),
)
stop_updates = st.builds(
    StopTimeUpdate,
    stop_sequence=NOTHING,
    stop_id=NOTHING,
    properties=NOTHING,
    arrival=events,
    departure=events,
    relationship=st.sampled_from(["SCHEDULED", "SCHEDULED", "SKIPPED", "NO_DATA", "UNSCHEDULED"]),
)


@st.composite
def runs_with_updates(draw: st.DrawFn) -> tuple[Run, Updates]:
    run = draw(runs())
    return run, draw(st.dictionaries(st.integers(0, len(run[0]) - 1), stop_updates))


def interleaved(resolved: ResolvedCalls) -> list[int]:
    """Arrival and departure of each call, in the order the vehicle has them."""
    pairs = zip(resolved.arrivals, resolved.departures, strict=True)
    return [time for pair in pairs for time in pair]


@given(runs_with_updates(), st.one_of(st.none(), delays))
def test_times_never_go_back(case: tuple[Run, Updates], trip_delay: int | None) -> None:
    (arrivals, departures), updates = case
    times = interleaved(propagate(arrivals, departures, updates, trip_delay))
    assert times == sorted(times)


@given(runs_with_updates(), st.one_of(st.none(), delays))
def test_what_was_resolved_resolves_to_itself(
    case: tuple[Run, Updates], trip_delay: int | None
) -> None:
    (arrivals, departures), updates = case
    once = propagate(arrivals, departures, updates, trip_delay)
    repeated = {
        position: StopTimeUpdate(
            arrival=StopTimeEvent(time=once.arrivals[position]),
            departure=StopTimeEvent(time=once.departures[position]),
        )
        for position, state in enumerate(once.states)
        if state == PREDICTED
    } | {
        position: StopTimeUpdate(relationship="SKIPPED" if state == SKIPPED else "NO_DATA")
        for position, state in enumerate(once.states)
        if state != PREDICTED
    }
    again = propagate(arrivals, departures, repeated)
    assert again.states == once.states
    for position, state in enumerate(once.states):
        if state == PREDICTED:
            assert again.departures[position] == once.departures[position]


@given(runs(), st.data())
def test_one_delay_is_the_delay_of_every_later_stop(run: Run, data: st.DataObject) -> None:
    arrivals, departures = run
    position = data.draw(st.integers(0, len(arrivals) - 1))
    delay = data.draw(st.integers(0, 3600))
    resolved = propagate(
        arrivals, departures, {position: StopTimeUpdate(departure=StopTimeEvent(delay=delay))}
    )
    assert set(resolved.states[:position]) <= {UNKNOWN}
    assert set(resolved.states[position:]) == {PREDICTED}
    assert list(resolved.departures[position:]) == [each + delay for each in departures[position:]]


@given(runs_with_updates(), st.data())
def test_a_skipped_stop_changes_nothing_for_the_others(
    case: tuple[Run, Updates], data: st.DataObject
) -> None:
    (arrivals, departures), updates = case
    position = data.draw(st.integers(0, len(arrivals) - 1))
    without = {key: update for key, update in updates.items() if key != position}
    skipped = StopTimeUpdate(relationship="SKIPPED")
    plain = propagate(arrivals, departures, without)
    over = propagate(arrivals, departures, {**without, position: skipped})
    others = [index for index in range(len(arrivals)) if index != position]
    assert [over.states[i] for i in others] == [plain.states[i] for i in others]
    assert [over.departures[i] for i in others] == [plain.departures[i] for i in others]


@given(runs_with_updates())
def test_without_the_trips_own_delay_nothing_is_known_before_the_first_word(
    case: tuple[Run, Updates],
) -> None:
    (arrivals, departures), updates = case
    resolved = propagate(arrivals, departures, updates)
    first = min(
        (
            position
            for position, update in updates.items()
            if update.relationship in ("SCHEDULED", "UNSCHEDULED")
            and (update.arrival or update.departure)
        ),
        default=len(arrivals),
    )
    assert PREDICTED not in resolved.states[:first]


def test_an_early_prediction_holds_the_times_before_it_down() -> None:
    arrivals = departures = [100, 200, 300]
    resolved = propagate(
        arrivals,
        departures,
        {
            0: StopTimeUpdate(departure=StopTimeEvent(delay=90)),
            2: StopTimeUpdate(arrival=StopTimeEvent(time=250)),
        },
    )
    assert resolved.departures == (190, 250, 250)


def test_predictions_that_contradict_each_other_retain_the_earlier_stops() -> None:
    arrivals = departures = [100, 200]
    resolved = propagate(
        arrivals,
        departures,
        {
            0: StopTimeUpdate(departure=StopTimeEvent(time=180)),
            1: StopTimeUpdate(departure=StopTimeEvent(time=150)),
        },
    )
    assert resolved.departures == (180, 180)


def test_an_arrival_alone_gives_the_departure_its_delay() -> None:
    resolved = propagate([100], [130], {0: StopTimeUpdate(arrival=StopTimeEvent(time=160))})
    assert (resolved.arrivals, resolved.departures) == ((160,), (190,))


def test_a_trip_delay_alone_is_that_of_every_stop() -> None:
    resolved = propagate([100, 200], [110, 210], {}, 60)
    assert resolved.departures == (170, 270)
    assert set(resolved.states) == {PREDICTED}
