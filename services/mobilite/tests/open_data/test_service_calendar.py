"""Days go into GTFS's two calendars and come out of them again as they were."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mobilite.open_data.domain.service_calendar import ADDED, ServiceCalendar, service_calendar

MONDAY = date(2026, 3, 2)


def days_of(told: ServiceCalendar) -> set[date]:
    """What GTFS says these calendars mean."""
    running = set()
    if told.week is not None:
        for day in range(told.first, told.last + 1):
            if told.week[date.fromordinal(day).weekday()]:
                running.add(date.fromordinal(day))
    for day, kind in told.exceptions:
        (running.add if kind == ADDED else running.discard)(date.fromordinal(day))
    return running


@given(
    st.lists(st.booleans(), min_size=1, max_size=80).filter(any),
    st.integers(0, 6),
)
def test_the_calendars_mean_exactly_these_days(days: list[bool], after: int) -> None:
    first = MONDAY + timedelta(after)
    told = service_calendar(np.array(days), first.toordinal())
    assert days_of(told) == {first + timedelta(i) for i, runs in enumerate(days) if runs}


def test_weekdays_but_a_holiday_are_one_row_and_one_exception() -> None:
    days = np.array([(MONDAY + timedelta(i)).weekday() < 5 for i in range(60)])
    days[35] = False  # Easter Monday
    told = service_calendar(days, MONDAY.toordinal())
    assert told.week == (True,) * 5 + (False,) * 2
    assert told.exceptions == ((MONDAY.toordinal() + 35, 2),)


def test_a_few_dates_are_dates() -> None:
    days = np.zeros(100, dtype=np.bool_)
    days[[3, 40]] = True
    told = service_calendar(days, MONDAY.toordinal())
    assert told.week is None
    assert [kind for _, kind in told.exceptions] == [ADDED, ADDED]
