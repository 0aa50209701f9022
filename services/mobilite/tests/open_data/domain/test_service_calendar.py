"""Days go into GTFS's two calendars and come out of them again as they were."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mobilite.open_data.domain.service_calendar import ADDED, ServiceCalendar, service_calendar

MONDAY = date(2026, 3, 2)


def days_of(result: ServiceCalendar) -> set[date]:
    """The days these calendars mean in GTFS."""
    running = set()
    if result.week is not None:
        for day in range(result.first, result.last + 1):
            if result.week[date.fromordinal(day).weekday()]:
                running.add(date.fromordinal(day))
    for day, message_type in result.exceptions:
        (running.add if message_type == ADDED else running.discard)(date.fromordinal(day))
    return running


@given(
    st.lists(st.booleans(), min_size=1, max_size=80).filter(any),
    st.integers(0, 6),
)
def test_the_calendars_mean_exactly_these_days(days: list[bool], after: int) -> None:
    first = MONDAY + timedelta(after)
    result = service_calendar(np.array(days), first.toordinal())
    assert days_of(result) == {first + timedelta(i) for i, runs in enumerate(days) if runs}


def test_weekdays_but_a_holiday_are_one_row_and_one_exception() -> None:
    days = np.array([(MONDAY + timedelta(i)).weekday() < 5 for i in range(60)])
    days[35] = False  # Easter Monday
    result = service_calendar(days, MONDAY.toordinal())
    assert result.week == (True,) * 5 + (False,) * 2
    assert result.exceptions == ((MONDAY.toordinal() + 35, 2),)


def test_a_few_dates_are_dates() -> None:
    days = np.zeros(100, dtype=np.bool_)
    days[[3, 40]] = True
    result = service_calendar(days, MONDAY.toordinal())
    assert result.week is None
    assert [message_type for _, message_type in result.exceptions] == [ADDED, ADDED]
