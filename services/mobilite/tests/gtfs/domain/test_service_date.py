"""Service dates: GTFS counts from noon minus 12 h, so the nights of a clock change have no gap."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.gtfs.domain.service_date import ServiceDate

PARIS = ZoneInfo("Europe/Paris")
ZONES = [PARIS, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Lord_Howe"), UTC]


def hours(h: int, m: int = 0) -> int:
    return h * 3600 + m * 60


@pytest.mark.parametrize(
    ("day", "seconds", "instant"),
    [
        # An ordinary day: noon − 12 h is midnight.
        ("20260302", hours(8), "2026-03-02T07:00:00+00:00"),
        # 25:10 is ten past one of the next calendar day.
        ("20260302", hours(25, 10), "2026-03-03T00:10:00+00:00"),
        # Spring forward: the day starts at 23:00 the evening before, 02:30 GTFS is 01:30 local.
        ("20260329", 0, "2026-03-28T22:00:00+00:00"),
        ("20260329", hours(2, 30), "2026-03-29T00:30:00+00:00"),
        ("20260329", hours(8), "2026-03-29T06:00:00+00:00"),
        # A night bus of the Saturday at 26:30 calls at 03:30 by the clock: 02:30 does not exist.
        ("20260328", hours(26, 30), "2026-03-29T01:30:00+00:00"),
        # Autumn: two 02:30 exist; GTFS 02:30 of the Sunday is the second, 26:30 of the Saturday
        # is the first.
        ("20261025", 0, "2026-10-24T23:00:00+00:00"),
        ("20261025", hours(2, 30), "2026-10-25T01:30:00+00:00"),
        ("20261025", hours(1, 30), "2026-10-25T00:30:00+00:00"),
        ("20261025", hours(8), "2026-10-25T07:00:00+00:00"),
        ("20261024", hours(26, 30), "2026-10-25T00:30:00+00:00"),
    ],
)
def test_the_instant_of_a_gtfs_time(day: str, seconds: int, instant: str) -> None:
    service_date = ServiceDate.parse(day)
    assert service_date is not None
    assert service_date.instant(seconds, PARIS) == datetime.fromisoformat(instant)


@given(
    day=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    seconds=st.integers(-3600, 4 * 86_400),
    zone=st.sampled_from(ZONES),
)
def test_seconds_undo_instant_and_noon_is_noon(day: date, seconds: int, zone: ZoneInfo) -> None:
    service_date = ServiceDate(day)
    assert service_date.seconds(service_date.instant(seconds, zone), zone) == seconds
    noon = service_date.instant(hours(12), zone).astimezone(zone)
    assert (noon.date(), noon.hour, noon.minute) == (day, 12, 0)


def test_seconds_are_rounded_down() -> None:
    service_date = ServiceDate(date(2026, 3, 2))
    instant = service_date.instant(10, PARIS) + timedelta(milliseconds=900)
    assert service_date.seconds(instant, PARIS) == 10


@pytest.mark.parametrize(
    "text", ["", "2026-03-02", "20260230", "2026030", "２０２６０３０２", "+2603020"]
)
def test_anything_but_eight_digits_of_a_date_is_none(text: str) -> None:
    assert ServiceDate.parse(text) is None


@pytest.mark.parametrize("text", ["00010101", "09991231", "20260301", "99991231"])
def test_a_date_is_written_as_it_is_read(text: str) -> None:
    assert str(ServiceDate.parse(text)) == text


def test_the_date_at_an_instant_is_the_local_one() -> None:
    instant = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert str(ServiceDate.of_instant(instant, PARIS)) == "20260302"
    assert ServiceDate.of_instant(instant, UTC).plus(1) == ServiceDate.of_instant(instant, PARIS)
