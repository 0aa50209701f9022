"""Passages by predictions: what the operator publishes last is what happens."""

from datetime import timedelta
from pathlib import Path

from boards import TODAY, city_of_one_bus, paris, update
from passing import Observed, bus, skipping

CANCELED = update(f"{TODAY} schedule_relationship: CANCELED")


def observed_since(folder: Path, time: str, day: str) -> Observed:
    """A city whose clock starts then."""
    city = city_of_one_bus()
    city.now = paris(time, day)
    return Observed(folder, city)


def test_the_last_time_published_for_a_passed_stop_counts(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:59:00", bus(s1=30))
    observed.at("08:00:40", bus(s1=30, s2=30))
    assert observed.delays() == [30, None, None, None]
    # Now it is known when it really left.
    observed.at("08:00:50", bus(s1=38, s2=40))
    # The stop is dropped, the delay of the next one says nothing about it.
    observed.at("08:05:00", bus(s2=120))
    assert observed.delays() == [38, None, None, None]


def test_a_bus_that_still_waits_has_not_left(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:59:00", bus(s1=0))
    observed.at("08:00:10")
    assert observed.states()[0] == "observed"
    observed.at("08:00:20", bus(s1=300))
    assert observed.states()[0] == "not_observed"
    observed.at("08:05:10", bus(s1=310))
    observed.at("08:05:20", bus(s1=310))
    assert observed.delays() == [310, None, None, None]


def test_the_delay_of_a_trip_changes_no_stop_it_has_left(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    for time, delay in (("07:59:00", 0), ("08:05:00", 60), ("08:15:00", 240), ("08:36:00", 300)):
        observed.at(time, update(TODAY, more=f"delay: {delay}"))
    assert observed.delays() == [60, 240, 300, 300]


def test_a_stop_past_at_first_sight_counts_only_if_its_time_is_published(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    for time in ("08:12:00", "08:12:10"):
        observed.at(time, bus(s2=30))
    assert observed.delays() == [None, 30, None, None]
    inferred = Observed(tmp_path / "inferred")
    for time in ("08:12:00", "08:12:10"):
        inferred.at(time, bus(s1=30))
    assert inferred.delays() == [30, None, None, None]


def test_a_silent_address_observes_nothing(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:50:00", bus(s1=0))
    observed.at("08:45:00")
    assert observed.states("none") == ["not_observed"] * 4


def test_a_skipped_stop_stays_skipped_once_it_is_past(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:50:00", skipping(3))
    observed.at("08:25:00", skipping(first=4))
    observed.at("08:31:00", skipping(first=4))
    assert observed.states()[2:] == ["skipped", "observed"]
    assert observed.rows()[2]["cancelled_known_at"] == paris("07:50:00")


def test_a_cancelled_bus_that_runs_after_all_is_observed(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:40:00", update(f"{TODAY} schedule_relationship: CANCELED"))
    assert observed.states() == ["cancelled"] * 4
    observed.at("07:50:00", bus(s1=0))
    assert observed.states() == ["not_observed"] * 4
    observed.at("08:01:00", bus(s1=20))
    assert observed.states()[0] == "observed"
    assert observed.rows()[0]["cancelled_known_at"] is None


def test_calls_observed_before_a_restart_stay_observed(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:59:00", bus(s1=0, s2=0))
    observed.at("08:00:10", bus(s1=0, s2=0))
    observed.at("08:11:10", bus(s1=0, s2=0))
    observed.at("08:12:00", CANCELED)
    assert observed.states() == ["observed"] * 2 + ["cancelled"] * 2
    again = Observed(tmp_path, observed.city)
    again.at("08:13:00", CANCELED)
    assert again.states() == ["observed"] * 2 + ["cancelled"] * 2
    assert again.delays() == [0, 0, None, None]
    # It runs after all: what was observed stays so.
    again.at("08:14:00", bus(s3=0))
    assert again.states() == ["observed"] * 2 + ["not_observed"] * 2
    again.at("08:15:00", CANCELED)
    assert again.states() == ["observed"] * 2 + ["cancelled"] * 2


def test_a_bus_that_still_waits_can_be_cancelled_after_a_restart(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:59:00", bus(s1=0))
    observed.at("08:00:10")
    assert observed.states()[0] == "observed"
    observed.at("08:00:20", bus(s1=300))
    observed.rows()
    again = Observed(tmp_path, observed.city)
    again.at("08:02:00", CANCELED)
    assert again.states() == ["cancelled"] * 4


def test_each_call_is_known_to_be_lost_at_its_own_instant(tmp_path: Path) -> None:
    observed = observed_since(tmp_path, "10:00:00", "2026-03-01")
    observed.at("10:00:00", skipping(2), day="2026-03-01")
    observed.at("07:30:00", CANCELED)
    assert observed.states() == ["cancelled"] * 4
    works, today = paris("10:00:00", "2026-03-01"), paris("07:30:00")
    known = [row["cancelled_known_at"] for row in observed.rows()]
    assert known == [today, works, today, today]


def test_a_bus_that_is_cancelled_again_is_so_since_the_last_time(tmp_path: Path) -> None:
    observed = observed_since(tmp_path, "10:00:00", "2026-03-01")
    observed.at("10:00:00", CANCELED, day="2026-03-01")
    observed.at("12:00:00", bus(s1=0), day="2026-03-01")
    observed.at("07:30:00", CANCELED)
    assert [row["cancelled_known_at"] for row in observed.rows()] == [paris("07:30:00")] * 4
    # A process that has started again learns of it later than the one before.
    again = Observed(tmp_path, observed.city)
    again.at("07:40:00", CANCELED)
    assert [row["cancelled_known_at"] for row in again.rows()] == [paris("07:30:00")] * 4


def test_a_deleted_bus_counts_as_cancelled(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    observed.at("07:40:00", update(f"{TODAY} schedule_relationship: DELETED"))
    observed.at("08:40:00", update(f"{TODAY} schedule_relationship: DELETED"))
    assert observed.states() == ["cancelled"] * 4


def test_a_bus_outside_the_timetable_is_added(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    times = int(paris("08:00:00").timestamp())
    stops = "".join(
        f'stop_time_update {{ stop_sequence: {n} stop_id: "s{n}" arrival {{ time: {times + at} }} '
        f"departure {{ time: {times + at} }} }}"
        for n, at in ((1, 60), (4, 900))
    )
    extra = 'trip_id: "x" route_id: "r" start_date: "20260302" schedule_relationship: NEW'
    observed.at("07:50:00", update(extra, stops))
    observed.at("08:20:00", update(extra, stops))
    added = [row for row in observed.rows() if row["state"] == "added"]
    assert [row["stop_id"] for row in added] == ["s1", "s4"]
    assert added[1]["observed_arrival"] == paris("08:15:00")
    assert added[1]["scheduled_arrival"] is None


def test_forecasts_are_those_that_stood_before_the_call_happened(tmp_path: Path) -> None:
    observed = Observed(tmp_path)
    start = paris("07:30:00")
    for step in range(2 * 52):
        instant = start + timedelta(seconds=30 * step)
        # One second later every minute, for a bus at 08:20:00 that comes at 08:20:50.
        delay = min(step // 2, 50)
        observed.at(f"{instant:%H:%M:%S}", bus(s3=delay))
    row = observed.rows()[2]
    assert row["observed_arrival"] == paris("08:20:50")
    found = [row[f"forecast_{minutes}"] for minutes in (2, 5, 10, 20, 30)]
    assert [int((each - row["scheduled_arrival"]).total_seconds()) for each in found] == [
        48,
        45,
        40,
        30,
        20,
    ]
