"""NETEX_CALENDRIER: a DayType for each service, with its dates.

A service that runs by weekdays has an operating period and the weekdays; its other dates are
assignments of single dates, available or not.
"""

from collections.abc import Iterator
from datetime import date

from mobilite.gtfs.domain.service_date import WEEKDAYS
from mobilite.netex.adapters.feed_objects import FeedObjects, element
from mobilite.open_data.domain.service_calendar import (
    ADDED,
    ServiceCalendar,
    service_calendar,
)


def calendar_objects(feed: FeedObjects) -> Iterator[str]:
    """The DayTypes, OperatingPeriods and DayTypeAssignments of the services of trips."""
    timetable = feed.timetable
    order = 0
    for local, row in {local: row for row, local in enumerate(timetable.service_ids)}.items():
        days = timetable.service_days[row]
        if not days.any():
            yield _day_type(feed, local, None)
            continue
        calendar = service_calendar(days, timetable.first_day)
        yield _day_type(feed, local, calendar)
        for assigned in _assigned(feed, local, calendar):
            order += 1
            yield (
                feed.start("DayTypeAssignment", str(order), f' order="{order}"')
                + assigned
                + "</DayTypeAssignment>"
            )


def _day_type(feed: FeedObjects, local: str, calendar: ServiceCalendar | None) -> str:
    """The DayType of a service, and its OperatingPeriod if it runs by weekdays."""
    week = calendar.week if calendar else None
    days = [day.title() for day, runs in zip(WEEKDAYS, week or (), strict=False) if runs]
    properties = (
        f"<properties><PropertyOfDay>{element('DaysOfWeek', ' '.join(days))}</PropertyOfDay>"
        "</properties>"
        if days
        else ""
    )
    day_type = f"{feed.start('DayType', local)}{feed.code(local)}{properties}</DayType>"
    if calendar is None or week is None:
        return day_type
    return (
        day_type
        + feed.start("OperatingPeriod", local)
        + element("FromDate", f"{date.fromordinal(calendar.first)}T00:00:00")
        + element("ToDate", f"{date.fromordinal(calendar.last)}T00:00:00")
        + "</OperatingPeriod>"
    )


def _assigned(feed: FeedObjects, local: str, calendar: ServiceCalendar) -> Iterator[str]:
    """The content of each assignment of a service."""
    day_type = feed.ref("DayType", local)
    if calendar.week is not None:
        yield feed.ref("OperatingPeriod", local) + day_type
    for day, exception_type in calendar.exceptions:
        available = "true" if exception_type == ADDED else "false"
        yield (
            element("Date", date.fromordinal(day))
            + day_type
            + f"<isAvailable>{available}</isAvailable>"
        )
