"""Dates and numbers mean a range: https://hl7.org/fhir/R4/search.html#date, #number."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.search.domain.ranges import date_range, date_value_range, number_range


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", utc(2024, 1, 1), utc(2025, 1, 1)),
        ("2024-02", utc(2024, 2, 1), utc(2024, 3, 1)),
        ("2024-12", utc(2024, 12, 1), utc(2025, 1, 1)),
        ("2024-02-28", utc(2024, 2, 28), utc(2024, 2, 29)),
        ("2024-03-31T02:30+02:00", utc(2024, 3, 31, 0, 30), utc(2024, 3, 31, 0, 31)),
        ("2024-03-31T02:30:15Z", utc(2024, 3, 31, 2, 30, 15), utc(2024, 3, 31, 2, 30, 16)),
        ("2024-03-31T02:30:15", utc(2024, 3, 31, 2, 30, 15), utc(2024, 3, 31, 2, 30, 16)),
        (
            "2024-03-31T00:00:00.250-05:30",
            utc(2024, 3, 31, 5, 30, 0, 250_000),
            utc(2024, 3, 31, 5, 30, 0, 251_000),
        ),
        # Nine digits are cut at the microsecond that PostgreSQL keeps.
        (
            "2024-01-01T00:00:00.123456789Z",
            utc(2024, 1, 1, 0, 0, 0, 123_456),
            utc(2024, 1, 1, 0, 0, 0, 123_457),
        ),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1), utc(2017, 1, 1, 0, 0, 1)),
        ("9999", utc(9999, 1, 1), None),
        ("9999-12-31", utc(9999, 12, 31), None),
        ("0001-01-01T00:00:00+14:00", None, None),
    ],
)
def test_a_date_means_all_that_its_precision_leaves(
    text: str, low: datetime | None, high: datetime | None
) -> None:
    assert date_range(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "2024-13",
        "2024-02-30",
        "2024-1-1",
        "2024-01-01T25:00Z",
        "2024-01-01T10",
        "٢٠٢٤",
        "2024-01-01T10:00:61Z",
        "0000",
        "yesterday",
        "2024-01-01Z",
    ],
)
def test_what_is_no_date_means_nothing(text: str) -> None:
    assert date_range(text) is None


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(-840, 840),
)
def test_a_longer_precision_lies_inside_a_shorter_one(moment: datetime, minutes: int) -> None:
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    texts = [
        moment.isoformat(timespec=spec) + zone for spec in ("minutes", "seconds", "microseconds")
    ]
    for wide, narrow in itertools.pairwise(texts):
        (low, high), (inner_low, inner_high) = date_range(wide), date_range(narrow)  # type: ignore[misc]
        assert low is not None and high is not None  # noqa: PT018
        assert inner_low is not None and inner_high is not None  # noqa: PT018
        assert low <= inner_low < inner_high <= high
    exact = moment.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert date_range(texts[-1]) == (exact, exact + timedelta(microseconds=1))


@given(st.dates(min_value=datetime(2, 1, 1).date(), max_value=datetime(9998, 1, 1).date()))
def test_days_lie_in_their_month_and_months_in_their_year(day: object) -> None:
    text = str(day)
    year, month, exact = date_range(text[:4]), date_range(text[:7]), date_range(text)
    assert year and month and exact  # noqa: PT018
    assert year[0] <= month[0] <= exact[0] < exact[1] <= month[1] <= year[1]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ({"start": "2024-01-01"}, utc(2024, 1, 1), None),
        ({"end": "2024-01"}, None, utc(2024, 2, 1)),
        ({"start": "2024-01-01", "end": "2024-01-31"}, utc(2024, 1, 1), utc(2024, 2, 1)),
        # Of a Timing the outer limits alone.
        ({"event": ["2024-03-01", "2024-01-01T10:00:00Z"]}, utc(2024, 1, 1, 10), utc(2024, 3, 2)),
        (
            {
                "repeat": {
                    "boundsPeriod": {"start": "2013-01-31", "end": "2013-03-24"},
                    "frequency": 1,
                }
            },
            utc(2013, 1, 31),
            utc(2013, 3, 25),
        ),
        ({"event": ["2024"], "repeat": {"boundsPeriod": {"end": "2023"}}}, None, utc(2025, 1, 1)),
        ({"event": ["2024"], "repeat": {"boundsPeriod": {"start": "2023"}}}, utc(2023, 1, 1), None),
    ],
)
def test_periods_and_schedules(value: object, low: datetime | None, high: datetime | None) -> None:
    assert date_value_range(value) == (low, high)


@pytest.mark.parametrize(
    "value", [{}, {"repeat": {"frequency": 2}}, {"code": {"text": "BID"}}, 7, None]
)
def test_what_has_no_date_has_no_range(value: object) -> None:
    assert date_value_range(value) is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    # The first three are the standard's own examples.
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("5.40", "5.395", "5.405"),
        ("0", "-0.5", "0.5"),
        ("-2.5", "-2.55", "-2.45"),
        ("1.5e3", "1450", "1550"),
        ("2e-3", "0.0015", "0.0025"),
    ],
)
def test_a_number_means_what_its_digits_leave(text: str, low: str, high: str) -> None:
    assert number_range(Decimal(text)) == (Decimal(low), Decimal(high))


def test_an_integer_is_a_number() -> None:
    assert number_range(100) == (Decimal("99.5"), Decimal("100.5"))


@pytest.mark.parametrize("text", ["1e99999", "1e-99999", "NaN", "Infinity"])
def test_a_number_that_no_measure_has_means_nothing(text: str) -> None:
    assert number_range(Decimal(text)) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_a_number_lies_in_the_middle_of_its_range(number: Decimal) -> None:
    limits = number_range(number)
    if limits is not None:
        low, high = limits
        assert low < number < high
        assert low + high == 2 * number or len(number.as_tuple().digits) > 26


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_more_digits_mean_a_narrower_range_inside(integer: int, places: int) -> None:
    wide, narrow = (
        number_range(Decimal(integer)),
        number_range(Decimal(f"{integer}.{'0' * places}")),
    )
    assert wide and narrow  # noqa: PT018
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
