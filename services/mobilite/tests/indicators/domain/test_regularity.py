"""The regularity of frequent lines: small days by hand, then what holds for every day."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.indicators.domain.regularity import (
    UNKNOWN,
    Departures,
    GapSums,
    find_gaps,
    sum_gaps,
)

MIDNIGHT = 1_772_406_000


class Row(NamedTuple):
    scheduled: str | None
    """HH:MM; None: an added run."""
    observed: str | None
    missed: bool = False
    pole: int = 0


def seconds(clock: str | None) -> int:
    if clock is None:
        return UNKNOWN
    hours, minutes = clock.split(":")
    return MIDNIGHT + int(hours) * 3600 + int(float(minutes) * 60)


def departures(rows: Sequence[Row]) -> Departures:
    scheduled = np.array([seconds(row.scheduled) for row in rows], np.int64)
    return Departures(
        np.array([row.pole for row in rows], np.int64),
        np.where(scheduled == UNKNOWN, 0, (scheduled - MIDNIGHT) // 3600),
        scheduled,
        np.array([seconds(row.observed) for row in rows], np.int64),
        np.array([row.missed for row in rows], np.bool_),
    )


def sums(*rows: Row) -> GapSums:
    day = departures(rows)
    (total,) = sum_gaps(find_gaps(day), np.zeros(len(rows), np.int64), 1)
    return total


def on_time(*clocks: str) -> list[Row]:
    return [Row(clock, clock) for clock in clocks]


def test_a_late_bus_makes_one_long_and_one_short_gap() -> None:
    found = sums(Row("8:00", "8:00"), Row("8:10", "8:12"), Row("8:20", "8:20"), Row("8:30", "8:30"))
    # The gaps are 720, 480 and 600 seconds: 1,108,800 / 3,600 = 308 seconds of wait, not 300.
    assert found.scheduled_wait == 300
    assert found.actual_wait == 308
    assert found.excess_wait == 8
    assert (found.compared, found.regular, found.coverage) == (3, 3, 1)


def test_a_cancelled_run_makes_travellers_wait() -> None:
    found = sums(
        Row("8:00", "8:00"), Row("8:10", None, missed=True), Row("8:20", "8:20"),
        Row("8:30", "8:30"),
    )  # fmt: skip
    # The gaps are 1,200 and 600 seconds: 1,800,000 / 3,600 = 500 seconds of wait.
    assert found.excess_wait == 200
    assert (found.expected, found.compared, found.regular_share) == (2, 2, 0.5)


def test_around_a_call_that_was_not_observed_nothing_is_concluded() -> None:
    times = [f"8:{minute:02}" for minute in range(0, 60, 10)]
    rows = on_time(*times)
    rows[2] = Row("8:20", None)
    found = sums(*rows)
    assert found.excess_wait == 0
    assert (found.compared, found.expected) == (3, 5)
    assert found.coverage == 0.6


def test_an_added_run_shortens_the_gap_after_a_cancelled_one() -> None:
    rows = on_time("8:00", "8:10", "8:20", "8:30")
    rows[1] = Row("8:10", None, missed=True)
    replaced = sums(*rows, Row(None, "8:10"))
    assert replaced.excess_wait == 0
    assert replaced.compared == 2, "the gap that the added run ends has no scheduled one"


@pytest.mark.parametrize(
    ("clocks", "frequent"),
    [
        (("8:00", "8:15", "8:30", "8:45"), True),
        (("8:00", "8:16", "8:32", "8:48"), False),
        (("8:00", "8:05", "8:10"), False),
        (("7:50", "8:05", "8:20", "8:35"), True),
    ],
)
def test_an_hour_is_frequent_with_three_gaps_of_fifteen_minutes_on_average(
    clocks: tuple[str, ...], frequent: bool
) -> None:
    found = sums(*on_time(*clocks))
    assert (found.frequent > 0) == frequent
    assert (found.excess_wait is not None) == frequent


def test_a_bus_that_overtakes_another_closes_the_gap_of_both() -> None:
    found = sums(Row("8:00", "8:00"), Row("8:10", "8:21"), Row("8:20", "8:20"), Row("8:30", "8:30"))
    # They come at 0, 20, 21 and 30 minutes: 1,200 + 60 + 540 seconds.
    assert found.actual_sum == 1800
    assert found.actual_squares == 1200**2 + 60**2 + 540**2
    assert found.regular == 1


def test_two_buses_at_the_same_second_are_irregular() -> None:
    found = sums(Row("8:00", "8:00"), Row("8:10", "8:20"), Row("8:20", "8:20"), Row("8:30", "8:30"))
    # The gaps are 1,200, 0 and 600 seconds.
    assert (found.compared, found.regular, found.coverage) == (3, 1, 1)
    assert found.excess_wait == 200


def test_two_runs_of_the_same_minute_count_the_same_in_any_order() -> None:
    rows = [*on_time("8:00", "8:10", "8:20", "8:30"), Row("8:10", "8:13")]
    assert sums(*rows) == sums(*reversed(rows))
    # Both come for the gap of 8:00 to 8:10; the second has no gap of its own.
    assert (sums(*rows).expected, sums(*rows).compared) == (3, 3)


def test_poles_do_not_mix() -> None:
    first = on_time("8:00", "8:10", "8:20", "8:30")
    second = [Row(f"8:{n}", f"8:{n}", pole=1) for n in ("05", "15", "25", "35")]
    both = sums(*first, *second)
    assert both.excess_wait == 0
    assert both == sums(*first) + sums(*second)


def test_a_day_without_departures_has_no_figures() -> None:
    day = departures([])
    assert sum_gaps(find_gaps(day), day.pole, 0) == []
    nothing = GapSums()
    assert (nothing.excess_wait, nothing.regular_share, nothing.coverage) == (None, None, None)


@st.composite
def days(draw: st.DrawFn) -> Departures:
    """Some hours of two poles: late, cancelled, unobserved and added runs."""
    poles, scheduled, observed, missed = [], [], [], []
    for pole in range(2):
        gaps = draw(st.lists(st.integers(60, 1200), min_size=2, max_size=30))
        for at in np.cumsum(gaps):
            state = draw(st.sampled_from(["observed"] * 6 + ["missed", "unknown", "added"]))
            delay = draw(st.integers(-60, 900))
            poles.append(pole)
            scheduled.append(UNKNOWN if state == "added" else 30_000 + int(at))
            known = state in ("observed", "added")
            observed.append(30_000 + int(at) + delay if known else UNKNOWN)
            missed.append(state == "missed")
    times = np.array(scheduled, np.int64)
    return Departures(
        np.array(poles, np.int64),
        times // 3600,
        times,
        np.array(observed, np.int64),
        np.array(missed, np.bool_),
    )


def total(day: Departures) -> GapSums:
    return sum_gaps(find_gaps(day), np.zeros(len(day.pole), np.int64), 1)[0]


@given(days())
def test_the_sums_are_bounded(day: Departures) -> None:
    found = total(day)
    assert 0 <= found.regular <= found.compared <= len(day.pole)
    if found.actual_sum:
        assert found.actual_wait is not None
        gaps = find_gaps(day)
        longest = int(gaps.actual.max())
        # Uneven gaps make people wait longer than half of the average gap.
        even = found.actual_sum / (2 * int((gaps.actual > 0).sum()))
        assert even - 1e-9 <= found.actual_wait <= longest / 2 + 1e-9


@given(days(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(day: Departures, random: np.random.Generator) -> None:
    order = list(range(len(day.pole)))
    random.shuffle(order)
    mixed = Departures(*(column[order] for column in day))
    assert total(mixed) == total(day)


@given(days(), st.integers(-600, 3600))
def test_a_delay_that_all_runs_share_changes_no_gap(day: Departures, delay: int) -> None:
    shifted = np.where(day.observed == UNKNOWN, UNKNOWN, day.observed + delay)
    assert total(day._replace(observed=shifted)) == total(day)


@given(days())
def test_what_runs_to_plan_has_no_excess(day: Departures) -> None:
    """Whatever is not observed of it."""
    observed = np.where(day.observed == UNKNOWN, UNKNOWN, day.scheduled)
    found = total(day._replace(observed=observed, missed=np.zeros(len(observed), np.bool_)))
    assert found.scheduled_sum == found.actual_sum
    assert found.excess_wait is None or found.excess_wait == 0
    assert found.regular == found.compared


@given(days(), st.integers(1, 4))
def test_the_sums_of_groups_add_up(day: Departures, size: int) -> None:
    group = np.arange(len(day.pole)) % size
    parts = sum_gaps(find_gaps(day), group, size)
    assert sum(parts, GapSums()) == total(day)
