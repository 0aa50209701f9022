"""The networks of dates that are cached."""

from datetime import date, timedelta

from valley import Valley


async def test_today_stays_whatever_dates_are_searched() -> None:
    valley = Valley()
    await valley.refresh()
    planning, today = valley.networks.get(), date(2026, 3, 2)
    network = planning.day(today)
    for later in range(1, 40):
        planning.day(today + timedelta(days=later))
        assert planning.day(today) is network
