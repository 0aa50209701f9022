"""The days and hours at which a browser is notified."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mobilite.web_push.domain.notification_times import MINUTES_OF_A_DAY, NotificationTimes

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 3, 2, tzinfo=PARIS)
DAYS = st.frozensets(st.integers(1, 7), min_size=1)


@given(DAYS, st.integers(0, 1439), st.integers(1, 1440), st.integers(0, 7 * MINUTES_OF_A_DAY))
def test_a_minute_is_in_a_period_if_one_began_before_it_and_has_not_ended(
    days: frozenset[int], start: int, end: int, minute: int
) -> None:
    ends = NotificationTimes(days, start, end).end_at(MONDAY + timedelta(minutes=minute))
    length = (end - start - 1) % MINUTES_OF_A_DAY + 1
    expected = [
        begins + length
        for begins in (day * MINUTES_OF_A_DAY + start for day in range(-1, 8))
        if begins // MINUTES_OF_A_DAY % 7 + 1 in days and begins <= minute < begins + length
    ]
    assert ends == (MONDAY + timedelta(minutes=expected[-1]) if expected else None)


def test_by_default_it_is_the_day_whatever_its_length() -> None:
    for day in (datetime(2026, 3, 29, tzinfo=PARIS), datetime(2026, 10, 25, tzinfo=PARIS)):
        times = NotificationTimes()
        assert times.end_at(day.replace(hour=5, minute=59)) is None
        assert times.end_at(day.replace(hour=6)) == day.replace(hour=22)
        assert times.end_at(day.replace(hour=21, minute=59)) == day.replace(hour=22)
        assert times.end_at(day.replace(hour=22)) is None
