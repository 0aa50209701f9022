"""Until when a ride can be booked."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cities import LINE, timetable_from_text
from hypothesis import given
from hypothesis import strategies as st

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.on_demand.domain.booking import BookingRule
from mobilite.timetable.domain.service_dates import ServiceDates

ZONE = ZoneInfo("Europe/Paris")
FILES = {
    **LINE,
    "booking_rules.txt": "booking_rule_id,booking_type,prior_notice_service_id\nr,2,bureau\n",
    "calendar.txt": LINE["calendar.txt"] + "bureau,1,1,1,1,1,0,0,20260101,20261231\n",
    "calendar_dates.txt": "service_id,date,exception_type\nbureau,20260227,2\n",
}
DATES = ServiceDates(timetable_from_text(FILES))
MONDAY = ServiceDate(date(2026, 3, 2))


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def rule(**row: Any) -> BookingRule:
    found = BookingRule.of({name: str(value) for name, value in row.items()})
    assert found is not None
    return found


NINE = instant("2026-03-02T09:00")
DAY_BEFORE = {"booking_type": 2, "prior_notice_last_day": 1, "prior_notice_last_time": "17:00:00"}


@pytest.mark.parametrize(
    ("row", "until"),
    [
        ({"booking_type": 0}, "2026-03-02T09:00"),
        ({"booking_type": 1, "prior_notice_duration_min": 90}, "2026-03-02T07:30"),
        (DAY_BEFORE, "2026-03-01T17:00"),
        ({**DAY_BEFORE, "prior_notice_last_day": 0}, "2026-03-02T17:00"),
        # Neither Sunday, nor Saturday, nor Friday, a day off.
        ({**DAY_BEFORE, "prior_notice_service_id": "bureau"}, "2026-02-26T17:00"),
    ],
    ids=["live", "minutes", "day", "same day", "working days"],
)
def test_the_last_instant(row: dict[str, Any], until: str) -> None:
    assert rule(**row).closes(MONDAY, NINE, ZONE, DATES) == instant(until)


def test_the_first_instant() -> None:
    weeks = rule(**DAY_BEFORE, prior_notice_start_day=21, prior_notice_start_time="08:00:00")
    assert weeks.opens(MONDAY, NINE, ZONE, DATES) == instant("2026-02-09T08:00")
    hours = rule(booking_type=1, prior_notice_duration_min=30, prior_notice_duration_max=120)
    assert hours.opens(MONDAY, NINE, ZONE, DATES) == instant("2026-03-02T07:00")
    assert rule(booking_type=0).opens(MONDAY, NINE, ZONE, DATES) is None


@pytest.mark.parametrize("many", ["4000000", "9" * 30])
def test_a_ride_opens_on_a_day_of_the_calendar(many: str) -> None:
    """No calendar has a day so long ago."""
    weeks = rule(**DAY_BEFORE, prior_notice_start_day=many, prior_notice_start_time="08:00:00")
    hours = rule(booking_type=1, prior_notice_duration_min=30, prior_notice_duration_max=many)
    for each in (weeks, hours):
        opens = each.opens(MONDAY, NINE, ZONE, DATES)
        assert opens is not None
        assert opens < NINE - 399 * 86_400


def test_the_night_of_the_change_to_summer_time() -> None:
    monday, eight = ServiceDate(date(2026, 3, 30)), instant("2026-03-30T08:00")
    until = rule(**DAY_BEFORE).closes(monday, eight, ZONE, DATES)
    assert datetime.fromtimestamp(until, ZONE).strftime("%d %H:%M") == "29 17:00"


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"booking_type": "3"},
        {"booking_type": "x"},
        {"booking_type": "1"},
        {"booking_type": "1", "prior_notice_duration_min": "-5"},
        {"booking_type": "2", "prior_notice_last_day": "1"},
        {"booking_type": "2", "prior_notice_last_time": "17:00:00"},
        {**DAY_BEFORE, "booking_type": "2", "prior_notice_last_time": "tard"},
        {**DAY_BEFORE, "booking_type": "2", "prior_notice_last_day": "4000000"},
        {**DAY_BEFORE, "prior_notice_last_day": "800000"},
        {"booking_type": "1", "prior_notice_duration_min": "9" * 30},
    ],
)
def test_a_rule_that_does_not_state_until_when(row: dict[str, Any]) -> None:
    assert BookingRule.of(row) is None


rules = st.builds(
    lambda kind, minutes, days, hour, service: rule(
        booking_type=kind,
        prior_notice_duration_min=minutes,
        prior_notice_last_day=days,
        prior_notice_last_time=f"{hour}:00:00",
        prior_notice_service_id=service,
    ),
    st.sampled_from([0, 1, 2]),
    st.integers(0, 3_000),
    st.integers(0, 6),
    st.integers(0, 25),
    st.sampled_from(["", "bureau"]),
)


@given(rules, st.integers(-8 * 86_400, 86_400), st.integers(0, 86_400))
def test_a_pick_up_can_be_booked_if_its_last_instant_is_not_over(
    each: BookingRule, before: int, seconds: int
) -> None:
    now, pick_up = NINE + before, NINE + seconds
    first = each.first_pick_up(MONDAY, now, ZONE, DATES)
    bookable = now <= each.closes(MONDAY, pick_up, ZONE, DATES)
    assert (first is not None and first <= pick_up) == bookable


@given(st.dates(date(2026, 2, 1), date(2026, 6, 1)), st.integers(0, 9))
def test_days_of_a_service_are_counted_backwards(day: date, days: int) -> None:
    closing = rule(
        **{**DAY_BEFORE, "prior_notice_last_day": days}, prior_notice_service_id="bureau"
    )
    until = closing.closes(ServiceDate(day), 0, ZONE, DATES)
    on = datetime.fromtimestamp(until, ZONE).date()
    between = [on + timedelta(days=n) for n in range((day - on).days)]
    assert sum(DATES.runs_on("bureau", each) for each in between) == days
    assert days == 0 or DATES.runs_on("bureau", on)
