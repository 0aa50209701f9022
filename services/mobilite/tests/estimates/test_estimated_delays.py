"""From the positions of vehicles alone to a board: GTFS text and VehiclePositions in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from boards import City, clock, paris
from cities import LINE
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.connections.domain.forecast_errors import Line
from mobilite.estimates.adapters.model_files import ModelFiles
from mobilite.estimates.api.trip_updates import feed_message
from mobilite.estimates.domain.delay_model import FARTHEST, HORIZONS, DelayModel
from mobilite.estimates.flows.estimate_delays import DelayEstimator
from mobilite.estimates.flows.follow_vehicles import EstimatedRun, FollowedVehicles
from mobilite.gtfs.domain.ids import FeedId
from mobilite.sources.ports import ESTIMATES_NAME
from socle.clock import ManualClock

F = FeedId("f")
RUN = 'trip { trip_id: "t" start_date: "20260302" }'
MADE_UP = -60
"""What the line of these tests makes up for, in seconds, however far ahead."""


def position(lat: float, more: str = "", lon: float = 1.9) -> str:
    """The bus of the line, which drives north along 1.9° east."""
    place = f"position {{ latitude: {lat} longitude: {lon} }}"
    return f'entity {{ id: "e" vehicle {{ vehicle {{ id: "1" }} {RUN} {place} {more} }} }}'


def taught() -> DelayModel:
    """A model that has learned `MADE_UP`."""
    model = DelayModel()
    for n in range(600):
        for ahead in HORIZONS:
            delay = n % 300
            model.observe(
                Line(F, "r", -1), peak=True, ahead=ahead, delay=delay, then=delay + MADE_UP
            )
    return model


class Followed:
    """The line's vehicles, and what is estimated of them."""

    def __init__(self, model: DelayModel) -> None:
        self.city = City(now=paris("07:50:00"))
        self.city.schedule(LINE)
        schedule = self.city.live.state.snapshot.feed(F).schedule
        assert schedule is not None
        self.vehicles = FollowedVehicles(schedule, model)

    def see(self, at: datetime, text: str) -> tuple[EstimatedRun, ...]:
        """Publish positions at an instant."""
        self.city.now, state = at, self.city.live.state
        self.city.publish(text)
        now = int(at.timestamp())
        state = self.city.live.state
        self.vehicles.observe(state.snapshot.feed(F), state.fleet(F), now)
        return tuple(self.vehicles.estimates(now))


def drive(followed: Followed, *, late: int) -> Iterator[tuple[EstimatedRun, ...]]:
    """The bus drives from the first stop to the third, late by so many seconds everywhere, seen
    each half minute."""
    for seconds in range(0, 1231, 30):
        at = paris("08:00:00") + timedelta(seconds=seconds + late)
        # Ten minutes to the second stop, one there, nine to the third.
        part = min(seconds / 600, 1) if seconds <= 660 else min(1 + (seconds - 660) / 540, 2)
        yield followed.see(at, position(47.9 + 0.01 * part))


def arrivals(run: EstimatedRun) -> list[int]:
    """Seconds after 08:00 at which each call ahead is expected."""
    eight = int(paris("08:00:00").timestamp())
    return [call.arrival - eight for call in run.calls]


def test_a_vehicle_half_way_is_late_by_what_the_timetable_expects_there() -> None:
    followed = Followed(taught())
    (run,) = followed.see(paris("08:08:00"), position(47.905))
    assert run.delay == pytest.approx(180, abs=2)
    # Ten, twenty and thirty minutes after the start by the timetable, late by three, less one.
    expected = [600 + 120, 1200 + 120, 1800 + 120]
    assert arrivals(run) == pytest.approx(expected, abs=12)
    assert run.open_end is None


def test_a_vehicle_waits_for_its_departure() -> None:
    followed = Followed(taught())
    (run,) = followed.see(paris("07:56:00"), position(47.9, "current_status: STOPPED_AT"))
    assert run.delay == 0
    (run,) = followed.see(paris("08:02:00"), position(47.9, "current_status: STOPPED_AT"))
    assert run.delay == 120


def test_no_estimate_lies_before_the_vehicle_was_seen() -> None:
    followed = Followed(taught())
    (run,) = followed.see(paris("08:09:58"), position(47.9099))
    assert all(call.arrival >= run.seen_at for call in run.calls)
    times = [time for call in run.calls for time in (call.arrival, call.departure)]
    assert times == sorted(times)


def test_without_anything_learned_nothing_is_estimated() -> None:
    assert Followed(DelayModel()).see(paris("08:05:00"), position(47.905)) == ()


def test_estimates_end_where_they_are_no_better() -> None:
    model = DelayModel()
    for n in range(600):
        model.observe(Line(F, "r", -1), peak=True, ahead=300, delay=n % 300, then=n % 300 - 60)
    followed = Followed(model)
    (run,) = followed.see(paris("08:05:00"), position(47.905))
    assert [call.position for call in run.calls] == [1]
    assert run.open_end == 3


def test_calls_are_learned_with_the_instant_in_between() -> None:
    followed = Followed(DelayModel())
    for _ in drive(followed, late=120):
        pass
    errors = [followed.vehicles.model.error(n) for n in range(len(HORIZONS))]
    observed = [round(each.observations) for each in errors]
    # Of the second stop up to ten minutes ahead, of the third up to twenty.
    assert observed == [2, 2, 2, 2, 1, 1, 0, 0]
    # In the minute that it may stand at its second stop, it is taken for less late.
    assert all(each.last_delay <= 60 for each in errors)


def test_a_vehicle_that_was_not_seen_for_long_has_no_estimate() -> None:
    followed = Followed(taught())
    assert followed.see(paris("08:05:00"), position(47.905))
    followed.city.now = paris("08:08:00")
    assert tuple(followed.vehicles.estimates(int(paris("08:08:00").timestamp()))) == ()


def test_a_vehicle_off_its_way_teaches_nothing() -> None:
    followed = Followed(taught())
    assert followed.see(paris("08:05:00"), position(47.905, lon=1.95)) == ()
    assert followed.vehicles.off_way == 1


def test_a_place_behind_the_last_one_is_an_error_of_the_receiver() -> None:
    followed = Followed(taught())
    followed.see(paris("08:05:00"), position(47.905))
    (run,) = followed.see(paris("08:05:30"), position(47.9049))
    assert run.delay == pytest.approx(30, abs=2)


def test_the_stop_that_a_vehicle_reports_limits_where_it_is() -> None:
    followed = Followed(taught())
    stopped = 'current_stop_sequence: 2 stop_id: "s2" current_status: STOPPED_AT'
    (run,) = followed.see(paris("08:15:00"), position(47.9095, stopped))
    assert run.delay == 240  # since its departure at 08:11
    assert [call.position for call in run.calls] == [2, 3]


def message_of(city: City, estimates: tuple[EstimatedRun, ...]) -> gtfs_rt.FeedMessage:
    body = feed_message(estimates, now=int(city.now.timestamp()))
    return gtfs_rt.FeedMessage.FromString(body)


def test_a_board_displays_estimates_as_such() -> None:
    followed = Followed(taught())
    estimates = followed.see(paris("08:08:00"), position(47.905))
    city = followed.city
    city.addresses["f", 1] = ESTIMATES_NAME
    city.receive(message_of(city, estimates), source=1)
    (departure,) = city.board("f:s2")["departures"][:1]
    assert departure["state"] == "predicted"
    assert departure["estimated"] is True
    assert departure["delay"] == pytest.approx(120, abs=12)


def test_the_operator_s_own_update_takes_precedence() -> None:
    followed = Followed(taught())
    estimates = followed.see(paris("08:08:00"), position(47.905))
    city = followed.city
    city.addresses["f", 1] = ESTIMATES_NAME
    city.receive(message_of(city, estimates), source=1)
    own = (
        f"trip_update {{ {RUN} stop_time_update {{ stop_sequence: 1 departure {{ delay: 9 }} }} }}"
    )
    city.publish(position(47.905) + f' entity {{ id: "u" {own} }}')
    (departure,) = city.board("f:s2")["departures"][:1]
    assert departure["estimated"] is False
    assert clock(departure) == "08:11:09"


def test_after_the_last_estimated_call_nothing_is_known() -> None:
    model = DelayModel()
    for n in range(600):
        model.observe(Line(F, "r", -1), peak=True, ahead=300, delay=n % 300, then=n % 300 - 60)
    followed = Followed(model)
    city = followed.city
    estimates = followed.see(paris("08:05:00"), position(47.905))
    city.addresses["f", 1] = ESTIMATES_NAME
    city.receive(message_of(city, estimates), source=1)
    assert city.board("f:s2")["departures"][0]["state"] == "predicted"
    assert city.board("f:s3")["departures"][0]["state"] == "no_data"


def test_models_outlive_the_process_and_damage_starts_anew(tmp_path: Path) -> None:
    files, model = ModelFiles(tmp_path), taught()
    files.store(F, model)
    again = files.load(F)
    for ahead in (0, 700, FARTHEST):
        given = {"peak": True, "ahead": ahead, "delay": 200}
        assert again.estimate(Line(F, "r", -1), **given) == model.estimate(
            Line(F, "r", -1), **given
        )
        assert again.is_better(ahead) == model.is_better(ahead)
    for damaged in (b"", b"PK\x03\x04", (tmp_path / "f.npz").read_bytes()[:-90]):
        (tmp_path / "f.npz").write_bytes(damaged)
        assert not files.load(F).is_better(0)


def test_only_feeds_that_declare_it_are_estimated(tmp_path: Path) -> None:
    city, now = City(now=paris("08:05:00")), ManualClock(paris("08:05:00"))
    city.schedule(LINE)
    city.publish(position(47.905))
    declared = set[FeedId]()
    files = ModelFiles(tmp_path)
    files.store(F, taught())
    estimator = DelayEstimator(lambda: city.live.state, lambda: frozenset(declared), now, files)
    estimator.observe()
    assert estimator.estimates(F) == ()
    declared.add(F)
    estimator.observe()
    assert [run.trip.trip_id for run in estimator.estimates(F)] == ["t"]
    city.live.withdraw(F)
    estimator.observe()
    assert estimator.estimates(F) == ()
