"""Announced changes: those that matter to a traveller, not passing minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from portail.domain.board import Board, BoardNetwork, Departure, RealTime
from portail.domain.changes import Change, changes
from portail.domain.stops import Route, Stop

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BUS = Departure("t1", Route("r"), "Hôpital", "predicted", NOW, NOW, 0, platform_code="1")


def board(*departures: Departure, state: str = "live") -> Board:
    network = BoardNetwork("tao", "TAO", RealTime(state))
    return Board(Stop("tao:gare", "Gare"), NOW, NOW, feeds=(network,), departures=departures)


def change_types(before: Board, after: Board) -> list[str]:
    return [change.change_type for change in changes(before, after)]


def test_passing_minutes_and_small_delays_are_not_announced() -> None:
    later = replace(BUS, predicted=NOW + timedelta(minutes=2), delay=120)
    assert change_types(board(BUS), board(later)) == []
    assert change_types(board(BUS), board()) == []
    assert change_types(board(), board(BUS)) == []


def test_a_cancellation_is_announced_first_and_its_return_too() -> None:
    gone = replace(BUS, state="cancelled", predicted=None, delay=None)
    other = replace(BUS, trip_id="t2")
    moved = replace(other, platform_code="2")
    assert changes(board(other, BUS), board(moved, gone)) == (
        Change("cancelled", gone),
        Change("platform", moved),
    )
    assert change_types(board(gone), board(BUS)) == ["back"]
    assert change_types(board(BUS), board(replace(BUS, state="skipped"))) == ["skipped"]


def test_a_delay_that_grows_by_three_minutes_is_announced() -> None:
    assert change_types(board(BUS), board(replace(BUS, delay=180))) == ["later"]
    assert change_types(board(replace(BUS, delay=180)), board(replace(BUS, delay=290))) == []


def test_a_creeping_delay_is_announced_every_five_minutes() -> None:
    minutes = [replace(BUS, delay=60 * each) for each in range(-3, 12)]
    announced = [
        after.delay
        for before, after in pairwise(minutes)
        if change_types(board(before), board(after)) == ["later"]
    ]
    assert announced == [300, 600]


def test_a_platform_that_becomes_known_is_no_change_of_platform() -> None:
    unknown = replace(BUS, platform_code=None)
    assert change_types(board(unknown), board(BUS)) == ["platform_announced"]
    assert change_types(board(BUS), board(unknown)) == []


def test_lost_and_restored_real_time_is_announced() -> None:
    assert change_types(board(BUS), board(BUS, state="stale")) == ["real_time_lost"]
    assert change_types(board(BUS, state="stale"), board(BUS)) == ["real_time_back"]
