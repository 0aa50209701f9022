"""Runs outside the timetable as a FeedMessage reports them, at the stops of `cities.LINE`."""

from typing import Any

from boards import City, paris


def at(time: str, day: str = "2026-03-02") -> int:
    return int(paris(time, day).timestamp())


def stop(stop_id: str, time: str, *, plan: str | None = None, more: str = "") -> str:
    """A stop update with a departure, and its schedule if one is given."""
    scheduled = "" if plan is None else f"scheduled_time: {at(plan)}"
    event = f"departure {{ time: {at(time)} {scheduled} }}"
    return f'stop_time_update {{ stop_id: "{stop_id}" {event} {more} }}'


def lines(city: City, stop_id: str, day: str = "20260302") -> list[Any]:
    """That day's lines of a board."""
    board = city.departures(f"f:{stop_id}", at=paris("00:00:00"))
    return [line for line in board if line["start_date"] == day]


def source(city: City) -> dict[str, Any]:
    result: dict[str, Any] = city.feeds()["f"]["real_time"][0]
    return result


EXTRA = stop("s2", "09:00:00") + stop("s3", "09:10:00") + stop("s4", "09:20:00")
NEW = 'trip_id: "extra" route_id: "r" start_date: "20260302" schedule_relationship: NEW'
