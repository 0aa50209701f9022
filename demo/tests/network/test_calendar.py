"""Holidays, school holidays, and the agreement of the GTFS text with the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import TODAY, published

from demo.network.calendar import (
    calculated_breaks,
    easter,
    in_term,
    public_holidays,
    school_breaks,
    services_on,
)
from demo.network.gtfs import validity
from demo.network.region import region

OPERATORS = {operator.id: operator for operator in region()}


@pytest.mark.parametrize(
    "day",
    [date(1961, 4, 2), date(2000, 4, 23), date(2008, 3, 23), date(2026, 4, 5), date(2038, 4, 25)],
)
def test_easter(day: date) -> None:
    assert easter(day.year) == day


def test_public_holidays_of_2026() -> None:
    written = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"
    assert sorted(f"{day:%m-%d}" for day in public_holidays(2026)) == written.split()


@pytest.mark.parametrize("autumn", [2025, 2026])
def test_the_rule_gives_the_days_the_ministry_gave(autumn: int) -> None:
    assert school_breaks(autumn) == calculated_breaks(autumn)


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 10, 16), True),
        (date(2026, 10, 17), False),
        (date(2026, 11, 1), False),
        (date(2026, 11, 2), True),
        (date(2027, 3, 5), False),  # winter, zone B
        (date(2027, 4, 12), True),  # zone A is on holiday, zone B is not
        (date(2027, 5, 7), False),  # the day after Ascension
        (date(2027, 8, 31), False),
        (date(2027, 9, 1), True),
    ],
)
def test_school_days(day: date, open_: bool) -> None:
    assert in_term(day) is open_


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_every_day_of_any_year_has_its_services(day: date) -> None:
    running = services_on(OPERATORS["remi"], day)
    assert not {"scolaire", "vacances"} <= running
    assert ("semaine" in running) == (day.weekday() < 5 and day not in public_holidays(day.year))
    first, last = validity(day)
    assert first <= day - timedelta(days=28)
    assert last >= day + timedelta(days=364)


@pytest.mark.parametrize("operator_id", OPERATORS)
def test_the_published_calendar_is_the_calendar(operator_id: str) -> None:
    first, last = validity(TODAY)
    feed = published(operator_id)
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        assert feed.services(day) == services_on(OPERATORS[operator_id], day), day


def test_a_day_before_and_a_day_after_nothing_runs() -> None:
    first, last = validity(TODAY)
    assert not published("tao").services(first - timedelta(days=1))
    assert not published("tao").services(last + timedelta(days=1))


def test_town_networks_rest_on_labour_day_and_trains_do_not() -> None:
    labour_day = date(2027, 5, 1)
    assert not services_on(OPERATORS["tao"], labour_day)
    assert "dimanche" in services_on(OPERATORS["sncf"], labour_day)
