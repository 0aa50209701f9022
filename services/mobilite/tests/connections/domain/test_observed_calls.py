"""The calls that have happened, from the messages of an operator."""

from collections.abc import Mapping
from typing import Final

import pytest
from boards import TODAY, City, city_of_one_bus, paris, update

from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    DEPARTURE,
    SCHEDULED,
    CallError,
    Line,
    ObservedCall,
)
from mobilite.connections.domain.observed_calls import CallObserver
from mobilite.gtfs.domain.ids import FeedId

FEED: Final = FeedId("f")
EVENTS = {"arrival": ARRIVAL, "departure": DEPARTURE}


class Watch:
    """An observer of the one bus of a city, which leaves s1 at 08:00 and ends at s4 at 08:30."""

    def __init__(self, city: City | None = None) -> None:
        self.city = city_of_one_bus() if city is None else city
        schedule = self.city.live.state.snapshot.feed(FEED).schedule
        assert schedule is not None
        self.observer = CallObserver(schedule)
        self.calls: list[ObservedCall] = []

    def at(self, time: str, message: str | None = None) -> list[ObservedCall]:
        """Observe at a local time, after a message then; None: the address is silent."""
        self.city.now = paris(time)
        if message is not None:
            self.city.publish(message)
        now = int(self.city.now.timestamp())
        found = self.observer.observe(self.city.live.state.snapshot.feed(FEED), now)
        self.calls += found
        return found


def delayed(first: int = 1, **delays: int) -> str:
    """The bus with the delays (seconds) of some stops, by stop_sequence: `s1=60`."""
    stops = "".join(
        f"stop_time_update {{ stop_sequence: {name[1:]} "
        f"arrival {{ delay: {delay} }} departure {{ delay: {delay} }} }}"
        for name, delay in delays.items()
        if int(name[1:]) >= first
    )
    return update(TODAY, stops)


def errors_of(calls: list[ObservedCall], event: str) -> list[Mapping[int, int]]:
    """The errors of each call by category, of one event."""
    found = [
        {error.category: error.seconds for error in call.errors if error.event == EVENTS[event]}
        for call in calls
    ]
    return [each for each in found if each]


def test_forecasts_of_each_horizon_are_compared_with_what_happened() -> None:
    watch = Watch()
    # An hour, then 30, 15 and 5 minutes before the departure of 08:02 from s1.
    for time, delay in (("07:02:30", 0), ("07:32:30", 30), ("07:47:30", 60), ("07:57:30", 90)):
        assert watch.at(time, delayed(s1=delay)) == []
    assert watch.at("08:02:10", delayed(s1=120)) == [
        ObservedCall(
            Line(FEED, "r", -1),
            True,
            (
                CallError(DEPARTURE, 1, 30),
                CallError(DEPARTURE, 3, 60),
                CallError(DEPARTURE, 5, 90),
                CallError(DEPARTURE, 7, 120),
                CallError(DEPARTURE, SCHEDULED, 120),
            ),
        )
    ]


def test_a_call_counts_once_and_has_what_was_known_when_first_seen() -> None:
    watch = Watch()
    watch.at("08:05:00", delayed(s2=0))
    assert watch.at("08:11:00", delayed(s2=0)) != []
    assert watch.at("08:11:30", delayed(s2=0)) == []
    # First seen five minutes before its arrival: nothing is made up for longer horizons.
    assert errors_of(watch.calls, "departure") == [{1: 0, SCHEDULED: 0}]
    assert errors_of(watch.calls, "arrival") == [{1: 0, SCHEDULED: 0}]


def test_a_call_dropped_at_its_instant_has_happened() -> None:
    watch = Watch()
    watch.at("07:50:00", delayed(s1=60, s2=60))
    watch.at("08:00:45", delayed(s1=60, s2=60))
    # The message no longer has the first stop, whose departure was predicted for 08:01.
    (gone,) = watch.at("08:01:15", delayed(s2=60))
    assert errors_of([gone], "departure") == [{0: 0, 3: 0, SCHEDULED: 60}]


def test_a_call_dropped_long_before_its_instant_is_not_observed() -> None:
    watch = Watch()
    watch.at("07:40:00", delayed(s1=0, s2=0))
    assert watch.at("07:45:00", delayed(s2=0)) == []
    assert watch.at("08:01:00", delayed(s2=0)) == []
    assert len(watch.at("08:11:00", delayed(s2=0))) == 1


def test_the_last_call_happens_though_its_update_ends_with_it() -> None:
    watch = Watch()
    watch.at("08:25:30", delayed(s4=120))
    watch.at("08:31:00", delayed(s4=120))
    (last,) = watch.at("08:32:15", "")
    assert errors_of([last], "arrival") == [{0: 0, 2: 0, SCHEDULED: 120}]
    # Nobody boards there.
    assert errors_of([last], "departure") == []


def test_a_silent_address_is_not_believed() -> None:
    watch = Watch()
    watch.at("07:55:00", delayed(s1=0, s2=0))
    assert watch.at("08:02:00") == []
    assert watch.at("08:12:00") == []
    # It answers again without the stops that were passed meanwhile.
    assert watch.at("08:13:00", delayed(s3=0)) == []
    assert len(watch.at("08:20:00", delayed(s3=0))) == 1


def test_what_was_past_at_first_sight_is_not_observed() -> None:
    watch = Watch()
    assert watch.at("08:15:00", delayed(s1=0, s2=0, s3=0)) == []
    assert watch.at("08:15:30", delayed(s1=0, s2=0, s3=0)) == []
    assert len(watch.at("08:20:00", delayed(s1=0, s2=0, s3=0))) == 1


def test_cancelled_and_skipped_calls_never_happen() -> None:
    watch = Watch()
    watch.at("07:50:00", delayed(s1=0, s2=0))
    watch.at("07:59:30", update(f"{TODAY} schedule_relationship: CANCELED"))
    assert watch.at("08:01:00", update(f"{TODAY} schedule_relationship: CANCELED")) == []
    assert watch.at("08:12:00", "") == []
    other = Watch()
    skipped = "stop_time_update { stop_sequence: 1 schedule_relationship: SKIPPED }"
    rest = "stop_time_update { stop_sequence: 2 arrival { delay: 0 } }"
    other.at("07:50:00", delayed(s1=0, s2=0))
    assert other.at("08:00:00", update(TODAY, skipped + rest)) == []
    assert len(other.at("08:11:00", update(TODAY, skipped + rest))) == 1


def test_an_error_of_hours_is_left_out_and_counted() -> None:
    watch = Watch()
    watch.at("07:50:00", delayed(s1=0, s2=0))
    early = -8 * 3600
    assert watch.at("08:00:30", delayed(s1=early, s2=early)) == []
    assert watch.observer.absurd == 4


@pytest.mark.parametrize("days", [-2, 3])
def test_a_prediction_of_another_day_is_no_call(days: int) -> None:
    watch = Watch()
    watch.at("07:50:00", delayed(s1=0, s2=0))
    absurd = days * 86_400
    for time in ("07:56:00", "08:00:30", "08:12:00"):
        assert watch.at(time, delayed(s1=absurd, s2=absurd)) == []
    assert watch.observer.absurd == 0


def test_a_feed_without_real_time_has_nothing_to_observe() -> None:
    watch = Watch()
    for time in ("07:50:00", "08:05:00", "08:40:00"):
        assert watch.at(time) == []


def test_another_number_of_calls_starts_anew() -> None:
    watch = Watch()
    watch.at("07:50:00", delayed(s1=0))
    replacement = (
        f"{TODAY} schedule_relationship: REPLACEMENT",
        'stop_time_update { stop_sequence: 1 stop_id: "s1" departure { time: %d } }'
        'stop_time_update { stop_sequence: 2 stop_id: "s4" arrival { time: %d } }',
    )
    times = (int(paris("08:05:00").timestamp()), int(paris("08:30:00").timestamp()))
    message = update(replacement[0], replacement[1] % times)
    assert watch.at("07:58:00", message) == []
    (call,) = watch.at("08:05:00", message)
    # A run outside the timetable has no schedule to compare with.
    assert errors_of([call], "departure") == [{2: 0}]
