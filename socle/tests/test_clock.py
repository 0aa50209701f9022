"""The time of day may be moved; the passing of seconds may not."""

from datetime import UTC, datetime, timedelta, timezone

from socle.clock import ManualClock, SystemClock


def test_an_offset_moves_the_time_of_day_only() -> None:
    here, moved = SystemClock(), SystemClock(offset=-86_400 * 365)
    apart = here.now() - moved.now()
    assert timedelta(days=365) - timedelta(seconds=5) < apart <= timedelta(days=365)
    assert moved.now().tzinfo is UTC
    before = here.monotonic()
    assert moved.monotonic() >= before


def test_programs_given_the_same_speed_and_anchor_agree() -> None:
    anchor = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    here, there = (SystemClock(60.0, speed=20.0, anchor=anchor) for _ in range(2))
    ahead = here.now() - datetime.now(UTC) - timedelta(hours=19, minutes=1)
    # The clock advances twenty seconds for each that passes between the two readings.
    assert abs(ahead) < timedelta(minutes=5)
    assert abs(there.now() - here.now()) < timedelta(minutes=5)


async def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 3, 29, 3, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    await clock.sleep(90)
    clock.advance(0.5)
    assert clock.now() == datetime(2026, 3, 29, 1, 1, 30, 500_000, tzinfo=UTC)
    assert clock.monotonic() == 90.5
