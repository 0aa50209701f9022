"""Passages by positions: between the report before a stop and the one at it, or after it."""

from pathlib import Path

from boards import TODAY, paris
from passing import Observed


def vehicle(sequence: int, status: str, at: str) -> str:
    """The vehicle of the bus at a stop, or going to it."""
    measured = int(paris(at).timestamp())
    return (
        f'entity {{ id: "v" vehicle {{ trip {{ {TODAY} }} vehicle {{ id: "b" }} '
        f"position {{ latitude: 47.9 longitude: 1.9 }} current_stop_sequence: {sequence} "
        f"current_status: {status} timestamp: {measured} }} }}"
    )


def watch(folder: Path, *reports: tuple[str, int, str]) -> Observed:
    """Reports of the vehicle: at a time, a stop_sequence, a status."""
    observed = Observed(folder)
    for at, sequence, status in reports:
        observed.at(at, vehicle(sequence, status, at))
    return observed


def test_a_vehicle_that_stops_arrives_and_leaves(tmp_path: Path) -> None:
    observed = watch(
        tmp_path,
        ("08:00:00", 1, "STOPPED_AT"),
        ("08:00:20", 2, "IN_TRANSIT_TO"),
        ("08:10:40", 2, "IN_TRANSIT_TO"),
        ("08:11:00", 2, "STOPPED_AT"),
        ("08:11:30", 2, "STOPPED_AT"),
        ("08:12:00", 3, "IN_TRANSIT_TO"),
    )
    first, second, *others = observed.rows("positions")
    assert first["observed_departure"] == paris("08:00:10")
    assert first["observed_arrival"] is None
    assert second["observed_arrival"] == paris("08:10:50")
    assert second["observed_departure"] == paris("08:11:45")
    assert [row["state"] for row in others] == ["not_observed"] * 2
    # Positions alone say nothing of predictions.
    assert observed.rows("predictions") == []


def test_a_stop_passed_between_two_reports_is_observed(tmp_path: Path) -> None:
    observed = watch(tmp_path, ("08:19:40", 3, "INCOMING_AT"), ("08:20:20", 4, "IN_TRANSIT_TO"))
    row = observed.rows("positions")[2]
    assert row["observed_arrival"] == paris("08:19:50")
    assert row["observed_departure"] == paris("08:20:10")


def test_a_bus_ends_at_its_terminus(tmp_path: Path) -> None:
    observed = watch(tmp_path, ("08:30:40", 4, "INCOMING_AT"), ("08:31:00", 4, "STOPPED_AT"))
    assert observed.rows("positions")[3]["observed_arrival"] == paris("08:30:50")


def test_reports_too_far_apart_or_backwards_observe_nothing(tmp_path: Path) -> None:
    far = watch(tmp_path / "far", ("08:10:00", 2, "STOPPED_AT"), ("08:12:00", 3, "IN_TRANSIT_TO"))
    assert far.rows("positions") == []
    back = watch(tmp_path / "back", ("08:10:00", 3, "STOPPED_AT"), ("08:10:30", 2, "STOPPED_AT"))
    assert back.rows("positions") == []


def test_both_sources_are_apart_and_a_skipped_stop_is_passed_not_served(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    skipped = (
        f'entity {{ id: "1" trip_update {{ trip {{ {TODAY} }} stop_time_update '
        "{ stop_sequence: 2 schedule_relationship: SKIPPED } } }"
    )
    observed.at("08:09:50", skipped + vehicle(2, "IN_TRANSIT_TO", "08:09:50"))
    observed.at("08:10:10", skipped + vehicle(3, "IN_TRANSIT_TO", "08:10:10"))
    assert observed.states("predictions")[1] == "skipped"
    assert observed.states("positions")[1] == "skipped"
